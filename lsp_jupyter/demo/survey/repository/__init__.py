"""The Butler repository of the survey."""
