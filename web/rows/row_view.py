"""What a rows page says around its table: the one-line summary and every link with its query."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

from web.rows.row_tables import ColumnView, Reader, TableView
from web.texts.rows import NAMES, ROWS

LAYERS = (
    "enterprises",
    "hazard_sources",
    "substances",
    "risk_points",
    "targets",
    "shelters",
    "communities",
    "towns",
)
RECORDS = (
    "hidden_dangers",
    "accidents",
    "inspections",
    "commitments",
    "warnings",
    "alarms",
    "devices",
    "responses",
    "special_periods",
    "indicators",
    "overrides",
)
"""Tables in the order in which they are offered."""

NEWEST_FIRST = {
    "hidden_dangers": "-found_at",
    "accidents": "-occurred_at",
    "inspections": "-inspected_at",
    "commitments": "-date",
    "warnings": "-issued_at",
    "alarms": "-raised_at",
    "responses": "-started_at",
    "special_periods": "-starts_at",
    "indicators": "-week",
    "overrides": "-date",
}
"""The order of records when a reader asks for none."""

SOURCE_PAGES = {
    "hazard_sources": "id",
    "substances": "hazard_source_id",
    "alarms": "hazard_source_id",
}
"""In which column of which table the number of a hazard source stands."""


@dataclass(frozen=True)
class Asked:
    """What a reader asked for: a table, a town, an order, a date, one row."""

    family: str
    name: str
    town: str | None = None
    sort: str = ""
    date: str | None = None
    only: str | None = None

    def address(self, *, page: int = 1, suffix: str = "") -> str:
        """Return the address of this table, or of its csv."""
        wanted = {
            "town": self.town,
            "date": self.date,
            "id": None if suffix else self.only,
            "sort": self.sort,
            "page": str(page) if page > 1 else "",
        }
        query = urlencode({key: value for key, value in wanted.items() if value})
        path = f"/{self.family}/{quote(self.name, safe='')}{suffix}"
        return f"{path}?{query}" if query else path


def name_of(name: str, language: str) -> str:
    """Return what a layer or record kind is called."""
    return NAMES.get(name, (name, name))[language == "en"]


def summary(asked: Asked, view: TableView, reader: Reader) -> str:
    """Return the count, the rows shown, and by what a row belongs to a town."""
    english = reader.language == "en"
    parts = [ROWS["rows_count"][english].format(count=f"{view.count:,}")]
    if view.pages > 1:
        shown = ROWS["rows_shown"][english]
        parts.append(shown.format(first=f"{view.first:,}", last=f"{view.last:,}"))
    if asked.town and asked.name not in ("towns", "warnings"):
        by = "rows_located" if asked.family == "layers" else "rows_declared"
        parts.append(ROWS[by][english])
    return ("; " if english else "，").join(parts)


def links(asked: Asked, view: TableView | None, language: str) -> dict[str, Any]:
    """Return every link of the page: csv, pages, order by each column, other tables."""
    made: dict[str, Any] = {
        "csv": asked.address(suffix=".csv"),
        "api": f"/api/v1/layers/{asked.name}?limit=100" if asked.family == "layers" else None,
        "tables": _tables(asked, language),
        "previous": None,
        "next": None,
        "sort": {},
        "source_column": None,
    }
    if view is None:
        return made
    made["previous"] = asked.address(page=view.page - 1) if view.page > 1 else None
    made["next"] = asked.address(page=view.page + 1) if view.page < view.pages else None
    made["sort"] = {column.name: _sort_link(asked, column) for column in view.columns}
    place = ColumnView("source", "", numeric=False)
    made["sort"]["source"] = _sort_link(asked, place)
    wanted = SOURCE_PAGES.get(asked.name)
    names = [column.name for column in view.columns]
    made["source_column"] = names.index(wanted) if wanted in names else None
    return made


def _sort_link(asked: Asked, column: ColumnView) -> dict[str, str]:
    """Return where a click on a header leads: up, then down, then the order of the file."""
    following = {"": column.name, column.name: f"-{column.name}", f"-{column.name}": ""}
    now = asked.sort if asked.sort.removeprefix("-") == column.name else ""
    aria = {"": "none", column.name: "ascending"}.get(now, "descending")
    return {"href": replace(asked, sort=following[now]).address(), "aria": aria}


def _tables(asked: Asked, language: str) -> list[dict[str, Any]]:
    """Return the links to the other tables, of the same town and day."""
    return [
        {
            "title": name_of(name, language),
            "href": Asked(family, name, asked.town, date=asked.date if dated else None).address(),
            "here": name == asked.name,
            "family": family,
        }
        for family, names, dated in (("layers", LAYERS, False), ("records", RECORDS, True))
        for name in names
    ]
