"""The images of a Butler repository as rows of ``ivoa.ObsCore``.

This module must be imported only where a repository is read: the Butler takes
a second to load.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
from astropy.time import Time
from lsst.daf.butler import Butler, DatasetRef, DatasetType, Timespan
from lsst.sphgeom import ConvexPolygon, LonLat, Region

from lsp_jupyter.catalogs.checks import table_schema
from lsp_jupyter.images.bands import spectrum
from lsp_jupyter.images.obscore import OBSCORE

__all__ = ["IMAGES", "Footprints", "image_types", "observation_rows", "place", "publisher_did"]

#: Rows of a batch.
_BATCH = 5_000
#: Beginnings of the storage classes of images.
IMAGES = ("LspExposure", "Exposure", "MaskedImage", "Image", "VisitImage", "DifferenceImage")
#: Calibration level by what a dataset type is of: one exposure as it came, one visit, the sky.
_RAW, _CALIBRATED, _DERIVED = 1, 2, 3
_FACILITIES: Mapping[str, str] = {
    "LSSTComCam": "Rubin:Simonyi",
    "LSSTCam": "Rubin:Simonyi",
    "LATISS": "Rubin:1.2m",
}
_DAY = 86_400.0
#: MJD of the epoch of a Butler's times, 1970-01-01 TAI.
_EPOCH = 40_587.0


def image_types(butler: Butler) -> list[DatasetType]:
    """The dataset types whose datasets are images of the sky.

    Parameters
    ----------
    butler : `~lsst.daf.butler.Butler`
        The repository.
    """
    return sorted(
        (
            kind
            for kind in butler.registry.queryDatasetTypes()
            if not kind.isComponent()
            and kind.storageClass_name.startswith(IMAGES)
            and kind.dimensions.names & {"visit", "exposure", "patch", "tract"}
        ),
        key=lambda kind: kind.name,
    )


def publisher_did(authority: str, release: str, dataset: object) -> str:
    """The identifier of a dataset, the same on every instance.

    Parameters
    ----------
    authority : `str`
        IVOA authority of the publisher.
    release : `str`
        The release.
    dataset : `uuid.UUID`
        The Butler's identifier.
    """
    return f"ivo://{authority}/{release}?{dataset}"


def observation_rows(
    butler: Butler,
    refs: Iterable[DatasetRef],
    *,
    authority: str,
    release: str,
    collection: str,
    facts: Mapping[str, Mapping[str, Any]],
) -> Iterator[pa.RecordBatch]:
    """Rows of ``ivoa.ObsCore``.

    Parameters
    ----------
    butler : `~lsst.daf.butler.Butler`
        The repository.
    refs : iterable of `~lsst.daf.butler.DatasetRef`
        Images. Those without a place on the sky are left out.
    authority, release : `str`
        For the identifiers.
    collection : `str`
        The value of ``obs_collection``.
    facts : mapping
        What is known of each image's file: by identifier within the release, values by column.

    Yields
    ------
    batch : `pyarrow.RecordBatch`
        With all columns of `~lsp_jupyter.images.obscore.OBSCORE`.
    """
    schema = table_schema(OBSCORE)
    footprints = Footprints(butler)
    instruments = [record.name for record in butler.query_dimension_records("instrument")]
    # What was made of many exposures names no instrument.
    only = instruments[0] if len(instruments) == 1 else None
    each = iter(refs)
    while some := list(islice(each, _BATCH)):
        rows = [
            row | dict(facts.get(str(ref.id), {}))
            for ref in some
            if (row := _row(ref, footprints, authority, release, collection, only)) is not None
        ]
        _to_utc(rows)
        if rows:
            yield pa.RecordBatch.from_pylist(rows, schema=schema)


class Footprints:
    """Where the detectors of exposures are: the visits that were defined of them know."""

    def __init__(self, butler: Butler) -> None:
        self._butler = butler
        self._of: dict[tuple[Any, ...], Region | None] = {}

    def region(self, ref: DatasetRef) -> Region | None:
        """The region of a dataset; none if nobody knows."""
        found = ref.dataId.region if ref.dataId.hasRecords() else None
        if found is not None or "exposure" not in ref.dataId.dimensions.names:
            return found
        instrument, exposure = ref.dataId["instrument"], ref.dataId["exposure"]
        key = instrument, exposure, ref.dataId.get("detector")
        if key not in self._of:
            self._read(str(instrument), int(exposure))
            self._of.setdefault(key, None)
        return self._of[key]

    def _read(self, instrument: str, exposure: int) -> None:
        records = self._butler.query_dimension_records(
            "visit_detector_region",
            where="instrument = :i AND visit = :v",
            bind={"i": instrument, "v": exposure},
            explain=False,
        )
        for record in records:
            self._of[instrument, exposure, record.detector] = record.region


def _row(
    ref: DatasetRef,
    footprints: Footprints,
    authority: str,
    release: str,
    collection: str,
    only: str | None,
) -> dict[str, Any] | None:
    region = footprints.region(ref)
    if not isinstance(region, ConvexPolygon):
        return None
    data_id = ref.dataId
    seen = _record(ref, "visit") or _record(ref, "exposure")
    detector = _record(ref, "detector")
    band = data_id.get("band")
    instrument = data_id.get("instrument", only)
    identifier = _identifier(ref, seen, detector)
    return {
        "dataproduct_type": "image",
        "calib_level": _level(ref),
        "obs_collection": collection,
        "obs_id": identifier,
        "obs_publisher_did": publisher_did(authority, release, ref.id),
        "target_name": getattr(seen, "target_name", None),
        **place(region),
        **_times(seen),
        **spectrum(None if band is None else str(band)),
        "o_ucd": "phot.count" if _level(ref) == _RAW else "phot.flux.density",
        "facility_name": _FACILITIES.get(str(instrument)),
        "instrument_name": instrument,
        "dataproduct_subtype": f"lsst.{ref.datasetType.name}",
        "obs_title": f"{ref.datasetType.name} {identifier}",
        "em_filter_name": band,
        "lsst_band": band,
        "lsst_filter": data_id.get("physical_filter"),
        "lsst_visit": data_id.get("visit", data_id.get("exposure")),
        "lsst_raft": getattr(detector, "raft", None),
        "lsst_detector": data_id.get("detector"),
        "lsst_tract": data_id.get("tract"),
        "lsst_patch": data_id.get("patch"),
    }


def _record(ref: DatasetRef, name: str) -> Any:
    return ref.dataId.records[name] if name in ref.dataId.dimensions.elements else None


def _level(ref: DatasetRef) -> int:
    names = ref.datasetType.dimensions.names
    if "exposure" in names:
        return _RAW
    derived = "visit" not in names or ref.datasetType.name.startswith("difference")
    return _DERIVED if derived else _CALIBRATED


def _identifier(ref: DatasetRef, seen: Any, detector: Any) -> str:
    if seen is not None:
        name = getattr(seen, "obs_id", None) or seen.name
        return name if detector is None else f"{name}-{detector.full_name}"
    names = ("tract", "patch", "band")
    return "-".join(str(ref.dataId[name]) for name in names if name in ref.dataId.dimensions.names)


def place(region: ConvexPolygon) -> dict[str, Any]:
    """The columns of an outline: its centre, its diameter and itself, ICRS degrees."""
    centre = LonLat(region.getCentroid())
    corners: list[float] = []
    for vertex in region.getVertices():
        corner = LonLat(vertex)
        corners += (corner.getLon().asDegrees() % 360.0, corner.getLat().asDegrees())
    return {
        "s_ra": centre.getLon().asDegrees() % 360.0,
        "s_dec": centre.getLat().asDegrees(),
        "s_fov": 2.0 * region.getBoundingCircle().getOpeningAngle().asDegrees(),
        "s_region": f"POLYGON ICRS {' '.join(f'{one:.9f}' for one in corners)}",
    }


def _times(seen: Any) -> dict[str, Any]:
    span: Timespan | None = getattr(seen, "timespan", None)
    if span is None or span.begin is None or span.end is None or span.isEmpty():
        return {"t_exptime": getattr(seen, "exposure_time", None)}
    begin, end = (nanoseconds / 1e9 / _DAY + _EPOCH for nanoseconds in span.nsec)
    return {"t_min": begin, "t_max": end, "t_exptime": seen.exposure_time}


def _to_utc(rows: Sequence[dict[str, Any]]) -> None:
    """Turn the times of rows from TAI to UTC."""
    for name in ("t_min", "t_max"):
        known = [row for row in rows if row.get(name) is not None]
        if known:
            times = Time(np.array([row[name] for row in known]), format="mjd", scale="tai")
            for row, time in zip(known, times.utc.mjd.tolist(), strict=True):
                row[name] = time
