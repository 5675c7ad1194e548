"""Many cutouts, as a kernel has them."""

from __future__ import annotations

import csv
import io
import shutil
import weakref
from base64 import b64encode
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from lsp_jupyter.errors import UsageError
from lsp_jupyter.notebook.listing import Listing

if TYPE_CHECKING:
    from astropy.io.fits import HDUList
    from astropy.table import Table

__all__ = ["Stamps"]

#: Pictures of a gallery, and pixels of one along its longer side.
_SHOWN, _WIDTH = 60, 96


class Stamps(Sequence["HDUList | None"]):
    """Cutouts in the order of their rows. Their pixels stay in a file until they are used.

    ``stamps[3]`` is the cutout of the fourth row as an `astropy.io.fits.HDUList`, or `None` if
    it could not be made. A notebook shows pictures of them.

    Parameters
    ----------
    folder : `~pathlib.Path`
        Has ``cutouts.fits`` and ``index.csv``; it is removed with this object.

    Attributes
    ----------
    path : `~pathlib.Path`
        One FITS file with all of them; the value of EXTVER is the number of the row, from 1.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "cutouts.fits"
        with (folder / "index.csv").open(encoding="utf-8", newline="") as file:
            self._rows = list(csv.DictReader(file))
        self._file: HDUList | None = None
        self._places: dict[int, list[int]] = {}
        self._remove = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> HDUList | None: ...

    @overload
    def __getitem__(self, index: slice) -> list[HDUList | None]: ...

    def __getitem__(self, index: int | slice) -> HDUList | list[HDUList | None] | None:
        """The cutout of a row, or those of some."""
        if isinstance(index, slice):
            return [self[place] for place in range(len(self))[index]]
        return self._stamp(range(len(self))[index])

    def __iter__(self) -> Iterator[HDUList | None]:
        return (self._stamp(place) for place in range(len(self)))

    @property
    def table(self) -> Table:
        """A row for each: image, position, radius, size in pixels, and ``error``, why it failed."""
        from astropy.table import MaskedColumn, Table

        made = Table()
        for name in self._rows[0] if self._rows else ():
            texts = [row[name] for row in self._rows]
            kind = {"row": int, "columns": int, "rows": int}.get(
                name, float if name in ("ra", "dec", "radius") else str
            )
            empty = [not text and kind is not str for text in texts]
            values = [kind(text or 0) if kind is not str else text for text in texts]
            unit = "deg" if kind is float else None
            made[name] = MaskedColumn(values, mask=empty, unit=unit) if any(empty) else values
            if unit and not any(empty):
                made[name].unit = unit
        return made

    @property
    def failures(self) -> Listing[dict[str, str]]:
        """The rows without cutout, and why there is none."""
        return Listing(
            [row for row in self._rows if row["error"]],
            ("row", "ra", "dec", "image", "reason"),
            lambda row: (
                *(row[name] for name in ("row", "ra", "dec", "obs_publisher_did", "error")),
            ),
            "All cutouts were made.",
        )

    def save(self, folder: str | Path) -> list[Path | None]:
        """Write each to a FITS file of its own.

        Parameters
        ----------
        folder : path
            Made if it is missing. Files are called ``cutout-00001.fits``.

        Returns
        -------
        paths : `list` of `~pathlib.Path`
            In the order of the rows; `None` where there is no cutout.

        Raises
        ------
        lsp_jupyter.errors.UsageError
            Raised if one cannot be written.
        """
        target = Path(folder).expanduser()
        paths: list[Path | None] = []
        try:
            target.mkdir(parents=True, exist_ok=True)
            for number, stamp in enumerate(self, 1):
                path = target / f"cutout-{number:05d}.fits"
                if stamp is not None:
                    stamp.writeto(path, overwrite=True)
                paths.append(path if stamp is not None else None)
        except OSError as error:
            reason = error.strerror or str(error)
            raise UsageError(f"{target} cannot be written: {reason}.") from None
        return paths

    def _stamp(self, place: int) -> HDUList | None:
        from astropy.io import fits

        if self._rows[place]["error"]:
            return None
        hdus = self._opened()
        parts: list[Any] = [fits.PrimaryHDU()]
        parts += [hdus[index].copy() for index in self._places[place + 1]]
        return fits.HDUList(parts)

    def _opened(self) -> HDUList:
        """The file, with the places of the extensions of each row."""
        from astropy.io import fits

        if self._file is None:
            self._file = fits.open(self.path, memmap=True)
            for index, hdu in enumerate(self._file):
                if index and hdu.name != "INDEX":
                    self._places.setdefault(int(hdu.ver), []).append(index)
        return self._file

    def __repr__(self) -> str:
        failed = len(self.failures)
        return f"<{len(self):,} cutouts{f', {failed:,} failed' if failed else ''}>"

    def _repr_html_(self) -> str:
        shown = "".join(self._figure(place) for place in range(min(len(self), _SHOWN)))
        more = f"<p>and {len(self) - _SHOWN:,} more</p>" if len(self) > _SHOWN else ""
        grid = "display:flex;flex-wrap:wrap;gap:8px"
        return f'<p>{escape(repr(self)[1:-1])}</p><div style="{grid}">{shown}</div>{more}'

    def _figure(self, place: int) -> str:
        row = self._rows[place]
        told = escape(f"{float(row['ra']):.5f} {float(row['dec']):+.5f}")
        picture = self._picture(place)
        box = f"width:{_WIDTH}px;height:{_WIDTH}px"
        if picture is None:
            reason = escape(row["error"] or "no picture", quote=True)
            inside = (
                f'<div title="{reason}" style="{box};box-sizing:border-box;overflow:hidden;'
                f'border:1px solid currentColor;opacity:0.6;font-size:10px">{reason}</div>'
            )
        else:
            data = b64encode(picture).decode()
            inside = (
                f'<img alt="Cutout {row["row"]} at {told}" src="data:image/png;base64,{data}" '
                f'style="{box};object-fit:contain;image-rendering:pixelated">'
            )
        words = f'<figcaption style="font-size:10px">{escape(row["row"])}: {told}</figcaption>'
        return f'<figure style="margin:0;width:{_WIDTH}px">{inside}{words}</figure>'

    def _picture(self, place: int) -> bytes | None:
        import numpy as np
        from PIL import Image

        if self._rows[place]["error"]:
            return None
        hdus = self._opened()
        data = next(
            (hdus[index].data for index in self._places[place + 1] if hdus[index].name == "IMAGE"),
            None,
        )
        if data is None or not np.isfinite(data).any():
            return None
        step = max(1, max(data.shape) // (2 * _WIDTH))
        small = np.asarray(data[::step, ::step], np.float64)
        low, high = np.nanpercentile(small, [1, 99.5])
        scaled = np.clip((small - low) / ((high - low) or 1.0), 0, 1)
        levels = np.arcsinh(np.nan_to_num(scaled) / 0.25) / np.arcsinh(4) * 255
        out = io.BytesIO()
        Image.fromarray(levels.astype(np.uint8)[::-1]).save(out, "PNG")
        return out.getvalue()
