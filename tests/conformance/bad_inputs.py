"""What a row of the corpus of wrong requests is.

The rows are in `bad_inputs_tap`, `bad_inputs_upload`, `bad_inputs_uws`, `bad_inputs_scs`,
`bad_inputs_images` and `bad_inputs_soda`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: Has the columns source_id, ra, dec and phot_g_mean_mag, among others.
TABLE = "gaia.source"
FINE = f"SELECT TOP 1 ra FROM {TABLE}"
FORM = "application/x-www-form-urlencoded"
BOTH = ("GET", "POST")


@dataclass(frozen=True)
class Bad:
    """One wrong request.

    Attributes
    ----------
    name
        Of the test.
    message
        A regular expression that the error's text must match.
    send
        Parameters; a list of values repeats one.
    raw
        The encoded parameters, where they cannot be written otherwise.
    path
        Below the platform's prefix; ``{pending}``, ``{done}``, ``{failed}`` and
        ``{aborted}`` are ids of jobs that are in these phases.
    status
        Of the answer.
    methods
        With which it is sent.
    kind
        Content-Type of a POST body.
    files
        Parts of a multipart form that are files: name and content.
    headers
        Sent besides, or instead of, the usual ones.
    """

    name: str
    message: str
    send: Mapping[str, str | list[str]] = field(default_factory=dict)
    raw: str = ""
    path: str = "tap/sync"
    status: int = 400
    methods: tuple[str, ...] = BOTH
    kind: str = FORM
    files: Mapping[str, bytes] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
