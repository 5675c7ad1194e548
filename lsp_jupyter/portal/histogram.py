"""Histograms of results."""

from __future__ import annotations

import math

from lsp_jupyter.errors import ParameterError
from lsp_jupyter.portal.analysis import expression, of_selected, whole
from lsp_jupyter.portal.results import StoredHandler
from lsp_jupyter.results.views import View

__all__ = ["HistogramHandler"]

#: Bins if nothing is said, and at most.
BINS, MOST_BINS = 50, 2000


class HistogramHandler(StoredHandler):
    """``portal/results/{id}/histogram``."""

    async def post(self, job_id: str) -> None:
        """Answer rows counted along an axis.

        ``{edges, values, groups, others, counts, below, above, missing}``; see
        `~lsp_jupyter.results.histogram.Histogram`. The request: ``x``, ``bins``, ``low``,
        ``high``, ``log``, ``by``, the expression whose values are told apart, and ``selected``,
        whether only selected rows count.
        """
        kinds = {
            "view": dict,
            "x": str,
            "bins": int,
            "low": float,
            "high": float,
            "log": bool,
            "by": str,
            "selected": bool,
        }
        body = self.fields(kinds)
        if not body.get("x", "").strip():
            raise ParameterError(
                "'x' is missing.", parameter="x", hint="Send a column or an expression."
            )
        for name in ("low", "high"):
            if name in body and not (abs(body[name]) < 1e308 and math.isfinite(body[name])):
                raise ParameterError(f"'{name}' must be a finite number.", parameter=name)
        view = View.parse(body.get("view"))
        result = await self.finished(job_id)
        if body.get("selected"):
            view = await of_selected(self, job_id, result, view)
        found = await self.unless_gone(
            self.platform.histograms.count(
                result.id,
                view,
                expression(body["x"], "x"),
                bins=whole(body, "bins", BINS, 1, MOST_BINS),
                low=None if "low" not in body else float(body["low"]),
                high=None if "high" not in body else float(body["high"]),
                log=body.get("log", False),
                by=expression(body.get("by", ""), "by"),
            )
        )
        await self.send({name: getattr(found, name) for name in found.__slots__})
