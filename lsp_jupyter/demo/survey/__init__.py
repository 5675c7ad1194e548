"""The demo survey: a small, simulated Rubin, the same for everybody who names the same seed."""
