"""Plain folders of FITS files, published without a Butler."""
