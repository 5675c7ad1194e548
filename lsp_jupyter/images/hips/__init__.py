"""Hierarchical pictures of the sky (IVOA HiPS 1.0), and coverage maps (MOC 2.0)."""
