"""One module an SQL dialect; each writes resolved queries and nothing else."""
