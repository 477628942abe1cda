"""Forms of records, made from their contracts: one field per column."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from riskmap.access.actors import Actor
from riskmap.records.contracts import RECORD_CONTRACTS
from riskmap.records.entry_fields import text_of
from riskmap.records.entry_history import Version
from web.formatting import full_date
from web.privacy import CODES, is_personal, masked
from web.records.late_deaths import FIELD
from web.rows.row_tables import Reader, title_of
from web.texts.rows import VALUES

LONG = frozenset({"note", "reason", "handled_note", "special_work"})
NUMBERS = {"int": "numeric", "float": "decimal"}
FOR_FILES = frozenset({"town", "domain", "loss_cny"})
"""Columns whose note speaks of files; the form offers the choices, or the unit, itself."""
FILLED = frozenset({"id"})
"""Required columns that a new record may leave empty: riskmap fills them in."""


@dataclass(frozen=True)
class FormField:
    """One field of a form; `kind` is text, area, select, date, datetime-local, number or dated.

    A dated field has rows of a day and a number (`web.records.late_deaths`).
    """

    name: str
    label: str
    kind: str
    required: bool
    hint: str
    options: tuple[tuple[str, str], ...] = ()
    inputmode: str = ""


def form_fields(
    kind: str, reader: Reader, domains: Sequence[str] = (), *, new: bool
) -> list[FormField]:
    """Return the fields of a kind, those that must be filled first.

    The number of a record that exists already cannot be changed and has no field. `domains` are
    those of the scheme, to choose from.
    """
    columns = RECORD_CONTRACTS[kind].columns
    fields = [
        _field(column, reader, domains)
        for column in columns
        if new or column.name not in RECORD_CONTRACTS[kind].key_columns
    ]
    return sorted(fields, key=lambda field: (not field.required, field.name in FILLED))


def form_values(version: Version, reader: Reader) -> dict[str, str]:
    """Return the values of a stored version as a form shows them; moments in local time."""
    return {name: _form_value(value, reader) for name, value in version.fields.items()}


def proposed(kind: str, actor: Actor, now: datetime, reader: Reader) -> dict[str, str]:
    """Return what a new form has filled in: the moment, the own town, the own enterprise."""
    names = {column.name: column for column in RECORD_CONTRACTS[kind].columns}
    now = now.replace(second=0, microsecond=0)
    given = {
        "occurred_at": now, "inspected_at": now, "committed_at": now, "raised_at": now,
        "started_at": now, "date": now.astimezone(reader.zone).date(),
        "town": actor.town, "enterprise_id": actor.enterprise_id, "inspector": actor.name,
    }  # fmt: skip
    return {name: _form_value(value, reader) for name, value in given.items() if name in names}


def shown_value(name: str, value: Any, reader: Reader, *, persons: bool) -> str | None:
    """Return a value of a record for reading; None is unknown, persons are masked."""
    if value is None or value == "":
        return None
    if is_personal(name) and not persons:
        return "＊＊＊"
    if isinstance(value, datetime):
        local = value.astimezone(reader.zone)
        return f"{full_date(local.date(), reader.language)} {local:%H:%M}"
    if isinstance(value, date):
        return full_date(value, reader.language)
    if name == "town":
        return reader.towns.get(str(value), str(value))
    words = VALUES.get(name, {}).get(text_of(value))
    return words[reader.language == "en"] if words else _free(name, text_of(value), persons)


def _free(name: str, text: str, persons: bool) -> str:
    """Return a text, with the numbers of persons in it masked; codes stay."""
    return text if persons or name in CODES else masked(text)


def label_of(kind: str, name: str, language: str) -> str:
    """Return what a column is called on record pages: as in the files of its kind."""
    column = next((one for one in RECORD_CONTRACTS[kind].columns if one.name == name), None)
    return column.title_zh if column and language != "en" else title_of(name, language)


def _field(column: Any, reader: Reader, domains: Sequence[str]) -> FormField:
    english = reader.language == "en"
    label = title_of(column.name, "en") if english else column.title_zh
    options: tuple[tuple[str, str], ...] = ()
    kind = {"datetime": "datetime-local", "date": "date"}.get(column.dtype, "text")
    if column.name == "town":
        kind, options = "select", tuple(reader.towns.items())
    elif column.name == "domain" and domains:
        kind, options = "select", tuple((domain, domain) for domain in domains)
    elif column.allowed:
        kind = "select"
        options = tuple(
            (value, value if english else (spellings or (value,))[0])
            for value, spellings in column.allowed.items()
        )
    elif column.name in LONG:
        kind = "area"
    elif column.name == FIELD:
        kind = "dated"
    unit = "" if english or not column.unit_zh.strip("-") else f"（{column.unit_zh}）"
    return FormField(
        column.name,
        label + unit,
        kind,
        column.required and column.name not in FILLED,
        ""
        if english or kind in {"datetime-local", "dated"} or column.name in FOR_FILES
        else column.note,
        options,
        NUMBERS.get(column.dtype, ""),
    )


def _form_value(value: Any, reader: Reader) -> str:
    if isinstance(value, datetime):
        local = value.astimezone(reader.zone)
        return local.strftime("%Y-%m-%dT%H:%M:%S" if local.second else "%Y-%m-%dT%H:%M")
    return text_of(value)
