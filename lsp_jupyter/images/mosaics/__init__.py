"""Mosaics: many images on one grid, in grey or in colours, made again whenever they are wanted."""
