"""Maps of the survey: HiPS of its fields, and its depth."""
