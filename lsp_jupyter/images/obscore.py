"""The table of all observations: ``ivoa.ObsCore`` (ObsCore 1.1, Rubin's columns beside it)."""

from __future__ import annotations

from lsp_jupyter.adql.schema import Column
from lsp_jupyter.adql.types import REGION
from lsp_jupyter.catalogs.release import Example, Release, TableSpec

__all__ = ["OBSCORE", "RELEASE"]

_CHAR = "Char."
_SPACE, _TIME, _SPECTRUM = f"{_CHAR}SpatialAxis.", f"{_CHAR}TimeAxis.", f"{_CHAR}SpectralAxis."


def _column(
    name: str,
    kind: str,
    utype: str,
    ucd: str,
    description: str,
    unit: str = "",
    *,
    xtype: str = "",
    principal: bool = True,
) -> Column:
    return Column(
        name,
        kind,
        "*" if kind == "char" else "",
        xtype,
        unit,
        ucd,
        f"obscore:{utype}" if utype else "",
        description,
        principal=principal,
        std=bool(utype),
    )


#: The mandatory columns in the order of table 5 of the standard.
_MANDATORY = (
    _column(
        *("dataproduct_type", "char", "ObsDataset.dataProductType", "meta.code.class"),
        "Kind of data: image",
    ),
    _column(
        *("calib_level", "int", "ObsDataset.calibLevel", "meta.code;obs.calib"),
        "0 and 1: as the instrument gave it; 2: calibrated; 3: made of several",
    ),
    _column(
        "obs_collection", "char", "DataID.collection", "meta.id", "Collection that it belongs to"
    ),
    _column("obs_id", "char", "DataID.observationID", "meta.id", "Identifier of the observation"),
    _column(
        *("obs_publisher_did", "char", "Curation.publisherDID", "meta.ref.ivoid"),
        "IVOA identifier of this dataset, the same on every instance",
    ),
    _column(
        *("access_url", "char", "Access.reference", "meta.ref.url"),
        "Where it can be had",
        xtype="",
    ),
    _column("access_format", "char", "Access.format", "meta.code.mime", "Type of what is there"),
    _column(
        *("access_estsize", "long", "Access.size", "phys.size;meta.file"),
        "Size of what is there, about",
        "kbyte",
    ),
    _column("target_name", "char", "Target.name", "meta.id;src", "What was looked at"),
    _column(
        *("s_ra", "double", f"{_SPACE}Coverage.Location.Coord.Position2D.Value2.C1", "pos.eq.ra"),
        "Right ascension of the centre, ICRS",
        "deg",
    ),
    _column(
        *("s_dec", "double", f"{_SPACE}Coverage.Location.Coord.Position2D.Value2.C2", "pos.eq.dec"),
        "Declination of the centre, ICRS",
        "deg",
    ),
    _column(
        *("s_fov", "double", f"{_SPACE}Coverage.Bounds.Extent.diameter"),
        *("phys.angSize;instr.fov", "Diameter of the smallest circle round it", "deg"),
    ),
    _column(
        *("s_region", "char", f"{_SPACE}Coverage.Support.Area", "pos.outline;obs.field"),
        "Outline on the sky, ICRS",
        xtype=REGION,
    ),
    _column(
        *("s_resolution", "double", f"{_SPACE}Resolution.Refval.value", "pos.angResolution"),
        "Width of the point spread function (FWHM)",
        "arcsec",
    ),
    _column("s_xel1", "long", f"{_SPACE}numBins1", "meta.number", "Columns of pixels"),
    _column("s_xel2", "long", f"{_SPACE}numBins2", "meta.number", "Rows of pixels"),
    _column(
        *("t_min", "double", f"{_TIME}Coverage.Bounds.Limits.StartTime"),
        *("time.start;obs.exposure", "When the first exposure began, MJD in UTC", "d"),
    ),
    _column(
        *("t_max", "double", f"{_TIME}Coverage.Bounds.Limits.StopTime"),
        *("time.end;obs.exposure", "When the last exposure ended, MJD in UTC", "d"),
    ),
    _column(
        *("t_exptime", "double", f"{_TIME}Coverage.Support.Extent"),
        *("time.duration;obs.exposure", "Exposure time", "s"),
    ),
    _column(
        *("t_resolution", "double", f"{_TIME}Resolution.Refval.value", "time.resolution"),
        "Resolution in time",
        "s",
    ),
    _column("t_xel", "long", f"{_TIME}numBins", "meta.number", "Elements along the axis of time"),
    _column(
        *("em_min", "double", f"{_SPECTRUM}Coverage.Bounds.Limits.LoLimit", "em.wl;stat.min"),
        "Shortest wavelength in vacuum",
        "m",
    ),
    _column(
        *("em_max", "double", f"{_SPECTRUM}Coverage.Bounds.Limits.HiLimit", "em.wl;stat.max"),
        "Longest wavelength in vacuum",
        "m",
    ),
    _column(
        *("em_res_power", "double", f"{_SPECTRUM}Resolution.ResolPower.refVal"),
        *("spect.resolution", "Wavelength over the width of the band"),
    ),
    _column("em_xel", "long", f"{_SPECTRUM}numBins", "meta.number", "Elements of the spectrum"),
    _column("o_ucd", "char", f"{_CHAR}ObservableAxis.ucd", "meta.ucd", "UCD of what was measured"),
    _column(
        *("pol_states", "char", f"{_CHAR}PolarizationAxis.stateList"),
        *("meta.code;phys.polarization", "States of polarization"),
    ),
    _column(
        *("pol_xel", "long", f"{_CHAR}PolarizationAxis.numBins", "meta.number"),
        "Number of states of polarization",
    ),
    _column(
        *("facility_name", "char", "Provenance.ObsConfig.Facility.name", "meta.id;instr.tel"),
        "Telescope or observatory",
    ),
    _column(
        *("instrument_name", "char", "Provenance.ObsConfig.Instrument.name", "meta.id;instr"),
        "Instrument",
    ),
)
#: Optional columns of the standard, and those that Rubin's archive has beside them.
_OPTIONAL = (
    _column(
        *("dataproduct_subtype", "char", "ObsDataset.dataProductSubtype", "meta.code.class"),
        "Dataset type, such as lsst.visit_image",
    ),
    _column("obs_title", "char", "DataID.title", "meta.title;obs", "A few words for people"),
    _column(
        *("s_pixel_scale", "double", f"{_SPACE}Sampling.RefVal.SamplingPeriod"),
        *("phys.angSize;instr.pixel", "Width of a pixel", "arcsec"),
    ),
    _column("em_filter_name", "char", "", "meta.id;instr.filter", "Band"),
    _column("lsst_band", "char", "", "meta.id;instr.filter", "Abstract filter band"),
    _column("lsst_filter", "char", "", "meta.id;instr.filter", "Physical filter"),
    _column("lsst_visit", "long", "", "meta.id;obs", "Visit"),
    _column("lsst_raft", "char", "", "meta.id;instr", "Raft of the detector, such as R22"),
    _column("lsst_detector", "int", "", "meta.id;instr.det", "Detector"),
    _column("lsst_tract", "int", "", "meta.id", "Tract of the sky map"),
    _column("lsst_patch", "int", "", "meta.id", "Patch within the tract"),
)

#: The table, as it is published.
OBSCORE = TableSpec(
    "ivoa",
    "ObsCore",
    (*_MANDATORY, *_OPTIONAL),
    ("s_ra", "s_dec"),
    title="Observations",
    description="Every image of this instance, described by the ObsCore data model.",
    utype="ivo://ivoa.net/std/ObsCore#table-1.1",
)

#: What the table belongs to.
RELEASE = Release(
    "ivoa",
    "Images",
    "What images there are, by position, time, band and kind.",
    examples=(
        Example(
            "Images that cover a position",
            "SELECT dataproduct_subtype, lsst_band, t_min, obs_id, s_region FROM ivoa.ObsCore\n"
            "WHERE CONTAINS(POINT('ICRS', 53.16, -28.1), s_region) = 1\nORDER BY t_min",
        ),
        Example(
            "How many images of each kind and band",
            "SELECT obs_collection, dataproduct_subtype, lsst_band, COUNT(*) AS images\n"
            "FROM ivoa.ObsCore GROUP BY obs_collection, dataproduct_subtype, lsst_band\n"
            "ORDER BY obs_collection, dataproduct_subtype, lsst_band",
        ),
        Example(
            "Visit images that a coadd overlaps",
            "SELECT v.lsst_visit, v.lsst_detector, v.t_min, v.access_url FROM ivoa.ObsCore AS c\n"
            "JOIN ivoa.ObsCore AS v ON 1 = INTERSECTS(v.s_region, c.s_region)\n"
            "WHERE c.dataproduct_subtype = 'lsst.deep_coadd' AND c.lsst_tract = 5063\n"
            "AND c.lsst_patch = 12 AND c.lsst_band = 'r' AND v.lsst_band = 'r'\n"
            "AND v.dataproduct_subtype = 'lsst.visit_image' ORDER BY v.t_min",
            "Those that it was made of are among its links, at access_url.",
        ),
    ),
)
