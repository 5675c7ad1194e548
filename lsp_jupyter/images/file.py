"""One image file of the archive."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["FITS", "ImageFile"]

#: Media type of a FITS image.
FITS = "image/fits"


@dataclass(frozen=True, slots=True)
class ImageFile:
    """An image that has been published, and where its file is.

    Attributes
    ----------
    did : `str`
        IVOA identifier of the dataset, ``ivo://{authority}/{release}?{uuid}``.
    release : `str`
        What it was published in, such as ``dp1``.
    dataset_type : `str`
        Such as ``visit_image``.
    data_id : `dict`
        What identifies it among those of its type, such as visit and detector.
    uri : `str`
        The file: a path on this machine, or a URI with a scheme.
    size : `int`
        Bytes of the file; 0 if nobody knows.
    checksum : `str`
        ``algorithm:hexadecimal digits`` of the file; empty if nobody knows.
    mime : `str`
        Media type of the file.
    band : `str`
        Such as ``r``; empty if there is none.
    s_ra, s_dec : `float` or `None`
        Centre in degrees, ICRS; none of what is not of the sky.
    s_fov : `float` or `None`
        Diameter of the smallest circle round it, degrees.
    s_region : `str`
        Outline (DALI 1.1 ``POLYGON`` with ICRS degrees in the older STC-S way); may be empty.
    """

    did: str
    release: str
    dataset_type: str
    data_id: dict[str, str | int]
    uri: str
    size: int = 0
    checksum: str = ""
    mime: str = FITS
    band: str = ""
    s_ra: float | None = None
    s_dec: float | None = None
    s_fov: float | None = None
    s_region: str = field(default="", repr=False)

    @property
    def uuid(self) -> str:
        """The part of the identifier that names the dataset within its release."""
        return self.did.partition("?")[2]

    @property
    def remote(self) -> bool:
        """Whether the file is not on this machine."""
        return "://" in self.uri

    @property
    def name(self) -> str:
        """What a copy of the file may be called: its last part as the archive has it."""
        return self.uri.partition("#")[0].partition("?")[0].rstrip("/").rpartition("/")[2]
