"""What panel, viewers and kernels ask for, private to them."""
