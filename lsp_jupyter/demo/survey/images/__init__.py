"""The images of the demo survey, rendered from its truth."""
