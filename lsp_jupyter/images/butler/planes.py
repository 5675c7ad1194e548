"""Planes of pixels that know where in their parent image they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from lsp_jupyter.errors import ParameterError
from lsp_jupyter.images.butler.box import Box, Extent, Point
from lsp_jupyter.images.butler.likeness import Likeness

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Image", "Mask", "MaskedImage", "part"]

#: How coordinates may be counted: as in the whole image, or from this part's first pixel.
PARENT, LOCAL = "PARENT", "LOCAL"


def part(box: Any, whole: Box, origin: Any = PARENT) -> Box:
    """The box that is asked for, counted as in the whole image.

    Parameters
    ----------
    box : `Box` or what `Box.of` understands
        Which pixels.
    whole : `Box`
        The pixels there are.
    origin : `str`
        ``PARENT`` if the box is counted as ``whole`` is, ``LOCAL`` if from its first pixel.

    Raises
    ------
    lsp_jupyter.errors.ParameterError
        Raised if the box is not inside, or is empty.
    """
    wanted = Box.of(box)
    if _is_local(origin):
        wanted = wanted.shiftedBy(whole.x, whole.y)
    if wanted.isEmpty() or not whole.contains(wanted):
        raise ParameterError(
            f"The box {wanted} is not inside the image, which is {whole}.",
            parameter="bbox",
            hint="Use box.clippedTo(image.bbox).",
        )
    return wanted


def _is_local(origin: Any) -> bool:
    """Whether pixels are counted from the first one of the part at hand."""
    # The Science Pipelines' own constants end in the same words.
    word = str(getattr(origin, "name", origin)).rpartition(".")[2].upper()
    if word not in (PARENT, LOCAL):
        raise ParameterError(
            f'"{origin}" is no origin of pixels.',
            parameter="origin",
            hint=f"Use {PARENT} or {LOCAL}.",
        )
    return word == LOCAL


class _Placed(Likeness):
    """What covers a box of pixels."""

    @property
    def bbox(self) -> Box:
        """The pixels it covers, counted as in its parent image."""
        raise NotImplementedError

    def getBBox(self, origin: Any = PARENT) -> Box:
        """The pixels it covers, counted as in its parent image or from its own first one."""
        box = self.bbox
        return Box(0, 0, box.width, box.height) if _is_local(origin) else box

    @property
    def xy0(self) -> Point:
        """Its first pixel in its parent image."""
        return self.bbox.min

    @property
    def x0(self) -> int:
        """Its first column in its parent image."""
        return self.bbox.x

    @property
    def y0(self) -> int:
        """Its first row in its parent image."""
        return self.bbox.y

    @property
    def width(self) -> int:
        """Columns."""
        return self.bbox.width

    @property
    def height(self) -> int:
        """Rows."""
        return self.bbox.height

    @property
    def dimensions(self) -> Extent:
        """Columns and rows."""
        return self.bbox.dimensions


class Image(_Placed):
    """Pixels.

    Parameters
    ----------
    array : `numpy.ndarray`, shape ``(rows, columns)``
        The values.
    xy0 : pair of `int`
        The first pixel's column and row in the parent image.
    unit : `str`
        Of the values, such as ``nJy``.
    """

    _like: ClassVar[str] = "lsst.afw.image.Image"

    def __init__(
        self, array: npt.NDArray[Any], xy0: tuple[float, float] = (0, 0), unit: str = ""
    ) -> None:
        self._array = array
        self._xy0 = int(xy0[0]), int(xy0[1])
        self.unit = unit

    @property
    def array(self) -> npt.NDArray[Any]:
        """The values: rows and columns, the first row at the bottom."""
        return self._array

    @property
    def bbox(self) -> Box:
        """The pixels it covers, counted as in its parent image."""
        rows, columns = self._array.shape
        return Box(*self._xy0, columns, rows)

    def subset(self, box: Any, origin: Any = PARENT) -> Self:
        """The same pixels, in a part of the image: a view, not a copy."""
        inner = part(box, self.bbox, origin)
        rows, columns = inner.shiftedBy(-self._xy0[0], -self._xy0[1]).slices
        return self._with(self._array[rows, columns], (inner.x, inner.y))

    def __getitem__(self, place: Any) -> Any:
        """A part of the image for a box, or a value for a column and row of the parent image."""
        if isinstance(place, tuple) and len(place) == 2:
            return self._array[self._index(*place)]
        return self.subset(place)

    def __setitem__(self, place: tuple[int, int], value: Any) -> None:
        """Set the value at a column and row of the parent image."""
        self._array[self._index(*place)] = value

    def _index(self, x: int, y: int) -> tuple[int, int]:
        if not self.bbox.contains(x, y):
            raise ParameterError(
                f"The pixel ({x}, {y}) is not in the image, which is {self.bbox}.",
                hint="Count pixels as in the parent image, or use .array.",
            )
        return int(y) - self._xy0[1], int(x) - self._xy0[0]

    def clone(self) -> Self:
        """A copy."""
        return self._with(self._array.copy(), self._xy0)

    def _with(self, array: npt.NDArray[Any], xy0: tuple[int, int]) -> Self:
        return type(self)(array, xy0, self.unit)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        """The values, for numpy."""
        return np.array(self._array, dtype=dtype, copy=copy)

    def __repr__(self) -> str:
        unit = f" in {self.unit}" if self.unit else ""
        return f"<{type(self).__name__} of {self._array.dtype}{unit}, {self.bbox}>"


class Mask(Image):
    """What is the matter with pixels: a bit for each plane.

    Parameters
    ----------
    array : `numpy.ndarray` of `int`, shape ``(rows, columns)``
        The bits.
    xy0 : pair of `int`
        The first pixel's column and row in the parent image.
    planes : mapping of `str` to `int`
        The number of each plane's bit.
    """

    _like: ClassVar[str] = "lsst.afw.image.Mask"

    def __init__(
        self,
        array: npt.NDArray[Any],
        xy0: tuple[float, float] = (0, 0),
        planes: Mapping[str, int] | None = None,
    ) -> None:
        super().__init__(array, xy0)
        self._planes = dict(planes or {})

    def getMaskPlaneDict(self) -> dict[str, int]:
        """The number of each plane's bit."""
        return dict(self._planes)

    def getMaskPlane(self, name: str) -> int:
        """The number of a plane's bit.

        Raises
        ------
        lsp_jupyter.errors.ParameterError
            Raised if there is no such plane.
        """
        try:
            return self._planes[name]
        except KeyError:
            raise ParameterError(
                f'The mask has no plane "{name}".', hint=f"It has {', '.join(self._planes)}."
            ) from None

    def getPlaneBitMask(self, names: str | Iterable[str]) -> int:
        """The bits of a plane, or of several, as a number for ``&``."""
        names = [names] if isinstance(names, str) else names
        return sum(1 << self.getMaskPlane(name) for name in set(names))

    def interpret(self, value: int) -> str:
        """The names of the planes whose bits are in a value, such as ``CR,SAT``."""
        return ",".join(sorted(name for name, bit in self._planes.items() if int(value) >> bit & 1))

    def _with(self, array: npt.NDArray[Any], xy0: tuple[int, int]) -> Self:
        return type(self)(array, xy0, self._planes)


class MaskedImage(_Placed):
    """An image with its mask and its variance.

    Parameters
    ----------
    image : `Image`
        The pixels.
    mask : `Mask`, optional
        Of the same shape. Raw images have none.
    variance : `Image`, optional
        Of the same shape. Raw images have none.
    """

    _like: ClassVar[str] = "lsst.afw.image.MaskedImage"

    def __init__(
        self, image: Image, mask: Mask | None = None, variance: Image | None = None
    ) -> None:
        self.image = image
        self._mask = mask
        self._variance = variance

    @property
    def mask(self) -> Mask:
        """What is the matter with pixels; no plane at all where the file has no mask."""
        if self._mask is None:
            self._mask = Mask(np.zeros(self.image.array.shape, np.int32), self.image.xy0)
        return self._mask

    @property
    def variance(self) -> Image:
        """The square of the pixels' errors; NaN where the file has none."""
        if self._variance is None:
            empty = np.full(self.image.array.shape, np.nan, np.float32)
            self._variance = Image(empty, self.image.xy0)
        return self._variance

    @property
    def bbox(self) -> Box:
        """The pixels it covers, counted as in its parent image."""
        return self.image.bbox

    @property
    def unit(self) -> str:
        """Of the image's values."""
        return self.image.unit

    def getImage(self) -> Image:
        """The pixels."""
        return self.image

    def _parts(self, box: Any, origin: Any) -> tuple[Image, Mask | None, Image | None]:
        return (
            self.image.subset(box, origin),
            self._mask and self._mask.subset(box, origin),
            self._variance and self._variance.subset(box, origin),
        )

    def subset(self, box: Any, origin: Any = PARENT) -> MaskedImage:
        """The same, in a part of the image: a view, not a copy."""
        return MaskedImage(*self._parts(box, origin))

    def __getitem__(self, box: Any) -> Self:
        """The same, in a part of the image: a view, not a copy."""
        return self.subset(box)  # type: ignore[return-value]

    def __repr__(self) -> str:
        unit = f" in {self.unit}" if self.unit else ""
        return f"<{type(self).__name__}{unit}, {self.bbox}>"
