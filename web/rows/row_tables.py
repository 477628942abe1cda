"""A table as a page shows it: filtered, sorted, cut into pages of 100, every cell as text."""

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

import numpy as np
import pandas as pd

from riskmap.formulas import as_text
from web.api.features import ID_COLUMNS, plain_column
from web.errors import ParameterError
from web.formatting import number
from web.privacy import is_personal
from web.texts.rows import COLUMNS, VALUES

PAGE_ROWS = 100
HIDDEN = frozenset(
    {"geometry", "source_file", "source_sheet", "source_row", "key", "delivery_id", "raw", "row_id"}
)  # fmt: skip
LEADING = ("name", "id", "number", "alert_id", "code", "located_town")
TRAILING = ("learnt_at", "lon", "lat", "source_crs")
PLAIN_NUMBERS = frozenset({"lon", "lat"})


@dataclass(frozen=True)
class Reader:
    """For whom cells are written: language, time zone, and the towns' names by code.

    `persons` says whether names and phones of persons are shown.
    """

    language: str
    zone: tzinfo
    towns: Mapping[str, str]
    persons: bool = False


@dataclass(frozen=True)
class ColumnView:
    """A column header: its canonical name, its title in one language, and how cells align."""

    name: str
    title: str
    numeric: bool


@dataclass(frozen=True)
class TableView:
    """One page of a table; `cells` are texts in the order of `columns`, None is unknown.

    `places` says where each row came from (``file:row``): it is drawn under the first cell, so
    that it is in sight however wide the table is. Columns without a single known value on this
    page are not drawn but named in `unknown`.
    """

    columns: tuple[ColumnView, ...]
    unknown: list[str]
    cells: list[list[str | None]]
    places: list[str | None]
    ids: list[str | None]
    keys: list[str | None]
    count: int
    first: int
    last: int
    page: int
    pages: int
    sort: str


def sorted_rows(table: pd.DataFrame, sort: str, *, persons: bool = False) -> pd.DataFrame:
    """Return rows in the order that ``sort`` asks for; unknown values last, ties as they were.

    Parameters
    ----------
    table
        Rows.
    sort
        A column, ``-column`` for descending order, "" for the order of the file.

    Raises
    ------
    ParameterError
        The table has no such column to show.
    """
    if not sort:
        return table
    name, ascending = sort.removeprefix("-"), not sort.startswith("-")
    if name not in shown_columns(table, persons=persons):
        raise ParameterError("不能按这一列排序", sort[:60], "请点表头选择排序的列")
    if name == "source":
        return table.iloc[np.lexsort(_source_keys(table))[:: 1 if ascending else -1]]
    return table.sort_values(name, ascending=ascending, kind="stable", na_position="last")


def shown_columns(table: pd.DataFrame, *, persons: bool = False) -> list[str]:
    """Return what a reader may see, in order: what it is, facts, `source`, place and datum."""
    names = [str(column) for column in table.columns]
    facts = [name for name in names if name not in HIDDEN and name != "source"]
    shown = [name for name in facts if persons or not is_personal(name)]
    ends = {*LEADING, *TRAILING}
    middle = [name for name in shown if name not in ends]
    leading = [name for name in LEADING if name in shown]
    return [*leading, *middle, "source", *(name for name in TRAILING if name in shown)]


def table_view(table: pd.DataFrame, page: int, sort: str, reader: Reader) -> TableView:
    """Return one page of a table.

    Raises
    ------
    ParameterError
        There is no such page or no such column.
    """
    count = len(table)
    pages = max(1, math.ceil(count / PAGE_ROWS))
    if page > pages:
        raise ParameterError("没有这一页", page, f"共 {pages} 页")
    start = (page - 1) * PAGE_ROWS
    ordered = sorted_rows(table, sort, persons=reader.persons)
    part = ordered.iloc[start : start + PAGE_ROWS]
    empty = unknown_columns(part, sort, reader)
    columns = column_views(part, empty, reader)
    texts = [cell_texts(part[column.name], reader) for column in columns]
    keys = next((name for name in ID_COLUMNS if name in part.columns), None)
    return TableView(
        columns=columns,
        unknown=[title_of(name, reader.language) for name in empty],
        cells=[list(row) for row in zip(*texts, strict=True)],
        places=cell_texts(sources(part), reader),
        ids=[str(value) for value in part[keys]] if keys else [None] * len(part),
        keys=part["key"].tolist() if "key" in part.columns else [None] * len(part),
        count=count,
        first=start + 1 if count else 0,
        last=start + len(part),
        page=page,
        pages=pages,
        sort=sort,
    )


def unknown_columns(part: pd.DataFrame, sort: str, reader: Reader) -> list[str]:
    """Return the columns in which no row of a page has a value; not the one it is sorted by."""
    kept = (sort.removeprefix("-"), "source")
    names = [name for name in shown_columns(part, persons=reader.persons) if name not in kept]
    empty = [name for name in names if len(part) and not _known(part[name]).any()]
    return empty if len(empty) < len(names) else empty[1:]


def column_views(
    table: pd.DataFrame, left_out: Sequence[str], reader: Reader
) -> tuple[ColumnView, ...]:
    """Return the headers of the columns that are shown, with units."""
    return tuple(
        ColumnView(name, title_of(name, reader.language), _is_number(table, name))
        for name in shown_columns(table, persons=reader.persons)
        if name != "source" and name not in left_out
    )


def title_of(name: str, language: str) -> str:
    """Return a column's title; a column that the contract does not know keeps its header."""
    return COLUMNS.get(name, (name, name))[language == "en"]


def cell_texts(values: pd.Series, reader: Reader) -> list[str | None]:
    """Return cells as a reader sees them; None stays None and is shown as missing."""
    name = str(values.name)
    if name == "located_town":
        return [reader.towns.get(str(code)) for code in values]
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        local = values.dt.tz_convert(reader.zone)
        return [None if pd.isna(at) else at.strftime("%Y-%m-%d %H:%M") for at in local]
    words = VALUES.get(name, {})
    return [
        _text(value, name, words, reader.language)
        for value in plain_column(values, persons=reader.persons)
    ]


def sources(table: pd.DataFrame) -> pd.Series:
    """Return where each row came from: ``file:row``, or ``file#sheet:row``."""
    if "source" in table.columns:
        return table["source"].rename("source")
    if "source_file" not in table.columns:
        return pd.Series([None] * len(table), index=table.index, dtype=object, name="source")
    sheets = table["source_sheet"] if "source_sheet" in table.columns else [None] * len(table)
    places = [
        f"{file}:{_row(row)}" if sheet is None or pd.isna(sheet) else f"{file}#{sheet}:{_row(row)}"
        for file, sheet, row in zip(table["source_file"], sheets, table["source_row"], strict=True)
    ]
    return pd.Series(places, index=table.index, dtype=object, name="source")


def csv_text(table: pd.DataFrame, reader: Reader) -> str:
    """Return all rows as csv with a byte order mark, so that spreadsheets read it as UTF-8.

    The header has the canonical names. A text that a spreadsheet would run as a formula gets an
    apostrophe in front.
    """
    names = shown_columns(table, persons=reader.persons)
    columns = [_csv_column(_column(table, name), reader) for name in names]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows(zip(*columns, strict=True))
    return "\ufeff" + out.getvalue()


def _known(values: pd.Series) -> pd.Series:
    """Say where a column has a value; an empty text is none."""
    return values.notna() & (values.astype(object) != "")


def _column(table: pd.DataFrame, name: str) -> pd.Series:
    return sources(table) if name == "source" else table[name]


def _csv_column(values: pd.Series, reader: Reader) -> Sequence[object]:
    if values.name == "located_town":
        return [reader.towns.get(str(code)) for code in values]
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        local = values.dt.tz_convert(reader.zone)
        return [None if pd.isna(at) else at.isoformat(timespec="seconds") for at in local]
    cells = plain_column(values, persons=reader.persons)
    return [as_text(cell) if isinstance(cell, str) else cell for cell in cells]


def _is_number(table: pd.DataFrame, name: str) -> bool:
    if name not in table.columns or name in VALUES:
        return False
    dtype = table[name].dtype
    return pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_bool_dtype(dtype)


def _text(
    value: object, name: str, words: Mapping[str, tuple[str, str]], language: str
) -> str | None:
    english = language == "en"
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return (("否", "no"), ("是", "yes"))[value][english]
    if isinstance(value, int | float):
        whole = float(value).is_integer()
        known = words.get(str(int(value))) if whole else None
        if known:
            return known[english]
        if name in PLAIN_NUMBERS:
            return f"{value:.6f}"
        return number(value, 0 if whole else _decimals(value))
    text = str(value)
    return words[text][english] if text in words else text


def _decimals(value: float) -> int:
    return 1 if abs(value) >= 100 else 2 if abs(value) >= 1 else 4


def _row(value: object) -> str:
    return str(int(value)) if isinstance(value, int | float) and math.isfinite(value) else "?"


def _source_keys(table: pd.DataFrame) -> tuple[pd.Series, ...]:
    if "source_row" not in table.columns:
        return (sources(table).astype(str),)
    return (table["source_row"].fillna(-1).astype(np.int64), table["source_file"].astype(str))
