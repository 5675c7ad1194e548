"""When images were taken that were made of others: from the first of those to the last."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["timed"]

_DID = "obs_publisher_did"
_ENDS = ("t_min", "t_max")

#: Begin and end, MJD.
Span = tuple[float, float]


def timed(
    batches: Iterable[pa.RecordBatch], links: Iterable[tuple[str, str]]
) -> Iterator[pa.RecordBatch]:
    """Rows of ``ivoa.ObsCore`` in which coadds have the times of what they were made of.

    Rows that have times stay as they are. The others come last.

    Parameters
    ----------
    batches : iterable of `pyarrow.RecordBatch`
        With ``obs_publisher_did``, ``t_min`` and ``t_max``.
    links : iterable of `tuple` of `str`
        Which image was made of which, by identifier.
    """
    inputs: dict[str, list[str]] = defaultdict(list)
    for output, source in links:
        inputs[output].append(source)
    outputs = pa.array(inputs.keys(), pa.string())
    sources = pa.array({one for some in inputs.values() for one in some}, pa.string())
    spans: dict[str, Span] = {}
    late: list[pa.RecordBatch] = []
    for batch in batches:
        known = pc.is_valid(pc.add(batch.column("t_min"), batch.column("t_max")))
        useful = batch.filter(pc.and_(known, pc.is_in(batch.column(_DID), value_set=sources)))
        columns = (useful.column(name).to_pylist() for name in (_DID, *_ENDS))
        spans |= {did: (begin, end) for did, begin, end in zip(*columns, strict=True)}
        waits = pc.and_(pc.invert(known), pc.is_in(batch.column(_DID), value_set=outputs))
        late.append(batch.filter(waits))
        yield batch.filter(pc.invert(waits))
    for batch in late:
        if batch.num_rows:
            yield _with_spans(batch, inputs, spans)


def _with_spans(
    batch: pa.RecordBatch, inputs: Mapping[str, Sequence[str]], spans: dict[str, Span]
) -> pa.RecordBatch:
    found = [_span(did, inputs, spans, set()) for did in batch.column(_DID).to_pylist()]
    for number, name in enumerate(_ENDS):
        place = batch.schema.get_field_index(name)
        values = pa.array([None if span is None else span[number] for span in found], pa.float64())
        batch = batch.set_column(
            place, batch.schema.field(place), pc.coalesce(values, batch.column(place))
        )
    return batch


def _span(
    did: str, inputs: Mapping[str, Sequence[str]], spans: dict[str, Span], above: set[str]
) -> Span | None:
    """The time of an image, if it is known or follows; ``above`` is what was made of it."""
    if did in spans or did in above:
        return spans.get(did)
    some = [_span(one, inputs, spans, above | {did}) for one in inputs.get(did, ())]
    told = [span for span in some if span is not None]
    if not told:
        return None
    spans[did] = min(begin for begin, _ in told), max(end for _, end in told)
    return spans[did]
