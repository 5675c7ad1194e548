"""Builds the demo survey in a state folder: catalogues, images, maps and pictures."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from lsp_jupyter.catalogs.generation import Meter
from lsp_jupyter.catalogs.publish import publish
from lsp_jupyter.catalogs.release import Release
from lsp_jupyter.catalogs.store import Catalog
from lsp_jupyter.config import LspConfig
from lsp_jupyter.demo.survey.observing.fields import FIELDS
from lsp_jupyter.demo.survey.pictures import RELEASE, Pictures, repository_folder
from lsp_jupyter.demo.survey.record import (
    SEED,
    Survey,
    built_survey,
    forget_survey,
    record_survey,
)
from lsp_jupyter.demo.survey.releases import survey_releases
from lsp_jupyter.demo.survey.repository.dataset_types import CHAIN
from lsp_jupyter.demo.survey.sizes import DENSITY, Size
from lsp_jupyter.demo.survey.tables.makers import survey_tables
from lsp_jupyter.demo.survey.truth.sky import Sky
from lsp_jupyter.errors import PublishError
from lsp_jupyter.images.index import ImageIndex
from lsp_jupyter.images.publishing import publish_images, withdraw_images
from lsp_jupyter.images.repositories import Repository

__all__ = ["build_survey"]

#: Bytes on disk, about: of any survey, of all rows of an object of full number counts with its
#: temporary files, and of a pixel of an image.
_ANY, _OBJECT, _PIXEL = 60_000_000, 7_000, 1
#: What the collection of its images is called, as in Rubin's archive.
_COLLECTION = "LSST.DP1"

Progress = Callable[[str], None]


def build_survey(
    config: LspConfig,
    size: Size,
    seed: int = SEED,
    *,
    progress: Progress | None = None,
    meter: Meter | None = None,
) -> bool:
    """Build the survey where it is not there already.

    A release that was made before an interruption is not made again. Each release becomes
    visible at one moment, and so do the images.

    Parameters
    ----------
    config : `~lsp_jupyter.config.LspConfig`
        Names the state folder.
    size : `Size`
        How much to make.
    seed : `int`
        The same size and seed give the same survey.
    progress : callable, optional
        Told in words what is being done.
    meter : `~lsp_jupyter.catalogs.generation.Meter`, optional
        Told how far each table is.

    Returns
    -------
    changed : `bool`
        Whether anything had to be done.

    Raises
    ------
    lsp_jupyter.errors.PublishError
        Raised if a package of the extra ``[demo]`` is missing, or there is no room.
    """
    state = config.state()
    releases = survey_releases(size, seed)
    wanted = Survey(size.name, seed, releases["dp1"].version)
    with _alone(state), contextlib.closing(Catalog(state)) as catalog:
        missing = [release for release in releases.values() if not _published(catalog, release)]
        if built_survey(state) == wanted and not missing:
            return bool(size.images) and _index(catalog, config.authority)
        forget_survey(state)
        _check_room(state, size)
        _build(catalog, missing, size, seed, config.authority, progress or (lambda _: None), meter)
        record_survey(state, wanted)
    return True


@contextlib.contextmanager
def _alone(state: Path) -> Iterator[None]:
    """One builder at a time: a second one waits, and finds what the first one built."""
    with (state / "survey.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _published(catalog: Catalog, wanted: Release) -> bool:
    return any(
        release.name == wanted.name
        and release.version == wanted.version
        and all((catalog.state / entry.hats / "dataset").is_dir() for entry in entries)
        for release, entries, _ in catalog.entries()
    )


def _check_room(state: Path, size: Size) -> None:
    objects = len(FIELDS) * size.side**2 * DENSITY
    need = _ANY + objects * _OBJECT + size.images * size.pixels**2 * _PIXEL
    free = shutil.disk_usage(state).free
    if free < need:
        raise PublishError(
            f"The demo survey of size {size.name} needs about {need / 1e9:,.1f} GB in {state}; "
            f"{free / 1e9:,.1f} GB are free.",
            hint="Make room, choose a smaller --size, or another folder with --state.",
        )


def _build(
    catalog: Catalog,
    missing: list[Release],
    size: Size,
    seed: int,
    authority: str,
    tell: Progress,
    meter: Meter | None,
) -> None:
    sky = Sky(size, seed)
    with contextlib.ExitStack() as stack:
        pictures = None
        if size.images:
            # Another process begins with the images while this one makes the catalogues.
            pictures = stack.enter_context(Pictures(catalog.state, sky, authority))
        for release in missing:
            tell(f"making {release.title}")
            publish(catalog, release, list(survey_tables(release.name, sky)), meter=meter)
            if pictures is not None:
                pictures.go_on(catalog)
        if pictures is None:
            Pictures.remove(catalog.state)
            withdraw_images(catalog, RELEASE, authority=authority)
        else:
            tell("making images")
            pictures.finish(catalog, tell)
            _publish(catalog, authority)


def _publish(catalog: Catalog, authority: str) -> None:
    images = Repository(RELEASE, str(repository_folder(catalog.state)), (CHAIN,))
    with contextlib.closing(ImageIndex(catalog.state)) as index:
        # The same datasets may have other files now.
        index.drop(RELEASE)
    publish_images(catalog, images, authority=authority, name=_COLLECTION)


def _index(catalog: Catalog, authority: str) -> bool:
    """Publish the images again if that was done before there was an index of them."""
    with contextlib.closing(ImageIndex(catalog.state)) as index:
        if index.types(RELEASE):
            return False
    withdraw_images(catalog, RELEASE, authority=authority)
    _publish(catalog, authority)
    return True
