"""Widgets of notebooks, built from the same viewers as the panel."""
