"""What belongs to an image: its file, pictures, cutouts, and what it was made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from lsp_jupyter.images.access import file_path

if TYPE_CHECKING:
    from lsp_jupyter.identity.caller import Caller
    from lsp_jupyter.images.archive import ImageArchive
    from lsp_jupyter.images.file import ImageFile

__all__ = ["MOST_RELATED", "Link", "links_of"]

#: Images of one kind that are told of at most: a deep coadd has thousands of inputs.
MOST_RELATED = 1_000

#: What every dataset of these has, beside its pixels.
_MEASURED = frozenset({"visit", "tract"})
#: What datasets of the sky are told apart by.
_SKY = frozenset({"visit", "exposure", "tract", "patch"})


@dataclass(frozen=True, slots=True)
class Link:
    """One row of a table of links (DataLink 1.1 section 3.2), but for the identifier.

    Attributes
    ----------
    semantics : `str`
        Term of the vocabulary ``http://www.ivoa.net/rdf/datalink/core``, with its ``#``.
    path : `str`
        Where it is, below the platform's address; empty if it is a service or an error.
    service : `str`
        Identifier of the descriptor of a service.
    error : `str`
        Why there is no link.
    description : `str`
        For people.
    mime : `str`
        Media type of what is there.
    size : `int`
        Bytes; 0 if nobody knows.
    kind : `str`
        Term of the vocabulary ``http://www.ivoa.net/rdf/product-type``, with its ``#``.
    local : `str`
        What this service calls such links.
    """

    semantics: str
    path: str = ""
    service: str = ""
    error: str = ""
    description: str = ""
    mime: str = ""
    size: int = 0
    kind: str = ""
    local: str = ""


def links_of(archive: ImageArchive, caller: Caller, file: ImageFile) -> Iterator[Link]:
    """Everything that belongs to an image, but for services.

    Parameters
    ----------
    archive : `~lsp_jupyter.images.archive.ImageArchive`
        Of all images.
    caller : `~lsp_jupyter.identity.caller.Caller`
        Who asks: what they may not read is left out.
    file : `~lsp_jupyter.images.file.ImageFile`
        The image.

    Yields
    ------
    link : `Link`
        The image itself first.
    """
    yield _image("#this", file, f"The whole file: {_named(file)}")
    yield Link(
        "#preview",
        file_path(file.release, file.uuid, "preview"),
        description="The image as a picture",
        mime="image/png",
        kind="#image",
    )
    yield Link(
        "#auxiliary",
        file_path(file.release, file.uuid, "header"),
        description="The headers of the file",
        mime="application/json",
        local="header",
    )
    yield from _planes(file)
    made_of = archive.inputs(caller, file)
    for each in islice(made_of, MOST_RELATED):
        yield _image("#progenitor", each, f"It was made of {_named(each)}")
    for each in islice(archive.outputs(caller, file), MOST_RELATED):
        yield _image("#derivation", each, f"Of it was made {_named(each)}")
    known = {each.did for each in made_of}
    for each in _calibrations(archive, caller, file):
        if each.did not in known:
            yield _image("#calibration", each, f"Calibration: {_named(each)}")


def _planes(file: ImageFile) -> Iterator[Link]:
    """The planes of the file that tell of its pixels; a fragment names the extension."""
    if _MEASURED & file.data_id.keys():
        path = file_path(file.release, file.uuid)
        for semantics, extension, text in (
            ("#weight", "VARIANCE", "Variance of each pixel: weights are its inverse"),
            ("#auxiliary", "MASK", "What is wrong with which pixels: a bit for each reason"),
        ):
            yield Link(
                semantics,
                f"{path}#{extension}",
                description=f"{text} (extension {extension} of the file)",
                mime=file.mime,
                kind="#image",
                local=extension.lower(),
            )


def _calibrations(archive: ImageArchive, caller: Caller, file: ImageFile) -> Iterator[ImageFile]:
    """What is of the instrument alone, and of the same part of it."""
    if "detector" in file.data_id and _SKY & file.data_id.keys():
        for name, dimensions in archive.index.types(file.release).items():
            if not _SKY & set(dimensions):
                yield from archive.related(caller, file, name)


def _image(semantics: str, file: ImageFile, description: str) -> Link:
    return Link(
        semantics,
        file_path(file.release, file.uuid),
        description=description,
        mime=file.mime,
        size=file.size,
        kind="#image",
        local=file.dataset_type,
    )


def _named(file: ImageFile) -> str:
    words = ", ".join(
        f"{name} {file.data_id[name]}"
        for name in ("visit", "exposure", "tract", "patch", "detector", "band")
        if name in file.data_id
    )
    return f"{file.dataset_type} ({words})" if words else file.dataset_type
