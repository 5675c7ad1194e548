"""The images that are published: which file each is, and what was made of what.

It stands beside ``ivoa.ObsCore``: that table is for queries, this one leads from an identifier to
a file in well under a millisecond.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from lsp_jupyter.errors import ConflictError
from lsp_jupyter.images.file import ImageFile

__all__ = ["ImageIndex"]

_FILE = "images.sqlite"
_VERSION = 2
_SCHEMA = """
CREATE TABLE image (
    did TEXT PRIMARY KEY COLLATE NOCASE,
    release TEXT NOT NULL, dataset_type TEXT NOT NULL,
    data_id TEXT NOT NULL, key TEXT NOT NULL,
    uri TEXT NOT NULL, size INTEGER NOT NULL, checksum TEXT NOT NULL, mime TEXT NOT NULL,
    band TEXT NOT NULL, s_ra REAL, s_dec REAL, s_fov REAL, s_region TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX image_by_key ON image (release, dataset_type, key);
CREATE TABLE kind (
    release TEXT NOT NULL, dataset_type TEXT NOT NULL, dimensions TEXT NOT NULL,
    PRIMARY KEY (release, dataset_type)
) STRICT, WITHOUT ROWID;
CREATE TABLE made_of (
    output TEXT NOT NULL COLLATE NOCASE, input TEXT NOT NULL COLLATE NOCASE,
    release TEXT NOT NULL,
    PRIMARY KEY (output, input)
) STRICT, WITHOUT ROWID;
CREATE INDEX made_of_by_input ON made_of (input);
CREATE INDEX made_of_by_release ON made_of (release);
"""
#: The visit of an image; of a raw one it is the exposure.
_VISIT = "COALESCE(json_extract(data_id, '$.visit'), json_extract(data_id, '$.exposure'))"
#: What each version added.
_STEPS = (_SCHEMA, f"CREATE INDEX image_by_visit ON image (release, {_VISIT});")
_COLUMNS = (
    *("did", "release", "dataset_type", "data_id", "uri", "size", "checksum", "mime", "band"),
    *("s_ra", "s_dec", "s_fov", "s_region"),
)
_SELECT = f"SELECT {', '.join(f'image.{name}' for name in _COLUMNS)} FROM image "  # noqa: S608
_INSERT = f"INSERT INTO image VALUES ({', '.join('?' * (len(_COLUMNS) + 1))})"  # noqa: S608
#: Identifiers in one statement.
_AT_ONCE = 500
#: Seconds to wait for another process.
_BUSY = 30.0
#: An exposure and the visit made of it have one number.
_SAME = {"exposure": "visit"}


class ImageIndex:
    """The image files of a state folder, in SQLite.

    Several processes may use it; each sees what another has published at its next call. Methods
    may be called from any thread. Looking up one image takes some ten microseconds.

    Parameters
    ----------
    state : `~pathlib.Path`
        The state folder. The file ``images.sqlite`` in it is made when first needed.
    """

    def __init__(self, state: Path) -> None:
        self._state = state
        self._lock = threading.RLock()
        self._opened: sqlite3.Connection | None = None

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._opened is not None:
                self._opened.close()
                self._opened = None

    # -- reading ---------------------------------------------------------------

    def find(self, dids: Iterable[str]) -> dict[str, ImageFile]:
        """The files of images.

        Parameters
        ----------
        dids : iterable of `str`
            Identifiers, in any case.

        Returns
        -------
        files : `dict` of `~lsp_jupyter.images.file.ImageFile`
            By identifier as it was asked for; unknown ones are missing.
        """
        found: dict[str, ImageFile] = {}
        each = iter(dict.fromkeys(dids))
        while some := list(islice(each, _AT_ONCE)):
            marks = ", ".join("?" * len(some))
            files = self._files(f"WHERE did IN ({marks})", *some)
            named = {file.did.lower(): file for file in files}
            found |= {did: named[did.lower()] for did in some if did.lower() in named}
        return found

    def release(self, release: str, dataset_type: str = "") -> Iterator[ImageFile]:
        """Every file of a release, or those of one type, by identifier."""
        last = ""
        more = "AND dataset_type = ?" if dataset_type else "AND ? = ''"
        where = f"WHERE release = ? {more} AND did > ? ORDER BY did LIMIT 1000"
        while page := self._files(where, release, dataset_type, last):
            yield from page
            last = page[-1].did

    def inputs(self, did: str) -> list[ImageFile]:
        """What an image was made of, ordered by type and data id."""
        return self._files(
            "JOIN made_of ON image.did = made_of.input WHERE made_of.output = ? "
            "ORDER BY dataset_type, key",
            did,
        )

    def outputs(self, did: str) -> list[ImageFile]:
        """What was made of an image, ordered by type and data id."""
        return self._files(
            "JOIN made_of ON image.did = made_of.output WHERE made_of.input = ? "
            "ORDER BY dataset_type, key",
            did,
        )

    def links(self, release: str) -> list[tuple[str, str]]:
        """Which image of a release was made of which, by identifier."""
        rows = self._read("SELECT output, input FROM made_of WHERE release = ?", (release,))
        return [(row[0], row[1]) for row in rows]

    def related(self, file: ImageFile, dataset_type: str) -> list[ImageFile]:
        """Images of another type and the same data id.

        Parameters
        ----------
        file : `~lsp_jupyter.images.file.ImageFile`
            An image, such as a visit image.
        dataset_type : `str`
            Of what is looked for: ``raw`` and ``difference_image`` have its visit and detector,
            ``bias`` its detector.

        Returns
        -------
        files : `list` of `~lsp_jupyter.images.file.ImageFile`
            None if there is no such type, or it is told apart by what the image does not have.
        """
        rows = self._read(
            "SELECT dimensions FROM kind WHERE release = ? AND dataset_type = ?",
            (file.release, dataset_type),
        )
        if not rows:
            return []
        key = _key(file.data_id, json.loads(rows[0][0]))
        if key is None:
            return []
        where = "WHERE release = ? AND dataset_type = ? AND key = ? ORDER BY did"
        return self._files(where, file.release, dataset_type, key)

    def visit(self, release: str, visit: int) -> list[ImageFile]:
        """The images of a visit, ordered by type and data id.

        Parameters
        ----------
        release : `str`
            Whose.
        visit : `int`
            Its number, which is also that of the exposure.
        """
        where = f"WHERE release = ? AND {_VISIT} = ? ORDER BY dataset_type, key"
        return self._files(where, release, visit)

    def types(self, release: str) -> dict[str, tuple[str, ...]]:
        """The dataset types of a release, and what tells datasets of each apart."""
        rows = self._read(
            "SELECT dataset_type, dimensions FROM kind WHERE release = ? ORDER BY dataset_type",
            (release,),
        )
        return {row[0]: tuple(json.loads(row[1])) for row in rows}

    def releases(self) -> list[str]:
        """The releases that have images."""
        rows = self._read("SELECT DISTINCT release FROM kind ORDER BY release", ())
        return [row[0] for row in rows]

    def bands(self, release: str) -> dict[str, tuple[str, ...]]:
        """The bands of each dataset type of a release whose images have a place on the sky."""
        rows = self._read(
            "SELECT DISTINCT dataset_type, band FROM image "
            "WHERE release = ? AND s_region <> '' AND band <> '' ORDER BY dataset_type, band",
            (release,),
        )
        found: dict[str, tuple[str, ...]] = {}
        for dataset_type, band in rows:
            found[dataset_type] = (*found.get(dataset_type, ()), band)
        return found

    # -- changing --------------------------------------------------------------

    def replace(
        self,
        release: str,
        files: Iterable[ImageFile],
        *,
        dimensions: Mapping[str, Iterable[str]],
        made_of: Iterable[tuple[str, str]] = (),
    ) -> None:
        """Put all images of a release in the place of those that were known.

        Parameters
        ----------
        release : `str`
            Whose.
        files : iterable of `~lsp_jupyter.images.file.ImageFile`
            Its images.
        dimensions : mapping
            What tells the datasets of each type apart.
        made_of : iterable of (`str`, `str`)
            Identifiers of images, and of what each was made of.
        """
        told = {name: sorted(names) for name, names in dimensions.items()}
        with self._change() as connection:
            _clear(connection, release)
            connection.executemany(
                "INSERT INTO kind VALUES (?, ?, ?)",
                ((release, name, json.dumps(names)) for name, names in told.items()),
            )
            connection.executemany(
                _INSERT,
                (self._row(file, told[file.dataset_type]) for file in files),
            )
            connection.executemany(
                "INSERT OR IGNORE INTO made_of VALUES (?, ?, ?)",
                ((output, source, release) for output, source in made_of),
            )

    def drop(self, release: str) -> None:
        """Forget the images of a release."""
        with self._change() as connection:
            _clear(connection, release)

    # -- inside ----------------------------------------------------------------

    def _files(self, where: str, *values: Any) -> list[ImageFile]:
        return [self._file(row) for row in self._read(_SELECT + where, values)]

    def _file(self, row: sqlite3.Row) -> ImageFile:
        told = dict(row)
        told["data_id"] = json.loads(told["data_id"])
        if "://" not in told["uri"]:
            # One in the state folder is found wherever that is now.
            told["uri"] = str(self._state / told["uri"])
        return ImageFile(**told)

    def _row(self, file: ImageFile, dimensions: Iterable[str]) -> tuple[Any, ...]:
        uri = file.uri
        if not file.remote and Path(uri).is_relative_to(self._state):
            uri = str(Path(uri).relative_to(self._state))
        return (
            *(file.did, file.release, file.dataset_type, json.dumps(file.data_id)),
            *(_key(file.data_id, dimensions) or "", uri, file.size, file.checksum, file.mime),
            *(file.band, file.s_ra, file.s_dec, file.s_fov, file.s_region),
        )

    def _read(self, statement: str, values: Iterable[Any]) -> list[sqlite3.Row]:
        with self._lock:
            return self._connection().execute(statement, tuple(values)).fetchall()

    @contextlib.contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            connection = self._connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def _connection(self) -> sqlite3.Connection:
        if self._opened is None:
            self._opened = _connect(self._state / _FILE)
        return self._opened


def _clear(connection: sqlite3.Connection, release: str) -> None:
    for table in ("made_of", "image", "kind"):
        connection.execute(f"DELETE FROM {table} WHERE release = ?", (release,))  # noqa: S608


def _key(data_id: Mapping[str, str | int], dimensions: Iterable[str]) -> str | None:
    """The values of these dimensions; none if one is missing."""
    known = {_SAME.get(name, name): value for name, value in data_id.items()}
    wanted = sorted(_SAME.get(name, name) for name in dimensions)
    if not all(name in known for name in wanted):
        return None
    return json.dumps([known[name] for name in wanted])


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    path.chmod(0o600)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("BEGIN IMMEDIATE")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > _VERSION:
        connection.close()
        raise ConflictError(
            "The index of images in this state folder was made by a newer version of lsp_jupyter.",
            hint="Update lsp_jupyter, or choose another state folder (LSP_HOME).",
        )
    if version < _VERSION:
        for statement in filter(str.strip, "".join(_STEPS[version:]).split(";")):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {_VERSION}")
    connection.execute("COMMIT")
    return connection
