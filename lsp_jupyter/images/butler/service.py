"""What a Butler server answers: the protocol of `lsst.daf.butler.remote_butler`, version 1.

It runs in an image worker. Files are not sent by it: each is at an address of the platform, where
its own rights hold. Of the repository only those collections and types of datasets exist that were
published; what is known of exposures and instruments is readable to all who may read the release.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

import pydantic
from lsst.daf.butler import (
    Butler,
    ButlerUserError,
    DataCoordinate,
    DatasetNotFoundError,
    DatasetRef,
    DimensionGroup,
    MissingDatasetTypeError,
)
from lsst.daf.butler._query_all_datasets import QueryAllDatasetsParameters, query_all_datasets
from lsst.daf.butler.column_spec import make_tuple_type_adapter
from lsst.daf.butler.datastore.stored_file_info import make_datastore_path_relative
from lsst.daf.butler.queries.driver import GeneralResultPage, ResultSpec
from lsst.daf.butler.registry import RegistryDefaults
from lsst.daf.butler.remote_butler import server_models as models

from lsp_jupyter.errors import LimitError, NotFoundError, UsageError
from lsp_jupyter.images.butler.published import Published

__all__ = ["answer"]

#: HTTP status of errors that the client raises as the Butler's own.
_USER_ERROR = 422
#: Rows that a client may send along with a query.
_UPLOADED = 100_000
#: Repositories that a worker keeps open.
_OPEN = 8


def answer(args: Mapping[str, Any], _: Callable[[Mapping[str, Any]], None]) -> dict[str, Any]:
    """Answer one request.

    Parameters
    ----------
    args : mapping
        ``uri`` of the repository; ``collections`` and ``types`` of datasets that are published;
        ``call``, what stands behind ``v1/`` in the request's path; ``query``, its parameters;
        ``body``, its JSON text; ``files``, the URL below which files are by identifier; ``out``,
        the path of the answer.

    Returns
    -------
    told : `dict`
        ``status`` of the answer. Its body is in the file ``out``.

    Raises
    ------
    lsp_jupyter.errors.NotFoundError
        Raised if there is no such request.
    lsp_jupyter.errors.UsageError
        Raised if the request is wrong.
    """
    service = _Service(args)
    name, _, rest = args["call"].partition("/")
    if name == "query":
        name, rest = f"query/{rest}", ""
    call = _CALLS.get(name)
    if call is None:
        raise NotFoundError("The Butler server has no such request.")
    with Path(args["out"]).open("wb") as out:
        try:
            for part in call(service, rest):
                out.write(part.model_dump_json(by_alias=True).encode() + b"\n")
        except ButlerUserError as error:
            told = models.ErrorResponseModel(error_type=error.error_type, detail=str(error))
            if name not in _STREAMS:
                out.seek(0)
                out.truncate()
                out.write(told.model_dump_json().encode())
                return {"status": _USER_ERROR}
            # The client reads lines: the last one tells it.
            out.write(models.QueryErrorResultModel(error=told).model_dump_json().encode() + b"\n")
        except pydantic.ValidationError as error:
            raise UsageError(
                f"The request is not one of this protocol: {error.error_count()} problems.",
                hint="The versions of lsst-daf-butler here and there may be too far apart.",
            ) from None
    return {"status": 200}


Parts = Iterator[pydantic.BaseModel]


class _Service:
    """One request over one repository."""

    def __init__(self, args: Mapping[str, Any]) -> None:
        # A clone has defaults of its own, and is safe to change.
        self.butler = _opened(args["uri"]).clone(collections=args["collections"])
        self._published = Published(self.butler, args["collections"], args["types"])
        self._query: Mapping[str, str] = args["query"]
        self._body: str = args["body"]
        self._files: str = args["files"]

    def body(self, model: type[pydantic.BaseModel]) -> Any:
        """The request."""
        return model.model_validate_json(self._body or "{}")

    def flag(self, name: str) -> bool:
        """A parameter that says yes or no."""
        return self._query.get(name, "").lower() in ("true", "1")

    def text(self, name: str) -> str:
        """A parameter."""
        return self._query.get(name, "")

    def default(self, data_id: Any) -> None:
        """Have lookups fill in what data ids leave out."""
        self.butler.registry.defaults = RegistryDefaults.from_data_id(
            DataCoordinate.standardize(data_id, universe=self.butler.dimensions)
        )

    # -- what there is -------------------------------------------------------

    def universe(self, _: str) -> Parts:
        """The dimensions."""
        config = self.butler.dimensions.dimensionConfig
        yield models.GetUniverseResponseModel(universe=config.to_simple())

    def dataset_type(self, name: str) -> Parts:
        """A dataset type."""
        self._published.require_type(name)
        kind = self.butler.get_dataset_type(name)
        yield models.GetDatasetTypeResponseModel(dataset_type=kind.to_simple())

    def dataset(self, name: str) -> Parts:
        """A dataset of an identifier."""
        ref = self.butler.get_dataset(_uuid(name), dimension_records=self.flag("dimension_records"))
        told = ref.to_simple() if ref and self._published.has(ref) else None
        yield models.FindDatasetResponseModel(dataset_ref=told)

    def datasets(self, _: str) -> Parts:
        """Datasets of identifiers."""
        asked = self.body(models.GetManyDatasetsRequestModel)
        found = [
            ref
            for ref in self.butler.get_many_datasets(asked.dataset_ids)
            if self._published.has(ref)
        ]
        yield models.GetManyDatasetsResponseModel.from_refs(found)

    def find_dataset(self, _: str) -> Parts:
        """A dataset of a data id."""
        asked = self.body(models.FindDatasetRequestModel)
        self.default(asked.default_data_id)
        self._published.require_type(asked.dataset_type)
        ref = self.butler.find_dataset(
            asked.dataset_type,
            asked.data_id,
            collections=self._published.collections(asked.collections),
            timespan=asked.timespan,
            dimension_records=asked.dimension_records,
        )
        yield models.FindDatasetResponseModel(dataset_ref=ref.to_simple() if ref else None)

    def expand_data_id(self, _: str) -> Parts:
        """A data id with everything that is known of its dimensions."""
        asked = self.body(models.ExpandDataIdRequestModel)
        found = self.butler.registry.expandDataId(asked.data_id)
        yield models.ExpandDataIdResponseModel(data_coordinate=found.to_simple())

    def collection_summary(self, _: str) -> Parts:
        """What a collection holds."""
        [name] = self._published.collections([self.text("name")]) or [""]
        summary = self.butler.registry.getCollectionSummary(name)
        kinds = {kind.name for kind in self._published.kinds("*")}
        summary.dataset_types = type(summary.dataset_types)(
            kind for kind in summary.dataset_types if kind.name in kinds
        )
        yield models.GetCollectionSummaryResponseModel(summary=summary.to_simple())

    def query_collection_info(self, _: str) -> Parts:
        """Collections."""
        asked = self.body(models.QueryCollectionInfoRequestModel)
        found = self.butler.collections.query_info(
            self._published.collections(asked.expression),
            collection_types=set(asked.collection_types),
            flatten_chains=asked.flatten_chains,
            include_chains=asked.include_chains,
            include_parents=asked.include_parents,
            include_summary=asked.include_summary,
            include_doc=asked.include_doc,
            summary_datasets=asked.summary_datasets,
        )
        told = [self._published.info(one) for one in found]
        yield models.QueryCollectionInfoResponseModel(collections=told)

    def query_dataset_types(self, _: str) -> Parts:
        """Dataset types."""
        asked = self.body(models.QueryDatasetTypesRequestModel)
        missing: list[str] = []
        found = self._published.kinds(asked.search, missing)
        yield models.QueryDatasetTypesResponseModel(
            dataset_types=[kind.to_simple() for kind in found], missing=missing
        )

    # -- files -----------------------------------------------------------------

    def get_file(self, name: str) -> Parts:
        """Where the file of a dataset is."""
        ref = self.butler.get_dataset(_uuid(name), datastore_records=True)
        if ref is None or not self._published.has(ref):
            raise DatasetNotFoundError(f"There is no dataset {name[:60]}.")
        yield self._file(ref)

    def get_file_by_data_id(self, _: str) -> Parts:
        """Where the file of a dataset of a data id is."""
        asked = self.body(models.GetFileByDataIdRequestModel)
        self.default(asked.default_data_id)
        self._published.require_type(asked.dataset_type)
        ref = self.butler.find_dataset(
            asked.dataset_type,
            asked.data_id,
            collections=self._published.collections(asked.collections),
            timespan=asked.timespan,
            datastore_records=True,
        )
        if ref is None:
            raise DatasetNotFoundError(f"There is no {asked.dataset_type} of {asked.data_id}.")
        yield self._file(ref)

    def _file(self, ref: DatasetRef) -> models.GetFileResponseModel:
        datastore: Any = self.butler._datastore
        places = datastore.prepare_get_for_external_client(ref)
        artifact = None
        if places is not None:
            if len(places) != 1:
                raise UsageError("Datasets of several files are not served.")
            [(_, info)] = places
            stored = info.to_simple()
            stored.path = make_datastore_path_relative(stored.path)
            record = models.FileInfoRecord(
                # The platform's own credentials are sent along.
                url=pydantic.AnyHttpUrl(f"{self._files}{ref.id}"),
                auth="gafaelfawr",
                datastoreRecords=stored,
            )
            artifact = models.FileInfoPayload(datastore_type="file", file_info=[record])
        return models.GetFileResponseModel(dataset_ref=ref.to_simple(), artifact=artifact)

    # -- queries ---------------------------------------------------------------

    def execute(self, _: str) -> Parts:
        """Rows of a query, a page a line."""
        asked = self.body(models.QueryExecuteRequestModel)
        with self._driver(asked.query) as (driver, tree):
            spec = asked.result_spec.to_result_spec(driver.universe)
            for page in driver.execute(spec, tree):
                yield _page(spec, page)

    def all_datasets(self, _: str) -> Parts:
        """Datasets of several types, a page a line."""
        asked = self.body(models.QueryAllDatasetsRequestModel)
        self.default(asked.default_data_id)
        missing: list[str] = []
        names = [kind.name for kind in self._published.kinds(asked.name, missing)]
        if missing or not names:
            raise MissingDatasetTypeError(f"Dataset types not found: {missing or asked.name}")
        wanted = QueryAllDatasetsParameters(
            collections=self._published.collections(asked.collections),
            name=names,
            find_first=asked.find_first,
            data_id=asked.data_id,
            where=asked.where,
            bind={name: value.get_literal_value() for name, value in asked.bind.items()},
            limit=asked.limit,
            with_dimension_records=asked.with_dimension_records,
        )
        with self.butler.query() as query:
            for page in query_all_datasets(self.butler, query, wanted):
                yield models.DatasetRefResultModel.from_refs(page.data)

    def count(self, _: str) -> Parts:
        """How many rows a query has."""
        asked = self.body(models.QueryCountRequestModel)
        with self._driver(asked.query) as (driver, tree):
            spec = asked.result_spec.to_result_spec(driver.universe)
            found = driver.count(tree, spec, exact=asked.exact, discard=asked.discard)
        yield models.QueryCountResponseModel(count=found)

    def any(self, _: str) -> Parts:
        """Whether a query has rows."""
        asked = self.body(models.QueryAnyRequestModel)
        with self._driver(asked.query) as (driver, tree):
            found = driver.any(tree, execute=asked.execute, exact=asked.exact)
        yield models.QueryAnyResponseModel(found_rows=found)

    def explain(self, _: str) -> Parts:
        """Why a query has none."""
        asked = self.body(models.QueryExplainRequestModel)
        with self._driver(asked.query) as (driver, tree):
            found = driver.explain_no_results(tree, execute=asked.execute)
        yield models.QueryExplainResponseModel(messages=list(found))

    @contextmanager
    def _driver(self, asked: models.QueryInputs) -> Iterator[tuple[Any, Any]]:
        self._published.require_query(json.loads(self._body))
        universe = self.butler.dimensions
        default = DataCoordinate.from_simple(asked.default_data_id, universe=universe)
        butler: Any = self.butler
        with butler._query_driver(default_collections=(), default_data_id=default) as driver:
            for given in asked.additional_query_inputs:
                dimensions = DimensionGroup.from_simple(given.dimensions, universe)
                if isinstance(given, models.MaterializedQuery):
                    driver.materialize(
                        given.tree.to_query_tree(universe),
                        dimensions,
                        frozenset(given.datasets),
                        key=given.key,
                        allow_duplicate_overlaps=given.allow_duplicate_overlaps,
                    )
                    continue
                if len(given.rows) > _UPLOADED:
                    raise LimitError(f"A query can take {_UPLOADED:,} data ids.")
                driver.upload_data_coordinates(
                    dimensions, [tuple(row) for row in given.rows], key=given.key
                )
            yield driver, asked.tree.to_query_tree(universe)


_CALLS: Mapping[str, Callable[[_Service, str], Parts]] = {
    "universe": _Service.universe,
    "dataset_type": _Service.dataset_type,
    "dataset": _Service.dataset,
    "datasets": _Service.datasets,
    "find_dataset": _Service.find_dataset,
    "expand_data_id": _Service.expand_data_id,
    "collection_summary": _Service.collection_summary,
    "query_collection_info": _Service.query_collection_info,
    "query_dataset_types": _Service.query_dataset_types,
    "get_file": _Service.get_file,
    "get_file_by_data_id": _Service.get_file_by_data_id,
    "query/execute": _Service.execute,
    "query/all_datasets": _Service.all_datasets,
    "query/count": _Service.count,
    "query/any": _Service.any,
    "query/explain": _Service.explain,
}
#: Those that answer with any number of lines.
_STREAMS = frozenset({"query/execute", "query/all_datasets"})


def _page(spec: ResultSpec, page: Any) -> pydantic.BaseModel:
    """A page of rows as it is sent."""
    match spec.result_type:
        case "dimension_record":
            return models.DimensionRecordsResultModel(rows=[row.to_simple() for row in page.rows])
        case "data_coordinate":
            return models.DataCoordinateResultModel(rows=[row.to_simple() for row in page.rows])
        case "dataset_ref":
            return models.DatasetRefResultModel.from_refs(page.rows)
        case _:
            return _general(page)


def _general(page: GeneralResultPage) -> models.GeneralResultModel:
    columns = page.spec.get_result_columns()
    adapter = make_tuple_type_adapter(
        [columns.get_column_spec(column.logical_table, column.field) for column in columns]
    )
    records = None
    if page.dimension_records is not None:
        records = {
            element.name: [record.to_simple() for record in found]
            for element, found in page.dimension_records.items()
        }
    return models.GeneralResultModel(
        rows=[adapter.dump_python(row, mode="json") for row in page.rows],
        dimension_records=records,
    )


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise UsageError(f"{text[:60]} is not the identifier of a dataset.") from None


@lru_cache(_OPEN)
def _opened(uri: str) -> Butler:
    return Butler.from_config(uri, writeable=False)
