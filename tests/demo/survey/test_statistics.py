"""The built tables, held against what the simulation put in and what surveys found."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from astropy import units
from astropy.coordinates import Latitude, Longitude
from cdshealpix.nested import lonlat_to_healpix

from lsp_jupyter.catalogs.generation import stored_rows
from lsp_jupyter.catalogs.store import Catalog
from lsp_jupyter.demo.survey.observing.fields import BANDS, FIELDS, field
from lsp_jupyter.demo.survey.sizes import size

Columns = dict[str, np.ndarray]
Read = Callable[..., Columns]

#: Square degrees of a cell of the maps.
CELL = 129_600 / np.pi / 12 / 4**15

#: Where the Milky Way is thin and no cluster or dwarf galaxy is.
PLAIN = [field(name).tract for name in ("Rubin_SV_38_7", "ECDFS", "EDFS_comcam")]


@pytest.fixture(scope="session")
def read(survey_state: Path) -> Iterator[Read]:
    """Columns of a published table as arrays: NaN or 0 where there is nothing."""
    with contextlib.closing(Catalog(survey_state)) as catalog:
        entries = {
            entry.spec.full_name: entry for _, entries, _ in catalog.entries() for entry in entries
        }
        made: dict[str, pa.Table] = {}

        def column(values: pa.ChunkedArray) -> np.ndarray:
            kind = values.type
            if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
                values = values.fill_null(0 if pa.types.is_integer(kind) else False)
            if pa.types.is_float32(kind):
                values = values.cast(pa.float64())
            return values.to_numpy()

        def columns(name: str, *wanted: str) -> Columns:
            if name not in made:
                made[name] = pa.Table.from_batches(stored_rows(catalog, entries[name]))
            return {each: column(made[name].column(each)) for each in wanted}

        yield columns


def _join(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """For each of the left the place of the same number among the right, all of which are there."""
    order = np.argsort(right)
    place = order[np.searchsorted(right, left, sorter=order)]
    assert (right[place] == left).all()
    return place


@pytest.fixture(scope="session")
def objects(read: Read) -> Columns:
    """dp1.Object with the truth of each object, the columns of which begin with ``true_``."""
    names = [
        f"{band}_{what}"
        for band in BANDS
        for what in (
            *("psfFlux", "psfFluxErr", "cModelFlux", "cModelFluxErr"),
            *("extendedness", "ap12Flux", "pixelFlags_saturatedCenter"),
        )
    ]
    found = read(
        "dp1.Object",
        *("objectId", "tract", "coord_ra", "coord_dec", "coord_raErr", "coord_decErr"),
        *("refExtendedness", "refBand"),
        *names,
    )
    true = read(
        "dp1_truth.Object",
        *("objectId", "ra", "dec", "galaxy", "variability", "gaiaSourceId", "pmRa", "pmDec"),
        *(f"flux_{band}" for band in BANDS),
    )
    place = _join(found["objectId"], true["objectId"])
    found |= {f"true_{name}": values[place] for name, values in true.items()}
    found["constant"] = np.array([kind is None for kind in found["true_variability"]])
    return found


def _spread(values: np.ndarray) -> float:
    """Standard deviation, however far outliers are."""
    low, high = np.quantile(values, [0.1587, 0.8413])
    return float(high - low) / 2


def _magnitude(flux: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(31.4 - 2.5 * np.log10(flux))


def _clean(objects: Columns, band: str, signal: float = 5) -> np.ndarray:
    """Objects well measured in a band."""
    flux, error = objects[f"{band}_psfFlux"], objects[f"{band}_psfFluxErr"]
    with np.errstate(invalid="ignore"):
        return (flux > signal * error) & ~objects[f"{band}_pixelFlags_saturatedCenter"]


def _well_known(count: int) -> float:
    """How far the spread of so many normal numbers may be from 1 at four standard deviations."""
    return 4 * 1.2 / count**0.5


@pytest.mark.parametrize("band", BANDS)
def test_fluxes_of_stars_scatter_as_their_errors_say(objects: Columns, band: str) -> None:
    pick = _clean(objects, band) & ~objects["true_galaxy"] & objects["constant"]
    off = objects[f"{band}_psfFlux"] - objects[f"true_flux_{band}"]
    pull = (off / objects[f"{band}_psfFluxErr"])[pick]
    assert len(pull) > 100
    assert _spread(pull) == pytest.approx(1, abs=0.1 + _well_known(len(pull)))
    assert abs(np.median(pull)) < 0.15 + 5 / len(pull) ** 0.5


@pytest.mark.parametrize("band", "gri")
def test_total_fluxes_of_galaxies_scatter_about_the_truth(objects: Columns, band: str) -> None:
    pick = _clean(objects, band, 10) & objects["true_galaxy"] & objects["constant"]
    total, point = objects[f"{band}_cModelFlux"][pick], objects[f"{band}_psfFlux"][pick]
    truth = objects[f"true_flux_{band}"][pick]
    assert len(total) > 100
    assert abs(np.median(total / truth) - 1) < 0.05
    # A point-spread function misses the wings of what is extended.
    assert np.median(point / total) < 0.97
    pull = (total - truth) / objects[f"{band}_cModelFluxErr"][pick]
    assert 0.8 < _spread(pull) < 1.5


def test_positions_scatter_as_their_errors_say(objects: Columns) -> None:
    pick = objects["constant"] & (objects["true_gaiaSourceId"] == 0)
    pick &= np.hypot(objects["true_pmRa"], objects["true_pmDec"]) < 30
    for name, shrink in (("ra", np.cos(np.radians(objects["coord_dec"]))), ("dec", 1.0)):
        off = (objects[f"coord_{name}"] - objects[f"true_{name}"]) * shrink
        pull = (off / objects[f"coord_{name}Err"])[pick]
        pull = pull[np.isfinite(pull)]
        assert len(pull) > 1000
        assert _spread(pull) == pytest.approx(1, abs=0.15)
        assert abs(np.median(pull)) < 0.1


def test_bright_stars_are_the_real_ones(objects: Columns, read: Read) -> None:
    gaia = read("gaia.source", "source_id", "ra", "dec", "phot_g_mean_mag")
    plane = np.column_stack([gaia["ra"], gaia["dec"]])
    half = size("tiny").side / 2 * 0.9
    expected = set()
    for one in FIELDS:
        near = np.abs(plane[:, 1] - one.dec) < half
        near &= np.abs(plane[:, 0] - one.ra) * np.cos(np.radians(one.dec)) < half
        expected |= set(gaia["source_id"][near])
    truth = read("dp1_truth.Object", "gaiaSourceId", "ra", "dec")
    ours = truth["gaiaSourceId"] != 0
    assert expected <= set(truth["gaiaSourceId"][ours])
    place = _join(truth["gaiaSourceId"][ours], gaia["source_id"])
    assert np.allclose(truth["dec"][ours], gaia["dec"][place], atol=1e-9)
    found = objects["true_gaiaSourceId"] != 0
    if found.any():
        assert objects["r_pixelFlags_saturatedCenter"][found].all()


def test_what_the_maps_say_can_be_seen_is_found(objects: Columns, read: Read) -> None:
    names = [f"flux_{band}" for band in BANDS]
    truth = read("dp1_truth.Object", "objectId", "tract", "galaxy", "ra", "dec", *names)
    maps = read("dp1_maps.SurveyProperty", "healpix", *(f"{band}_psf_maglim" for band in BANDS))
    cells = lonlat_to_healpix(
        Longitude(truth["ra"] * units.deg), Latitude(truth["dec"] * units.deg), 15
    ).astype(np.int64)
    order = np.argsort(maps["healpix"])
    place = order[np.searchsorted(maps["healpix"], cells, sorter=order).clip(max=len(order) - 1)]
    covered = maps["healpix"][place] == cells
    # Signal in units of the noise, in the band where it is highest.
    signal = np.zeros(len(cells))
    for band in BANDS:
        limit = 10 ** (-0.4 * (maps[f"{band}_psf_maglim"][place] - 31.4))
        signal = np.fmax(signal, 5 * truth[f"flux_{band}"] / limit)
    found = np.isin(truth["objectId"], objects["objectId"])
    plain = np.isin(truth["tract"], PLAIN) & ~truth["galaxy"]
    assert found[covered & plain & (signal > 20)].mean() > 0.9
    # In crowded fields stars are lost in the light of brighter ones.
    assert found[covered & ~plain & ~truth["galaxy"] & (signal > 20)].mean() > 0.7
    assert found[covered & (signal < 2.5)].mean() < 0.03
    half = found[covered & plain & (signal > 3.5) & (signal < 6.5)]
    assert 0.2 < half.mean() < 0.8
    # A cell at the edge may have its centre outside.
    assert found[~covered].mean() < 0.05


def test_counts_of_galaxies_are_those_of_deep_surveys(objects: Columns, read: Read) -> None:
    maps = read("dp1_maps.SurveyProperty", "tract", "i_psf_maglim")
    area = CELL * np.isfinite(maps["i_psf_maglim"][np.isin(maps["tract"], PLAIN)]).sum()
    # Galaxies in a square degree brighter than i: about what COSMOS and HSC count (Capak et al.
    # 2007, ApJS 172, 99; Aihara et al. 2019, PASJ 71, 114).
    counted = {22.0: 12_000.0, 23.0: 28_000.0, 24.0: 60_000.0}
    pick = np.isin(objects["tract"], PLAIN) & objects["true_galaxy"]
    magnitude = _magnitude(objects["i_cModelFlux"])[pick]
    for limit, expected in counted.items():
        density = (magnitude < limit).sum() / area
        # They cluster: so few square arcminutes tell no better.
        assert 0.6 * expected < density < 1.6 * expected, limit


def test_stars_and_galaxies_are_told_apart_until_they_are_faint(objects: Columns) -> None:
    with np.errstate(invalid="ignore"):
        signal = objects["i_psfFlux"] / objects["i_psfFluxErr"]
        bright, faint = (signal > 100) & (signal < 1e4), (signal > 5) & (signal < 10)
    extended = objects["i_extendedness"]
    galaxy = objects["true_galaxy"]
    assert (extended[bright & galaxy] > 0.5).mean() > 0.95
    assert (extended[bright & ~galaxy] > 0.5).mean() < 0.05
    wrong = ((extended > 0.5) != galaxy)[faint & np.isfinite(extended)]
    assert 0.02 < wrong.mean() < 0.5


def test_stars_lie_on_their_locus(objects: Columns) -> None:
    pick = _clean(objects, "g", 30) & _clean(objects, "r", 30) & _clean(objects, "i", 30)
    pick &= ~objects["true_galaxy"] & objects["constant"] & np.isin(objects["tract"], PLAIN)
    g, r, i = (_magnitude(objects[f"{band}_psfFlux"])[pick] for band in "gri")
    blue = (g - r > 0.2) & (g - r < 1.1)
    assert blue.sum() > 20
    # The stellar locus: r - i grows by about 0.4 for each magnitude of g - r (Covey et al. 2007,
    # AJ 134, 2398).
    slope, start = np.polyfit((g - r)[blue], (r - i)[blue], 1)
    assert 0.25 < slope < 0.55
    rest = (r - i)[blue] - (start + slope * (g - r)[blue])
    assert _spread(rest) < 0.08


def test_the_cluster_has_its_turn_off_and_its_giants(objects: Columns) -> None:
    here = (objects["tract"] == field("47_Tuc").tract) & ~objects["true_galaxy"]
    here &= _clean(objects, "g", 20) & _clean(objects, "r", 20)
    g, r = (_magnitude(objects[f"{band}_psfFlux"]) for band in "gr")
    color = g - r

    def middle(low: float, high: float) -> float:
        return float(np.median(color[here & (r > low) & (r < high)]))

    # The main sequence is bluest at its turn-off, r = 17.4, and redder above and below.
    assert middle(17.0, 18.0) < middle(20, 21) - 0.15
    giants = here & (r < 16.5)
    assert giants.sum() < 5 or np.median(color[giants]) > middle(17.0, 18.0)


def test_forced_fluxes_of_constant_stars_scatter_as_their_errors_say(
    objects: Columns, read: Read
) -> None:
    forced = read(
        "dp1.ForcedSource",
        *("objectId", "visit", "band", "psfFlux", "psfFluxErr", "psfDiffFlux"),
        *("psfDiffFluxErr", "pixelFlags_saturatedCenter", "psfFlux_flag"),
    )
    stars = ~objects["true_galaxy"] & objects["constant"]
    usable = np.isin(forced["objectId"], objects["objectId"][stars])
    usable &= ~forced["pixelFlags_saturatedCenter"] & ~forced["psfFlux_flag"]
    place = _join(forced["objectId"][usable], objects["objectId"])
    bands = forced["band"][usable].astype(str)
    truth = np.choose(
        np.array([BANDS.index(band) for band in bands]),
        [objects[f"true_flux_{band}"][place] for band in BANDS],
    )
    pull = (forced["psfFlux"][usable] - truth) / forced["psfFluxErr"][usable]
    pull = pull[np.isfinite(pull)]
    assert len(pull) > 2000
    assert _spread(pull) == pytest.approx(1, abs=0.1)
    assert abs(np.median(pull)) < 0.05
    difference = (forced["psfDiffFlux"] / forced["psfDiffFluxErr"])[usable]
    difference = difference[np.isfinite(difference)]
    assert _spread(difference) == pytest.approx(1, abs=0.25)
    assert abs(np.median(difference)) < 0.1


def test_sources_of_an_exposure_reach_its_depth(read: Read) -> None:
    source = read("dp1.Source", "visit", "psfFlux", "psfFluxErr", "band")
    quick = read("cdb_lsstcomcam.visit1_quicklook", "visit_id", "stats_mag_lim_median")
    limits = dict(zip(quick["visit_id"], quick["stats_mag_lim_median"], strict=True))
    signal = source["psfFlux"] / source["psfFluxErr"]
    assert (signal[np.isfinite(signal)] > 3).mean() > 0.99
    off = []
    for visit in np.unique(source["visit"]):
        here = source["visit"] == visit
        error = source["psfFluxErr"][here]
        faint = error <= np.nanquantile(error, 0.3)
        # Five times the error of a faint source is the flux at the limit.
        off.append(_magnitude(5 * np.nanmedian(error[faint])) - limits[visit])
    assert abs(np.median(off)) < 0.15


def test_a_pulsating_star_shows_its_period(read: Read) -> None:
    from astropy.timeseries import LombScargle

    true = read("dp1_truth.Variable", "objectId", "type", "period", "ra")
    forced = read(
        "dp1.ForcedSource", "objectId", "visit", "band", "psfFlux", "psfFluxErr", "psfFlux_flag"
    )
    visits = read("dp1.Visit", "visit", "expMidptMJD")
    times = dict(zip(visits["visit"], visits["expMidptMJD"], strict=True))
    deep = np.abs(true["ra"] - field("ECDFS").ra) < 1
    pulsating = np.flatnonzero(deep & np.isin(true["type"].astype(str), ["RRab", "RRc"]))
    assert len(pulsating) >= 3
    right = 0
    for star in pulsating:
        mine = (forced["objectId"] == true["objectId"][star]) & ~forced["psfFlux_flag"]
        mjd = np.array([times[visit] for visit in forced["visit"][mine]])
        bands = forced["band"][mine].astype(str)
        flux = forced["psfFlux"][mine]
        # Relative to the mean of each band, whose amplitudes differ little.
        scaled = np.zeros(len(flux))
        for band in np.unique(bands):
            scaled[bands == band] = flux[bands == band] / flux[bands == band].mean()
        frequency = np.arange(1.0, 5.0, 0.001)
        power = LombScargle(mjd, scaled, nterms=2).power(frequency)
        best = frequency[np.argmax(power)]
        # Nights alone allow aliases of a day.
        ratio = best - 1 / true["period"][star]
        right += abs(ratio - round(ratio)) < 0.01
    assert right >= len(pulsating) - 1


def test_supernovae_rise_and_fall_as_they_truly_do(read: Read) -> None:
    true = read("dp1_truth.Supernova", "supernovaId", "type", "ra", "dec", "peakMjd")
    sources = read(
        "dp1.DiaSource",
        *("ra", "dec", "midpointMjdTai", "psfFlux", "psfFluxErr", "band", "visit"),
    )
    curves = read("dp1_truth.LightCurve", "sourceId", "visit", "flux")
    bands = sources["band"].astype(str)
    pulls, late = [], []
    for row, identifier in enumerate(true["supernovaId"]):
        near = np.abs(sources["dec"] - true["dec"][row]) < 1 / 3600
        near &= np.abs(sources["ra"] - true["ra"][row]) < 1.2 / 3600
        mine = curves["sourceId"] == identifier
        truth = dict(zip(curves["visit"][mine], curves["flux"][mine], strict=True))
        expected = np.array([truth[visit] for visit in sources["visit"][near]])
        pulls.append((sources["psfFlux"][near] - expected) / sources["psfFluxErr"][near])
        red = near & (bands == "r")
        # Others keep their brightness for months.
        if red.sum() >= 8 and true["type"][row] == "Ia":
            brightest = sources["midpointMjdTai"][red][np.argmax(sources["psfFlux"][red])]
            late.append(brightest - true["peakMjd"][row])
    assert len(late) >= 2
    assert np.abs(late).max() < 6
    pull = np.concatenate(pulls)
    assert len(pull) > 50
    assert _spread(pull) == pytest.approx(1, abs=0.25)
    assert abs(np.median(pull)) < 0.3


def _ephemeris(orbit: dict[str, float], mjd: float) -> tuple[float, float]:
    """Where a body of given elements stands for the observatory; MJD in TAI, degrees."""
    from astropy.coordinates import EarthLocation, get_body_barycentric
    from astropy.time import Time

    time = Time(mjd, format="mjd", scale="tai")
    place = EarthLocation.from_geodetic(-70.7494, -30.2446, 2663).get_gcrs_posvel(time)[0]
    home = get_body_barycentric("earth", time) + place - get_body_barycentric("sun", time)
    home = home.xyz.to_value(units.au)
    axis = orbit["q"] / (1 - orbit["e"])
    pace = 0.01720209895 / axis**1.5
    node, incl, peri = (np.radians(orbit[name]) for name in ("node", "incl", "peri"))
    delay = 0.0
    for _ in range(4):
        mean = pace * (time.tt.mjd - delay - orbit["t_p"])
        angle = mean
        for _ in range(50):
            angle -= (angle - orbit["e"] * np.sin(angle) - mean) / (1 - orbit["e"] * np.cos(angle))
        x = axis * (np.cos(angle) - orbit["e"])
        y = axis * (1 - orbit["e"] ** 2) ** 0.5 * np.sin(angle)
        radius, along = np.hypot(x, y), np.arctan2(y, x) + peri
        spot = radius * np.array(
            [
                np.cos(node) * np.cos(along) - np.sin(node) * np.sin(along) * np.cos(incl),
                np.sin(node) * np.cos(along) + np.cos(node) * np.sin(along) * np.cos(incl),
                np.sin(along) * np.sin(incl),
            ]
        )
        tilt = np.radians(84381.448 / 3600)
        spot = np.array(
            [
                spot[0],
                spot[1] * np.cos(tilt) - spot[2] * np.sin(tilt),
                spot[1] * np.sin(tilt) + spot[2] * np.cos(tilt),
            ]
        )
        away = spot - home
        delay = float(np.linalg.norm(away)) / 173.1446
    ra = np.degrees(np.arctan2(away[1], away[0])) % 360
    return float(ra), float(np.degrees(np.arcsin(away[2] / np.linalg.norm(away))))


def test_asteroids_move_as_their_orbits_say(read: Read) -> None:
    seen = read(
        "dp1.DiaSource",
        *("diaSourceId", "ssObjectId", "ra", "dec", "raErr", "decErr", "midpointMjdTai"),
    )
    bodies = read("dp1.SSSource", "diaSourceId", "ssObjectId", "residualDec")
    elements = ("q", "e", "incl", "node", "peri", "t_p")
    orbits = read("dp1.MPCORB", "ssObjectId", *elements)
    moving = np.flatnonzero(seen["ssObjectId"])
    assert len(moving) == len(bodies["diaSourceId"]) > 20
    assert len(np.unique(seen["ssObjectId"][moving])) >= 8
    place = _join(bodies["diaSourceId"], seen["diaSourceId"])
    assert (seen["ssObjectId"][place] == bodies["ssObjectId"]).all()
    off = []
    for row in moving[::2]:
        mine = int(np.flatnonzero(orbits["ssObjectId"] == seen["ssObjectId"][row])[0])
        orbit = {name: float(orbits[name][mine]) for name in elements}
        ra, dec = _ephemeris(orbit, float(seen["midpointMjdTai"][row]))
        cos = np.cos(np.radians(dec))
        off.append(((seen["ra"][row] - ra) * cos * 3600, (seen["dec"][row] - dec) * 3600))
    east, north = np.abs(np.array(off)).T
    # Right to the errors of measurement; a minute later it would be several arcseconds away.
    assert np.median(np.hypot(east, north)) < 0.2
    error = seen["decErr"][moving[::2]] * 3600
    assert _spread(np.array(off)[:, 1] / error) == pytest.approx(1, abs=0.5)
    residual = bodies["residualDec"] / seen["decErr"][place]
    assert _spread(residual) == pytest.approx(1, abs=0.4)


def test_exposures_are_as_sharp_as_those_of_data_preview_1(read: Read) -> None:
    visits = read("cdb_lsstcomcam.visit1", "visit_id", "target_name", "band")
    quick = read("cdb_lsstcomcam.visit1_quicklook", "visit_id", "psf_sigma_median")
    place = _join(visits["visit_id"], quick["visit_id"])
    width = quick["psf_sigma_median"][place] * 0.2 * 2.3548
    names, bands = visits["target_name"].astype(str), visits["band"].astype(str)
    ratios = []
    for one in FIELDS:
        for band, seeing in one.seeing.items():
            here = (names == one.name) & (bands == band)
            assert here.sum() >= 2, (one.name, band)
            ratios += list(width[here] / seeing)
    assert np.median(ratios) == pytest.approx(1, abs=0.06)
    assert 0.1 < _spread(np.array(ratios)) < 0.25
