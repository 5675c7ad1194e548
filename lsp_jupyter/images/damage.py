"""Files that are not what they should be."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from lsp_jupyter.errors import EngineError

__all__ = ["damage_told"]


@contextmanager
def damage_told(image: str = "") -> Iterator[None]:
    """Say so when a file cannot be read because of what is in it.

    Parameters
    ----------
    image : `str`, optional
        Identifier of the image, where there are several.

    Raises
    ------
    lsp_jupyter.errors.EngineError
        Raised in the place of what readers of FITS raise on files that are broken.
    """
    try:
        yield
    except OSError as error:
        # Those of the disk have a number.
        if error.errno is not None:
            raise
        raise _damaged(image) from error
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, zlib.error) as error:
        raise _damaged(image) from error


def _damaged(image: str) -> EngineError:
    return EngineError(
        f"The file of the image {image} is damaged, or is not FITS.".replace("  ", " "),
        hint="Whoever runs this instance can replace it and publish it again.",
    )
