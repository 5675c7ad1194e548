"""What we are compared with: each starts what it needs, and stops it."""
