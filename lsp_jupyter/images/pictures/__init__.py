"""Pictures of images: what a screen shows of pixels, and where on the sky it is."""
