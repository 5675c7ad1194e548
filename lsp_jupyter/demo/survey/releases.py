"""What the releases of the demo survey are, with queries to begin with."""

from __future__ import annotations

from lsp_jupyter.catalogs.release import Example, Release
from lsp_jupyter.demo.survey.observing.fields import field
from lsp_jupyter.demo.survey.schema import PACKAGE, schema_version
from lsp_jupyter.demo.survey.sizes import Size

__all__ = ["EDITION", "survey_releases"]

#: Counts the changes of what a size and a seed make.
EDITION = 1

_LICENSE = (
    "Simulated data, free for any use. The bright stars are real: Gaia DR3, "
    "CC BY-SA 3.0 IGO, credit ESA/Gaia/DPAC"
)
_CITATION = (
    "Simulated by lsp_jupyter; no observation of the Rubin Observatory. Fields and exposures "
    "follow Data Preview 1 (Vera C. Rubin Observatory, RTN-095). Bright stars: Gaia "
    "Collaboration, Vallenari et al. 2023, A&A 674, A1"
)

_DEEP = field("ECDFS")
_CLUSTER = field("47_Tuc")


def _cone(ra: str, dec: str, place: str, radius: float) -> str:
    return f"CONTAINS(POINT('ICRS', {ra}, {dec}), CIRCLE('ICRS', {place}, {radius})) = 1"


_AT_DEEP = f"{_DEEP.ra}, {_DEEP.dec}"
_AT_CLUSTER = f"{_CLUSTER.ra}, {_CLUSTER.dec}"

_DP1 = (
    Example(
        "Stars and galaxies around a point",
        "SELECT objectId, coord_ra, coord_dec, refExtendedness, g_cModelMag, r_cModelMag,\n"
        "       i_cModelMag\n"
        "FROM dp1.Object\n"
        f"WHERE {_cone('coord_ra', 'coord_dec', _AT_DEEP, 0.02)}\n"
        "ORDER BY i_cModelMag",
        "A cone in the Extended Chandra Deep Field South; refExtendedness is 0 for stars.",
    ),
    Example(
        "Colour-magnitude diagram of 47 Tucanae",
        "SELECT objectId, coord_ra, coord_dec, g_psfMag - i_psfMag AS g_i, g_psfMag\n"
        "FROM dp1.Object\n"
        f"WHERE {_cone('coord_ra', 'coord_dec', _AT_CLUSTER, 0.15)}\n"
        "  AND refExtendedness = 0 AND g_psfFlux > 10 * g_psfFluxErr\n"
        "  AND i_psfFlux > 10 * i_psfFluxErr",
        "Plot g_psfMag upside down against g_i: the cluster's main sequence, its turn-off and "
        "the giants, and the Small Magellanic Cloud behind.",
    ),
    Example(
        "The light of every variable star",
        "SELECT f.objectId, t.type, t.period, f.band, v.expMidptMJD, f.psfFlux, f.psfFluxErr\n"
        "FROM dp1_truth.Variable AS t\n"
        "JOIN dp1.ForcedSource AS f ON f.objectId = t.objectId\n"
        "JOIN dp1.Visit AS v ON v.visit = f.visit\n"
        "WHERE t.period IS NOT NULL AND f.psfFlux_flag = 0\n"
        "ORDER BY period, expMidptMJD",
        "Fluxes of all exposures in nanojansky; fold the times with the true period.",
    ),
    Example(
        "What changed most",
        "SELECT TOP 50 diaObjectId, ra, dec, nDiaSources, r_psfFluxMax - r_psfFluxMin AS change\n"
        "FROM dp1.DiaObject\n"
        "WHERE nDiaSources >= 5 AND r_psfFluxMax IS NOT NULL\n"
        "ORDER BY change DESC",
        "Objects of difference images: variable stars, active galaxies and supernovae.",
    ),
    Example(
        "Where asteroids were seen",
        "SELECT s.ssObjectId, m.mpcDesignation, d.midpointMjdTai, d.ra, d.dec, d.band, d.psfFlux,\n"
        "       s.heliocentricDist, s.phaseAngle\n"
        "FROM dp1.SSSource AS s\n"
        "JOIN dp1.DiaSource AS d ON d.diaSourceId = s.diaSourceId\n"
        "JOIN dp1.MPCORB AS m ON m.ssObjectId = s.ssObjectId\n"
        "ORDER BY mpcDesignation, midpointMjdTai",
        "Sources that moved, with the orbits they belong to.",
    ),
    Example(
        "Image quality and depth of the exposures",
        "SELECT v.visit, v.band, v.expMidptMJD, AVG(c.seeing) AS seeing, AVG(c.magLim) AS depth\n"
        "FROM dp1.Visit AS v\n"
        "JOIN dp1.CcdVisit AS c ON c.visitId = v.visit\n"
        "GROUP BY v.visit, v.band, v.expMidptMJD\n"
        "ORDER BY visit",
        "One row an exposure, averaged over its detectors.",
    ),
    Example(
        "Measured and true fluxes",
        "SELECT o.objectId, t.galaxy, t.flux_r AS truth, o.r_psfFlux, o.r_cModelFlux,\n"
        "       o.r_psfFluxErr, o.r_cModelFluxErr\n"
        "FROM dp1.Object AS o\n"
        "JOIN dp1_truth.Object AS t ON t.objectId = o.objectId\n"
        f"WHERE {_cone('o.coord_ra', 'o.coord_dec', _AT_DEEP, 0.03)}",
        "What the simulation put in beside what was measured.",
    ),
)

_DP2 = (
    Example(
        "Galaxies of a field",
        "SELECT objectId, coord_ra, coord_dec, sersic_index, g_sersicFlux, r_sersicFlux,\n"
        "       i_sersicFlux\n"
        "FROM dp2.Object\n"
        f"WHERE {_cone('coord_ra', 'coord_dec', _AT_DEEP, 0.03)}\n"
        "  AND refExtendedness = 1",
        "Sérsic models of the extended objects in the Extended Chandra Deep Field South.",
    ),
    Example(
        "Shapes for lensing",
        "SELECT shearObjectId, ra, dec, gauss_g1, gauss_g2, gauss_snr, gauss_T\n"
        "FROM dp2.ShearObject\n"
        "WHERE metaStep = 'ns' AND is_primary = 1 AND gauss_snr > 10",
        "Unsheared measurements of metadetection.",
    ),
    Example(
        "Stars that move",
        "SELECT TOP 100 isolated_star_id, ra, dec, raPM, decPM, parallax,\n"
        "       SQRT(raPM * raPM + decPM * decPM) AS motion\n"
        "FROM dp2.IsolatedStarStellarMotions\n"
        "WHERE raPMErr < 2\n"
        "ORDER BY motion DESC",
        "Isolated stars by their proper motion.",
    ),
)

_TRUTH = (
    Example(
        "What is in the fields",
        "SELECT tract, galaxy, COUNT(*) AS objects\n"
        "FROM dp1_truth.Object\n"
        "GROUP BY tract, galaxy\n"
        "ORDER BY tract, galaxy",
        "Stars and galaxies that the simulation put there, most of them too faint to be seen.",
    ),
    Example(
        "Supernovae",
        "SELECT supernovaId, hostObjectId, ra, dec, type, redshift, peakMjd\n"
        "FROM dp1_truth.Supernova\n"
        "ORDER BY peakMjd",
    ),
    Example(
        "The true light curves",
        "SELECT sourceId, band, expMidptMJD, flux\n"
        "FROM dp1_truth.LightCurve\n"
        "ORDER BY sourceId, band, expMidptMJD",
        "Of variable objects and supernovae, at each exposure that could see them.",
    ),
)

_OBSERVATORY = (
    Example(
        "Seeing and wind by exposure",
        "SELECT e.visit_id AS visit, e.day_obs, e.seq_num, e.band, e.airmass, e.dimm_seeing,\n"
        "       e.wind_speed, q.psf_sigma_median\n"
        "FROM cdb_lsstcomcam.visit1 AS e\n"
        "JOIN cdb_lsstcomcam.visit1_quicklook AS q ON q.visit_id = e.visit_id\n"
        "ORDER BY visit",
        "Conditions of the consolidated database.",
    ),
    Example(
        "The seeing monitor",
        "SELECT mjd, fwhm, r0\nFROM efd.DIMM_logevent_dimmMeasurement\nORDER BY mjd",
        "A channel of the engineering data by time.",
    ),
)


def survey_releases(size: Size, seed: int) -> dict[str, Release]:
    """The releases of a survey by name, without tables.

    Parameters
    ----------
    size : `Size`
        Of the survey.
    seed : `int`
        Of the survey.
    """
    version = f"{EDITION}.{schema_version()}-{size.name}-{seed}"

    def release(name: str, title: str, description: str, examples: tuple[Example, ...]) -> Release:
        return Release(
            name=name,
            title=title,
            description=description,
            license=_LICENSE,
            citation=_CITATION,
            version=version,
            examples=examples,
        )

    made = (
        release(
            "dp1",
            "Demo survey, as Data Preview 1",
            "A simulated survey with the fields, exposures and tables of Rubin's Data Preview 1. "
            f"No real observation; column descriptions are those of {PACKAGE}.",
            _DP1,
        ),
        release(
            "dp2",
            "Demo survey, as Data Preview 2",
            "The same simulated sky with the tables of Rubin's Data Preview 2. "
            f"No real observation; column descriptions are those of {PACKAGE}.",
            _DP2,
        ),
        release(
            "dp1_truth",
            "Demo survey, the truth",
            "What the simulation of dp1 and dp2 put into the sky.",
            _TRUTH,
        ),
        release(
            "observatory",
            "Demo survey, observatory metadata",
            "Simulated exposures as the consolidated database has them, and some channels of the "
            "engineering data by time.",
            _OBSERVATORY,
        ),
    )
    return {each.name: each for each in made}
