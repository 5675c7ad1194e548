"""Parts of images, cut out as FITS files and pictures."""
