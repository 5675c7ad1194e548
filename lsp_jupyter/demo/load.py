"""Loads the demo catalogues into a state folder, once."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

from lsp_jupyter.catalogs.store import Catalog
from lsp_jupyter.config import LspConfig
from lsp_jupyter.errors import PublishError

__all__ = ["load_demo", "load_survey"]


def load_demo(config: LspConfig, progress: Callable[[str], None] | None = None) -> bool:
    """Publish ``gaia.source`` and ``hipparcos.main``, and paint their sky, where that is missing.

    Parameters
    ----------
    config : `~lsp_jupyter.config.LspConfig`
        Names the state folder.
    progress : callable, optional
        Told in words what is being done.

    Returns
    -------
    changed : `bool`
        Whether anything had to be done.

    Raises
    ------
    lsp_jupyter.errors.PublishError
        Raised if the data packages are not installed or not what they should be.
    """
    from lsp_jupyter.demo import gaia, hipparcos

    catalog = Catalog(config.state())
    try:
        changed = False
        for source in (gaia, hipparcos):
            changed |= _load(catalog, source, progress)
        changed |= _paint(catalog, progress)
        return _repair(catalog, progress) or changed
    finally:
        catalog.close()


def load_survey(
    config: LspConfig,
    size: str | None = None,
    seed: int | None = None,
    progress: Callable[[str], None] | None = None,
) -> bool:
    """Build the simulated survey where it is missing.

    Parameters
    ----------
    config : `~lsp_jupyter.config.LspConfig`
        Names the state folder.
    size : `str`, optional
        ``tiny``, ``small``, ``large``, a number of objects, or ``none``. If not given, the survey
        that is there stays; ``small`` where there is none.
    seed : `int`, optional
        What it is drawn from.
    progress : callable, optional
        Told in words what is being done.

    Returns
    -------
    changed : `bool`
        Whether anything had to be done.

    Raises
    ------
    lsp_jupyter.errors.ParameterError
        Raised if there is no such size.
    lsp_jupyter.errors.PublishError
        Raised if a package of the extra ``[demo]`` is missing, or there is no room.
    """
    if size == "none":
        return False
    from lsp_jupyter.demo.survey import sizes
    from lsp_jupyter.demo.survey.record import SEED, built_survey

    built = built_survey(config.state())
    name = size if size is not None else built.size if built is not None else "small"
    if seed is None:
        seed = built.seed if built is not None and built.size == name else SEED
    wanted = sizes.size(name)
    from lsp_jupyter.demo.survey.build import build_survey

    return build_survey(config, wanted, seed, progress=progress)


def _load(catalog: Catalog, source: ModuleType, progress: Callable[[str], None] | None) -> bool:
    wanted = source.RELEASE
    for release, entries, _ in catalog.entries():
        if release.name == wanted.name and release.version == wanted.version:
            names = {entry.spec.full_name for entry in entries}
            hats = all((catalog.state / entry.hats / "dataset").is_dir() for entry in entries)
            if source.SPEC.full_name in names and hats:
                return False
    from lsp_jupyter.catalogs.publish import publish_table

    if progress is not None:
        progress(f"loading {wanted.title}")
    try:
        publish_table(catalog, wanted, source.SPEC, source.read(), progress=progress)
    except ModuleNotFoundError as error:
        raise PublishError(
            f"The data package {str(error.name).replace('_', '-')} is not installed.",
            hint='The demo needs it: pip install "lsp_jupyter[demo]".',
        ) from None
    return True


def _paint(catalog: Catalog, progress: Callable[[str], None] | None) -> bool:
    """Make the picture of the whole sky."""
    from lsp_jupyter.demo.starlight import is_made, make_starlight

    if is_made(catalog.state):
        return False
    if progress is not None:
        progress("painting the sky")
    make_starlight(catalog.state)
    return True


def _repair(catalog: Catalog, progress: Callable[[str], None] | None) -> bool:
    """Make native files again that somebody deleted."""
    aliases = [entry.alias for _, entries, _ in catalog.entries() for entry in entries]
    if all(catalog.native_path(alias).exists() for alias in aliases):
        return False
    from lsp_jupyter.catalogs.publish import rebuild_native

    return rebuild_native(catalog, progress=progress) > 0
