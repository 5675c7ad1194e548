"""Cutouts of many positions in one call."""
