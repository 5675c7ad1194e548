"""All detectors of a visit as one picture."""
