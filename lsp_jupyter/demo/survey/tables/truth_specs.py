"""Descriptions of the tables of the truth."""

from __future__ import annotations

from lsp_jupyter.adql.schema import Column
from lsp_jupyter.catalogs.release import ForeignKey, TableSpec
from lsp_jupyter.demo.survey.observing.fields import BANDS

__all__ = ["ASTEROID", "LIGHT_CURVE", "OBJECT", "SUPERNOVA", "TRUTH", "VARIABLE"]

#: The schema they are in.
TRUTH = "dp1_truth"

_EM = dict(zip(BANDS, ("opt.U", "opt.B", "opt.R", "opt.I", "opt.I", "IR.NIR"), strict=True))


def _id(name: str, description: str, ucd: str = "meta.id") -> Column:
    return Column(name, "long", ucd=ucd, description=description, principal=True, indexed=True)


def _main(name: str, description: str = "Identifier") -> Column:
    return _id(name, description, "meta.id;meta.main")


def _real(name: str, unit: str, ucd: str, description: str) -> Column:
    return Column(name, "float", unit=unit, ucd=ucd, description=description, principal=True)


def _exact(name: str, unit: str, ucd: str, description: str) -> Column:
    return Column(name, "double", unit=unit, ucd=ucd, description=description, principal=True)


def _word(name: str, description: str, ucd: str = "meta.code.class") -> Column:
    return Column(name, "char", "*", ucd=ucd, description=description, principal=True)


def _by_band(name: str, unit: str, ucd: str, description: str) -> tuple[Column, ...]:
    return tuple(
        _real(f"{name}_{band}", unit, f"{ucd};em.{_EM[band]}", f"{description} in {band}")
        for band in BANDS
    )


_POSITION = tuple(
    Column(
        name,
        "double",
        unit="deg",
        ucd=f"pos.eq.{name};meta.main",
        description=f"{what}, ICRS, epoch MJD 60630",
        principal=True,
        indexed=True,
    )
    for name, what in (("ra", "Right ascension"), ("dec", "Declination"))
)

_REDSHIFT = _real("redshift", "", "src.redshift", "Redshift; null for stars")

OBJECT = TableSpec(
    TRUTH,
    "Object",
    (
        _main("objectId", "Identifier, in dp1.Object too if it is detected"),
        *_POSITION,
        Column("tract", "int", ucd="meta.id", description="Tract of the sky map", principal=True),
        Column("patch", "int", ucd="meta.id", description="Patch of the tract", principal=True),
        Column(
            "galaxy",
            "boolean",
            ucd="meta.code.class",
            description="Whether it is a galaxy",
            principal=True,
        ),
        *_by_band("flux", "nJy", "phot.flux.density", "Mean total flux, reddened,"),
        _real("pmRa", "mas/yr", "pos.pm;pos.eq.ra", "Proper motion in ra times cos(dec)"),
        _real("pmDec", "mas/yr", "pos.pm;pos.eq.dec", "Proper motion in dec"),
        _real("parallax", "mas", "pos.parallax", "Parallax; null for galaxies"),
        _REDSHIFT,
        _real("bulgeFraction", "", "phys.luminosity;arith.ratio", "Part of the flux in the bulge"),
        _real("bulgeRadius", "arcsec", "phys.angSize", "Half-light radius of the bulge, long axis"),
        _real("diskRadius", "arcsec", "phys.angSize", "Half-light radius of the disk, long axis"),
        _real("axisRatio", "", "phys.angSize;arith.ratio", "Short to long axis of a galaxy"),
        _real("angle", "deg", "pos.posAng", "Long axis of a galaxy, from north through east"),
        _word("variability", "Kind of variable object; null if its flux is constant"),
        _id("gaiaSourceId", "source_id in gaia.source of a real star; null for others"),
    ),
    position=("ra", "dec"),
    title="True objects",
    description="Stars and galaxies of the simulated sky; in surveys of the sizes tiny and small "
    "also those too faint to be detected.",
    keys=(
        ForeignKey("dp1.Object", (("objectId", "objectId"),)),
        ForeignKey("gaia.source", (("gaiaSourceId", "source_id"),)),
    ),
    place=1,
)

VARIABLE = TableSpec(
    TRUTH,
    "Variable",
    (
        _main("objectId"),
        *_POSITION,
        _word("type", "RRab, RRc, eclipsing binary or AGN"),
        _exact("period", "d", "time.period", "Period of the light curve; null for AGN"),
        _exact("epoch", "d", "time.epoch", "A maximum, or a deep eclipse: MJD, TAI; null for AGN"),
        _real("damping", "d", "time.scale", "Time after which an AGN forgets; null for stars"),
        _REDSHIFT,
        *_by_band("mag", "mag(AB)", "phot.mag", "Magnitude of the mean flux"),
        *_by_band(
            "amplitude",
            "mag",
            "src.var.amplitude",
            "Pulsation from minimum to maximum, depth of the deep eclipse, or an AGN's standard "
            "deviation,",
        ),
    ),
    position=("ra", "dec"),
    title="True variable objects",
    description="Objects whose flux changes, with the periods of their light curves.",
    keys=(
        ForeignKey(f"{TRUTH}.Object", (("objectId", "objectId"),)),
        ForeignKey("dp1.Object", (("objectId", "objectId"),)),
    ),
    place=2,
)

SUPERNOVA = TableSpec(
    TRUTH,
    "Supernova",
    (
        _main("supernovaId"),
        *_POSITION,
        _word("type", "Ia or II"),
        _exact("redshift", "", "src.redshift", "Redshift of it and its host"),
        _exact("peakMjd", "d", "time.epoch", "When it is brightest in B at rest: MJD, TAI"),
        _real("offset", "mag", "phot.mag;arith.diff", "How much fainter than usual it is"),
        _real("stretch", "", "time.scale;arith.ratio", "How much slower than usual it is"),
        _id("hostObjectId", "The galaxy it is in"),
    ),
    position=("ra", "dec"),
    title="True supernovae",
    description="Supernovae, with redshifts and times of maximum.",
    keys=(
        ForeignKey(f"{TRUTH}.Object", (("hostObjectId", "objectId"),)),
        ForeignKey("dp1.Object", (("hostObjectId", "objectId"),)),
    ),
    place=3,
)

ASTEROID = TableSpec(
    TRUTH,
    "Asteroid",
    (
        _main("ssObjectId"),
        _word("designation", "Provisional designation", "meta.id"),
        _word("packedDesignation", "The same in seven characters", "meta.id"),
        _exact("q", "au", "src.orbital.periastron", "Perihelion distance"),
        _exact("e", "", "src.orbital.eccentricity", "Eccentricity"),
        _exact("incl", "deg", "src.orbital.inclination", "Inclination, ecliptic of J2000"),
        _exact("node", "deg", "src.orbital.node", "Longitude of the ascending node"),
        _exact("peri", "deg", "src.orbital.periastron", "Argument of perihelion"),
        _exact("t_p", "d", "time.epoch", "Time of perihelion: MJD, TT"),
        _exact("epoch", "d", "time.epoch", "Epoch of the elements: MJD, TT"),
        _real("h", "mag", "phys.magAbs;em.opt.V", "Absolute magnitude in V"),
        _real("g", "", "stat.param", "Slope of the phase function"),
    ),
    title="True small bodies",
    description="Asteroids and Centaurs, with the elements of their orbits about the Sun.",
    keys=(ForeignKey("dp1.SSObject", (("ssObjectId", "ssObjectId"),)),),
    place=4,
)

LIGHT_CURVE = TableSpec(
    TRUTH,
    "LightCurve",
    (
        _id("sourceId", "objectId of a variable object, or supernovaId"),
        _id("visit", "The exposure"),
        _word("band", "Band", "instr.bandpass"),
        _exact("expMidptMJD", "d", "time.epoch", "Middle of the exposure: MJD, TAI"),
        _real("flux", "nJy", "phot.flux.density", "True flux at that time"),
    ),
    title="True light curves",
    description="Fluxes of variable objects and supernovae at each exposure of their field.",
    keys=(ForeignKey("dp1.Visit", (("visit", "visit"),)),),
    place=5,
)
