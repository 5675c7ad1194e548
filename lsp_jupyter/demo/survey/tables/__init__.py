"""The tables of the survey, row by row."""
