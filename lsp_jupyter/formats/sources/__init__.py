"""Tables in files that others wrote, as streams of Arrow batches with described columns."""
