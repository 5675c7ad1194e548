"""The images of a release through the Butler."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from lsp_jupyter.errors import NotFoundError, UsageError
from lsp_jupyter.notebook.failure import plainly
from lsp_jupyter.notebook.results import Result
from lsp_jupyter.notebook.session import client

if TYPE_CHECKING:
    from lsst.daf.butler import Butler, DatasetRef

__all__ = ["butler", "datasets"]

_DID = "obs_publisher_did"
#: Images whose datasets are looked up at once.
_MOST = 10_000


@plainly
def butler(release: str = "") -> Butler:
    """Open the images of a release, to read.

    Parameters
    ----------
    release : `str`
        Such as ``dp1``. It may be left out where there is only one.

    Returns
    -------
    butler : `lsst.daf.butler.Butler`
        Over the collections that were published.

    Raises
    ------
    lsp_jupyter.errors.NotFoundError
        Raised if there are no images of that release.
    lsp_jupyter.errors.UsageError
        Raised if the package lsst-daf-butler is missing, or several releases have images and
        none was named.

    Examples
    --------
    >>> images = lsp.butler("dp1")
    >>> ref = images.query_datasets("visit_image", limit=1)[0]
    >>> image = images.get(ref)
    """
    told = _repository(release)
    return _opened(told["uri"], tuple(told["collections"]))


@plainly
def datasets(images: Any) -> list[DatasetRef]:
    """The datasets that rows of ``ivoa.ObsCore`` describe.

    Parameters
    ----------
    images : `~lsp_jupyter.notebook.results.Result`, table, or sequence of `str`
        A result or table with the column ``obs_publisher_did``, or such identifiers.

    Returns
    -------
    refs : `list` of `lsst.daf.butler.DatasetRef`
        In the order of the rows; `Butler.get` takes each, ``ref.dataId`` is its data id.

    Raises
    ------
    lsp_jupyter.errors.NotFoundError
        Raised if an image is not in its repository any more.
    lsp_jupyter.errors.UsageError
        Raised if there is no such column, or an identifier is of another publisher.

    Examples
    --------
    >>> rows = lsp.query("SELECT * FROM ivoa.ObsCore WHERE lsst_band = 'r'")
    >>> ref = lsp.datasets(rows)[0]
    >>> image = lsp.butler("dp1").get(ref)
    """
    identifiers = _identifiers(images)
    if len(identifiers) > _MOST:
        raise UsageError(
            f"These are {len(identifiers):,} images; {_MOST:,} are looked up at once.",
            hint="Ask for fewer of them, or query the Butler by dataset type and data id.",
        )
    opened: dict[str, Butler] = {}
    refs = []
    for identifier in identifiers:
        release, dataset = _parsed(identifier)
        if release not in opened:
            opened[release] = butler(release)
        ref = opened[release].get_dataset(dataset)
        if ref is None:
            raise NotFoundError(
                f"The image {identifier} is not in the repository of {release}.",
                hint="It may have been removed since: run the query again.",
            )
        refs.append(ref)
    return refs


def _repository(release: str) -> dict[str, Any]:
    known = {
        each["release"].lower(): each
        for each in client().get("portal/repositories")["repositories"]
    }
    names = ", ".join(sorted(known))
    if not known:
        raise NotFoundError(
            "No images are published here.", hint="See `lsp publish --butler` in the documentation."
        )
    if not release and len(known) > 1:
        raise UsageError(f"There are images of {names}.", hint="Name one of these releases.")
    found: dict[str, Any] | None = known.get(release.lower() or next(iter(known)))
    if found is None:
        raise NotFoundError(
            f"There are no images of a release {release[:60]}.",
            hint=f"There are images of {names}.",
        )
    return found


def _opened(uri: str, collections: tuple[str, ...]) -> Butler:
    try:
        from lsst.daf.butler import Butler
    except ModuleNotFoundError as error:
        raise UsageError(
            f"The package {error.name} is not installed here.",
            hint="Run `%pip install lsst-daf-butler` and restart the kernel.",
        ) from None
    return Butler.from_config(uri, collections=collections, writeable=False)


def _identifiers(images: Any) -> list[str]:
    if isinstance(images, str):
        return [images]
    table = images.to_arrow() if isinstance(images, Result) else images
    # Of Arrow, astropy and pandas, in this order: Arrow's columns are no names.
    for name in ("column_names", "colnames", "columns"):
        names = getattr(table, name, None)
        if names is not None:
            if _DID not in list(names):
                raise UsageError(
                    f"The table has no column {_DID}.", hint="Ask ivoa.ObsCore for it."
                )
            images = table[_DID]
            break
    values = images.to_pylist() if hasattr(images, "to_pylist") else list(images)
    return [str(value) for value in values]


def _parsed(identifier: str) -> tuple[str, UUID]:
    place, _, dataset = identifier.partition("?")
    try:
        return place.rpartition("/")[2], UUID(dataset)
    except ValueError:
        raise UsageError(
            f"“{identifier[:100]}” is not the identifier of an image of this platform.",
            hint=f"Take them from the column {_DID} of ivoa.ObsCore.",
        ) from None
