"""Copies of the image files of a release in another store."""
