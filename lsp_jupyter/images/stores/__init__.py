"""Where image files are: a cache on this machine, and stores elsewhere."""
