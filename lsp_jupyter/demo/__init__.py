"""The demo sky: real stars from packages of the registry."""
