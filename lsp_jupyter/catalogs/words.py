"""What the names of columns commonly mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from lsp_jupyter.adql.schema import Column, ColumnGroup

__all__ = ["linked", "meaning", "uncertainties"]

#: Patterns of names in lower case, the UCD1+ they suggest, and the unit if only one is used.
_MEANINGS: tuple[tuple[re.Pattern[str], str, str], ...] = tuple(
    (re.compile(pattern), ucd, unit)
    for pattern, ucd, unit in (
        (r"pm_?ra(cosdec|_cosdec)?|mu_?(alpha|ra)(star)?", "pos.pm;pos.eq.ra", ""),
        (r"pm_?de(c|cl)?|mu_?(delta|dec)", "pos.pm;pos.eq.dec", ""),
        (r"parallax|plx", "pos.parallax.trig", ""),
        (r"glon|gal_?l(on)?", "pos.galactic.lon", "deg"),
        (r"glat|gal_?b|gal_?lat", "pos.galactic.lat", "deg"),
        (r"redshift|z_?(spec|phot|best)", "src.redshift", ""),
        (r"rv|radial_velocity|vrad", "spect.dopplerVeloc", ""),
        (
            r"([a-z0-9]+_)*mag(_[a-z0-9]+)?|[a-z0-9_]*[a-z0-9]mag|[ugrizyjhk]_?mag",
            "phot.mag",
            "mag",
        ),
        (r"([a-z0-9]+_)*flux(_[a-z0-9]+)?|[a-z0-9_]*flux", "phot.flux", ""),
        (r"[a-z0-9_]*mjd[a-z0-9_]*|(b?jd|hjd)", "time.epoch", "d"),
        (r"epoch|ref_epoch", "time.epoch", ""),
        (r"snr|s_n|signal_to_noise", "stat.snr", ""),
        (r"chi2|chisq|[a-z0-9_]+_chi2", "stat.fit.chi2", ""),
        (r"teff|t_eff", "phys.temperature.effective", "K"),
        (r"n_?obs|nobs|num_[a-z]+|n_[a-z]+", "meta.number", ""),
        (r"name|designation|[a-z]+_name", "meta.id", ""),
        (r"(source|object|obj|star|dia_?object|dia_?source|src)_?id|id", "meta.id", ""),
        (r"flags?|[a-z0-9_]+_flags?", "meta.code", ""),
        (r"filter|band", "meta.id;instr.filter", ""),
    )
)

#: How a name says that it is the uncertainty of another one.
_ERRORS = (
    (re.compile(r"(?P<of>.+?)_?err(or)?_?(lo|low|lower|m|minus)", re.I), "error_low"),
    (re.compile(r"(?P<of>.+?)_?err(or)?_?(hi|high|upper|p|plus)", re.I), "error_high"),
    (re.compile(r"(?P<of>.+?)_?(err|error|unc|uncertainty|sigma|stddev)", re.I), "error"),
    (re.compile(r"(e|err|error|sigma|d)_(?P<of>.+)", re.I), "error"),
    (re.compile(r"(?P<of>.+?)_flag", re.I), "flag"),
)
_COVARIANCE = re.compile(r"(?P<of>.+)_cov", re.I)


def meaning(name: str) -> tuple[str, str]:
    """The UCD1+ and the unit that a name suggests; empty where it suggests none."""
    for pattern, ucd, unit in _MEANINGS:
        if pattern.fullmatch(name.lower()):
            return ucd, unit
    return "", ""


def uncertainties(names: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Which columns belong to which.

    Parameters
    ----------
    names : iterable of `str`
        All columns of a table.

    Returns
    -------
    found : `dict`
        For each column that belongs to another one: that one, and the role
        (`~lsp_jupyter.adql.schema.ColumnGroup`).
    """
    spelled = {name.lower(): name for name in names}
    found = {}
    for name in spelled.values():
        for pattern, role in _ERRORS:
            match = pattern.fullmatch(name)
            value = spelled.get(match["of"].lower()) if match else None
            if value is not None and value != name:
                found[name] = (value, role)
                break
    return found


def _covariances(spelled: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Columns such as ``ra_dec_Cov``, and the values they are of."""
    found: dict[str, tuple[str, ...]] = {}
    for name in spelled.values():
        match = _COVARIANCE.fullmatch(name)
        parts = match["of"].lower().split("_") if match else []
        for middle in range(1, len(parts)):
            first, second = "_".join(parts[:middle]), "_".join(parts[middle:])
            # A prefix that both share is written once: z_ra_dec_Cov.
            for shared in range(middle):
                whole = "_".join([*parts[:shared], second])
                if first in spelled and whole in spelled and whole != first:
                    found[name] = (spelled[first], spelled[whole])
    return found


def linked(columns: Iterable[Column]) -> tuple[ColumnGroup, ...]:
    """A group for each value that has an uncertainty, a flag or a covariance of its own.

    Parameters
    ----------
    columns : iterable of `~lsp_jupyter.adql.schema.Column`
        All columns of a table.
    """
    names = [column.name for column in columns]
    members: dict[str, list[tuple[str, str]]] = {}
    for name, (value, role) in uncertainties(names).items():
        members.setdefault(value, []).append((name, role))
    for name, values in _covariances({each.lower(): each for each in names}).items():
        for value in values:
            members.setdefault(value, []).append((name, "covariance"))
    return tuple(
        ColumnGroup(name, ((name, "value"), *members[name])) for name in names if name in members
    )
