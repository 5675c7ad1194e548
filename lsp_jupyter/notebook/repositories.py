"""The images of a release through the Butler."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from lsp_jupyter.errors import NotFoundError, UsageError
from lsp_jupyter.notebook.connection import is_loopback
from lsp_jupyter.notebook.failure import plainly
from lsp_jupyter.notebook.results import Result
from lsp_jupyter.notebook.session import client

if TYPE_CHECKING:
    from lsst.daf.butler import Butler, DatasetRef

__all__ = ["DID", "butler", "datasets", "identifiers", "release_of"]

#: The column of ObsCore that identifies an image.
DID = "obs_publisher_did"
#: Seconds without a byte after which a Butler gives up.
_TIMEOUT = 120.0
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
    if not told.get("butler", True):
        raise NotFoundError(
            f"The images of {told['release']} are plain files, without a Butler repository.",
            hint="Ask ivoa.ObsCore for them, or use lsp.find_images.",
        )
    collections = tuple(told["collections"])
    uri = str(told["uri"])
    if uri and ("://" in uri or Path(uri).exists()):
        return _opened(uri, collections)
    return _served(str(told["release"]), collections)


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
    wanted = identifiers(images)
    if len(wanted) > _MOST:
        raise UsageError(
            f"These are {len(wanted):,} images; {_MOST:,} are looked up at once.",
            hint="Ask for fewer of them, or query the Butler by dataset type and data id.",
        )
    opened: dict[str, Butler] = {}
    refs = []
    for identifier in wanted:
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


def release_of(release: str) -> str:
    """The name of a release that has images; that of the only one if none is given.

    Raises
    ------
    lsp_jupyter.errors.LspError
        Raised as by `butler`.
    """
    return str(_repository(release)["release"])


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
        raise _missing(error) from None
    return Butler.from_config(uri, collections=collections, writeable=False)


def _served(release: str, collections: tuple[str, ...]) -> Butler:
    """A Butler that asks the platform's server for everything."""
    try:
        import httpx2
        from lsst.daf.butler import ButlerConfig, Config, StorageClassConfig, StorageClassFactory
        from lsst.daf.butler._butler_instance_options import ButlerInstanceOptions
        from lsst.daf.butler.remote_butler._factory import RemoteButlerFactory

        from lsp_jupyter.images.butler.storage import storage_config
    except ModuleNotFoundError as error:
        raise _missing(error) from None
    # What a repository's own configuration says when it is opened directly.
    classes = storage_config()["storageClasses"]
    StorageClassFactory().addFromConfig(StorageClassConfig(Config({"storageClasses": classes})))
    server = client().connection
    config = ButlerConfig(
        Config(
            {
                "cls": "lsst.daf.butler.remote_butler.RemoteButler",
                "remote_butler": {
                    "url": f"{server.base}butler/{release}",
                    "authentication": "rubin_science_platform",
                },
            }
        )
    )
    factory = RemoteButlerFactory.create_factory_from_config(
        config, httpx2.Client(timeout=_TIMEOUT, trust_env=not is_loopback(server.url))
    )
    return factory.create_butler_for_access_token(
        server.token.reveal(), butler_options=ButlerInstanceOptions(collections=collections)
    )


def _missing(error: ModuleNotFoundError) -> UsageError:
    return UsageError(
        f"The package {error.name} is not installed here.",
        hint='Run `%pip install "lsst-daf-butler[remote]"` and restart the kernel.',
    )


def identifiers(images: Any) -> list[str]:
    """The identifiers of images in a result, a table or a list.

    Raises
    ------
    lsp_jupyter.errors.UsageError
        Raised if a table has no column of them.
    """
    if isinstance(images, str):
        return [images]
    table = images.to_arrow() if isinstance(images, Result) else images
    # Of Arrow, astropy and pandas, in this order: Arrow's columns are no names.
    for name in ("column_names", "colnames", "columns"):
        names = getattr(table, name, None)
        if names is not None:
            if DID not in list(names):
                raise UsageError(f"The table has no column {DID}.", hint="Ask ivoa.ObsCore for it.")
            images = table[DID]
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
            hint=f"Take them from the column {DID} of ivoa.ObsCore.",
        ) from None
