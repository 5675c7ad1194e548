"""Tables to and from bytes: VOTable, Arrow, Parquet, CSV and TSV."""
