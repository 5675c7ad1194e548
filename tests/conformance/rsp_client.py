"""What a user of ``lsst-rsp`` does, run in an interpreter that has it; prints what came of it.

Usage: ``python rsp_client.py outside DISCOVERY_URL TOKEN`` or ``python rsp_client.py kernel``.
In a kernel nothing is told but what its environment says.
"""

from __future__ import annotations

import asyncio
import json
import sys
import warnings

warnings.simplefilter("ignore")

QUERY = "SELECT TOP 3 source_id, ra, dec FROM gaia.source ORDER BY source_id"


def use(tap) -> dict:
    """Query synchronously and as a job, and read the tables."""
    job = tap.submit_job(QUERY)
    job.run().wait(phases=["COMPLETED", "ERROR"], timeout=30)
    return {
        "url": tap.baseurl,
        "sync": [int(each) for each in tap.search(QUERY)["source_id"]],
        "async": [int(each) for each in job.fetch_result()["source_id"]],
        "tables": "gaia.source" in tap.tables,
        "job": job.url,
    }


def outside(url: str, token: str) -> dict:
    """As from anywhere on the net; newer versions only."""
    from lsst.rsp import RSPDiscovery

    rsp = RSPDiscovery("gaia", discovery_url=url, token=token)
    told = use(rsp.get_tap_client())
    told["datasets"] = RSPDiscovery.list_datasets(discovery_url=url)
    told["phase"] = rsp.get_tap_job(told["job"]).phase
    told["version"] = rsp.get_service_url("tap", version="tap-1.1")
    cone = {"RA": "56.75", "DEC": "24.12", "SR": "1", "VERB": "1", "RESPONSEFORMAT": "csv"}
    search = f"{rsp.get_service_url('scs')}/gaia.source"
    told["cone"] = rsp.get_session().get(search, params=cone).text
    return told


def kernel() -> dict:
    """As in a notebook; every version has these functions."""
    from lsst.rsp import get_query_history, get_tap_service, retrieve_query

    told = use(get_tap_service("tap"))
    job = retrieve_query(told["job"])
    told["phase"], told["query"] = job.phase, job.query
    told["again"] = [int(each) for each in job.fetch_result()["source_id"]]
    told["history"] = asyncio.run(get_query_history(5))
    return told


if __name__ == "__main__":
    print(json.dumps({"outside": outside, "kernel": kernel}[sys.argv[1]](*sys.argv[2:])))
