"""From a file's columns to the description of a table, telling what was guessed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import pyarrow as pa

from lsp_jupyter.adql.schema import Column
from lsp_jupyter.catalogs.position import find_position
from lsp_jupyter.catalogs.release import ForeignKey, TableSpec
from lsp_jupyter.catalogs.words import linked, meaning, uncertainties
from lsp_jupyter.errors import PublishError
from lsp_jupyter.formats.fields import metadata_of, vo_field
from lsp_jupyter.formats.sources.source import Source, listed

__all__ = ["Draft", "Wishes", "draft"]

#: Tables of at most so many columns show all of them first.
_SHORT = 20


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the publisher says of a table; the rest is taken from the data, or guessed.

    Attributes
    ----------
    schema, name, title, description : `str`
        Of the table.
    felis : `~lsp_jupyter.catalogs.release.TableSpec`, optional
        What a Felis file says of it.
    position : `tuple` of `str`, optional
        The columns of right ascension and declination; two empty texts: none.
    rename : mapping
        New names of columns.
    leave_out : `frozenset` of `str`
        Columns of the data that are not published.
    types, units, ucds : mapping
        VOTable datatype, unit and UCD of columns.
    """

    schema: str
    name: str
    title: str = ""
    description: str = ""
    felis: TableSpec | None = None
    position: tuple[str, str] | None = None
    rename: Mapping[str, str] = field(default_factory=dict)
    leave_out: frozenset[str] = frozenset()
    types: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    ucds: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Draft:
    """A table that can be published.

    Attributes
    ----------
    spec : `~lsp_jupyter.catalogs.release.TableSpec`
        Its description.
    source : `~lsp_jupyter.formats.sources.source.Source`
        Where its rows come from.
    report : `tuple` of `str`
        What was guessed and what is worth knowing, a line each.
    """

    spec: TableSpec
    source: Source
    report: tuple[str, ...]
    _names: tuple[tuple[str, str], ...]

    def rows(self) -> Iterator[pa.RecordBatch]:
        """The rows, under the names of the table."""
        old = [name for name, _ in self._names]
        new = [name for _, name in self._names]
        for batch in self.source.read():
            yield batch.select(old).rename_columns(new)


def draft(source: Source, wishes: Wishes) -> Draft:
    """Describe a table.

    Parameters
    ----------
    source : `~lsp_jupyter.formats.sources.source.Source`
        Where its rows come from.
    wishes : `Wishes`
        What the publisher says.

    Returns
    -------
    draft : `Draft`
        What will be published. Names are not checked yet.

    Raises
    ------
    lsp_jupyter.errors.PublishError
        Raised if a wish names a column that is not there, or a column is of a
        type that no table can have.
    """
    return _Drafting(source, wishes).draft()


class _Drafting:
    """One table on its way."""

    def __init__(self, source: Source, wishes: Wishes) -> None:
        self._source = source
        self._wishes = wishes
        self._lines: list[str] = [f"note: {note}" for note in source.notes]
        #: The columns for which each unit and UCD was guessed.
        self._guesses: dict[tuple[str, str], list[str]] = {}
        felis = wishes.felis.columns if wishes.felis is not None else ()
        self._felis = {column.name.lower(): column for column in felis}
        self._names = self._renamed()

    def draft(self) -> Draft:
        wishes = self._wishes
        felis = wishes.felis
        columns = {new: self._column(old, new) for old, new in self._names}
        self._check_wishes(columns)
        if felis is not None:
            # In the order of the description; what it does not know comes last.
            known = [column.name for column in felis.columns if column.name in columns]
            order = known + [name for name in columns if name.lower() not in self._felis]
            columns = {name: columns[name] for name in order}
        position = self._position(columns)
        if position is not None:
            self._place(columns, position)
        self._guess(columns)
        if felis is None and len(columns) <= _SHORT:
            columns = {name: replace(each, principal=True) for name, each in columns.items()}
        spec = TableSpec(
            schema=wishes.schema,
            name=wishes.name,
            columns=tuple(columns.values()),
            position=position,
            title=wishes.title or ("" if felis is not None else self._source.title),
            description=wishes.description
            or (felis.description if felis is not None else self._source.description),
            utype=felis.utype if felis is not None else "",
            keys=self._keys(columns),
            place=felis.place if felis is not None else None,
        )
        groups = (
            [group for group in felis.groups if self._whole(group.members, columns)]
            if felis
            else []
        )
        taken = {group.name for group in groups}
        groups += [group for group in linked(spec.columns) if group.name not in taken]
        pairs = sum(role == "error" for group in groups for _, role in group.members)
        if pairs:
            self._lines.append(f"linked: {pairs} uncertainties with their values, by their names")
        spec = replace(spec, groups=tuple(groups))
        return Draft(spec, self._source, tuple(self._lines), tuple(self._names))

    def _renamed(self) -> list[tuple[str, str]]:
        """Old and new names of the columns that are published."""
        there = self._source.schema.names
        named = [*self._wishes.rename, *self._wishes.leave_out]
        missing = [name for name in named if name not in there]
        if missing:
            raise PublishError(
                f"{self._source.name} has no column {listed(missing)}.",
                hint=f"Its columns are: {listed(there, 30)}.",
            )
        pairs = []
        for name in there:
            if name in self._wishes.leave_out:
                continue
            new = self._wishes.rename.get(name, name)
            described = self._felis.get(new.lower())
            pairs.append((name, described.name if described is not None else new))
        lost = [each for each in self._felis.values() if each.name not in {new for _, new in pairs}]
        if lost:
            self._lines.append(
                f"note: not in the data and left out: {listed([each.name for each in lost])}"
            )
        unknown = [new for _, new in pairs if new.lower() not in self._felis]
        if self._felis and unknown:
            self._lines.append(f"note: not described by the Felis file: {listed(unknown)}")
        return pairs

    def _check_wishes(self, columns: Mapping[str, Column]) -> None:
        wishes = self._wishes
        for what, named in (("type", wishes.types), ("unit", wishes.units), ("UCD", wishes.ucds)):
            missing = [name for name in named if name not in columns]
            if missing:
                raise PublishError(
                    f"There is no column {listed(missing)} to give a {what}.",
                    hint=f"The columns are: {listed(list(columns), 30)}.",
                )

    def _column(self, old: str, new: str) -> Column:
        given = self._source.schema.field(old)
        if _nested(given.type):
            raise PublishError(
                f"Column {old} of {self._source.name} is {given.type}, which no table can have.",
                hint=f"Leave it out: --leave-out {old}.",
            )
        vo = vo_field(given)
        datatype = self._wishes.types.get(new, "")
        described = self._felis.get(new.lower())
        if described is not None:
            return replace(described, datatype=datatype or described.datatype)
        arraysize = vo.arraysize
        if datatype:
            arraysize = "*" if datatype in {"char", "unicodeChar"} else ""
        text = vo.datatype == "unicodeChar" or datatype in {"char", "unicodeChar"}
        # The description says char, until a text beyond ASCII is met.
        kind = "char" if text else datatype or vo.datatype
        unit = self._unit(new, vo.unit)
        words = metadata_of(given)
        return Column(
            name=new,
            datatype=kind,
            arraysize=arraysize,
            xtype="" if datatype else vo.xtype,
            unit=self._wishes.units.get(new, unit),
            ucd=self._wishes.ucds.get(new, vo.ucd),
            utype=vo.utype,
            description=words.get("description", ""),
        )

    def _unit(self, name: str, text: str) -> str:
        """The unit as VOUnits 1.0 writes it where astropy can tell, else as it is."""
        if not text:
            return ""
        from astropy import units

        try:
            units.Unit(text, format="vounit")
            return text
        except (ValueError, TypeError):
            pass
        try:
            return str(units.Unit(text).to_string("vounit"))
        except (ValueError, TypeError):
            if text.lower() not in {"none", "-", "--", "n/a"}:
                self._lines.append(f"note: the unit {text!r} of {name} is none that VOUnits has")
                return text
            return ""

    # -- positions -----------------------------------------------------------

    def _position(self, columns: Mapping[str, Column]) -> tuple[str, str] | None:
        wished = self._wishes.position
        if wished is not None:
            if wished == ("", ""):
                return None
            missing = [name for name in wished if name not in columns]
            if missing:
                raise PublishError(
                    f"There is no column {listed(missing)} to be the position.",
                    hint=f"The columns are: {listed(list(columns), 30)}.",
                )
            return wished
        new = dict(self._names)
        ra, dec = (new.get(name, "") for name in self._source.position or ("", ""))
        said = (ra, dec) if ra and dec else None
        found, line = find_position(columns.values(), said)
        self._lines.append(f"position: {line}")
        return found

    def _place(self, columns: dict[str, Column], position: tuple[str, str]) -> None:
        """Make two columns what a position is: double, in degrees, quick to search."""
        for name, ucd in zip(position, ("pos.eq.ra", "pos.eq.dec"), strict=True):
            column = columns[name]
            if column.datatype not in {"double"}:
                self._lines.append(f"note: {name} is {column.datatype} and becomes double")
            columns[name] = replace(
                column,
                datatype="double",
                unit="deg",
                ucd=column.ucd or f"{ucd};meta.main",
                indexed=True,
                principal=True,
            )
            if not column.unit:
                self._lines.append(f"guessed: {name} is in deg, as a position is")
            if not column.ucd:
                self._lines.append(f"guessed: {name} has the UCD {ucd};meta.main, as a position")

    # -- guesses -------------------------------------------------------------

    def _guess(self, columns: dict[str, Column]) -> None:
        """Units and UCDs of columns that have none, told by their names."""
        owners = uncertainties(columns)
        for name, column in columns.items():
            if name in owners or column.arraysize not in {"", "*"}:
                continue
            columns[name] = self._guessed(column, *meaning(name))
        for name, (value, role) in owners.items():
            column, of = columns[name], columns[value]
            if role == "flag":
                columns[name] = self._guessed(column, "meta.code.error", "")
            else:
                base = of.ucd.removesuffix(";meta.main")
                columns[name] = self._guessed(
                    column, f"stat.error;{base}" if base else "stat.error", of.unit
                )
        for (unit, ucd), names in self._guesses.items():
            self._lines.append(f"guessed: {_told(names, unit, ucd)}")
        self._guess_identifier(columns)

    def _guessed(self, column: Column, ucd: str, unit: str) -> Column:
        text = column.datatype in {"char", "unicodeChar"}
        if text and not ucd.startswith("meta.id"):
            return column
        # A description that is there has the last word; its silence means no unit.
        described = column.name.lower() in self._felis
        new_ucd = column.ucd or ucd
        new_unit = column.unit or ("" if described or text else unit)
        told = (
            new_unit if new_unit != column.unit else "",
            new_ucd if new_ucd != column.ucd else "",
        )
        if any(told):
            self._guesses.setdefault(told, []).append(column.name)
        return replace(column, ucd=new_ucd, unit=new_unit)

    def _guess_identifier(self, columns: dict[str, Column]) -> None:
        """The column by which rows are looked up: integers, marked or first of their kind."""
        whole = [
            column
            for column in columns.values()
            if column.datatype in {"int", "long"} and not column.arraysize
        ]
        marked = [each for each in whole if each.indexed or _is_main(each)]
        if not marked and self._wishes.felis is None:
            marked = [each for each in whole if each.ucd == "meta.id"][:1]
            for column in marked:
                self._lines.append(f"guessed: {column.name} identifies rows, by its name")
        for column in marked[:1]:
            columns[column.name] = replace(
                column,
                ucd="meta.id;meta.main" if column.ucd in {"", "meta.id"} else column.ucd,
                indexed=True,
                principal=True,
            )

    # -- relations -----------------------------------------------------------

    def _keys(self, columns: Mapping[str, Column]) -> tuple[ForeignKey, ...]:
        felis = self._wishes.felis
        if felis is None:
            return ()
        return tuple(key for key in felis.keys if all(name in columns for name, _ in key.columns))

    @staticmethod
    def _whole(members: tuple[tuple[str, str], ...], columns: Mapping[str, Column]) -> bool:
        return all(name in columns for name, _ in members)


def _told(names: list[str], unit: str, ucd: str) -> str:
    """A guess in words."""
    one = len(names) == 1
    parts = [f"{'is' if one else 'are'} in {unit}"] if unit else []
    parts += [f"{'has' if one else 'have'} the UCD {ucd}"] if ucd else []
    return f"{listed(names)} {' and '.join(parts)}, by {'its name' if one else 'their names'}"


def _is_main(column: Column) -> bool:
    return {"meta.id", "meta.main"} <= set(column.ucd.lower().split(";"))


def _nested(kind: pa.DataType) -> bool:
    """Whether a table cannot have a column of this type."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        inner = kind.value_type
        return not (
            pa.types.is_integer(inner) or pa.types.is_floating(inner) or pa.types.is_boolean(inner)
        )
    return bool(
        pa.types.is_nested(kind)
        or pa.types.is_time(kind)
        or pa.types.is_duration(kind)
        or pa.types.is_interval(kind)
        or pa.types.is_decimal256(kind)
    )
