"""Runs in LSDB's own environment: a radius in, the number of pairs and the time out."""

import json
import sys
import time

import lsdb
import pandas as pd
from dask.distributed import Client


def main() -> None:
    catalogue, targets = sys.argv[1:]
    with Client(n_workers=2, threads_per_worker=1, dashboard_address=None):
        # The smaller side has the margin, without which pairs across partitions are missed.
        right = lsdb.from_dataframe(
            pd.read_parquet(targets), ra_column="ra", dec_column="dec", margin_threshold=60
        )
        left = lsdb.open_catalog(catalogue, columns=["objectId", "coord_ra", "coord_dec"])
        print(json.dumps({}), flush=True)
        for line in sys.stdin:
            start = time.perf_counter()
            pairs = left.crossmatch(
                right, radius_arcsec=float(line), n_neighbors=20, suffixes=("_a", "_b")
            ).compute()
            taken = time.perf_counter() - start
            print(json.dumps({"rows": len(pairs), "seconds": taken}), flush=True)


if __name__ == "__main__":
    main()
