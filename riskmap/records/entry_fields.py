"""One record typed in by hand: its fields as texts, what is filled in, and the same checks."""

import secrets
from collections.abc import Mapping
from datetime import date, datetime
from hashlib import sha256
from typing import Any

import numpy as np
import pandas as pd

from layers.contracts.model import Column
from layers.readers.raw import RawTable
from riskmap.canonical import canonical_text
from riskmap.errors import FieldsError, RiskmapError
from riskmap.layer_store import current, load_layer
from riskmap.records.checks import Towns
from riskmap.records.contracts import RECORD_CONTRACTS
from riskmap.records.delivery import Delivery
from riskmap.records.importing import check_delivery
from riskmap.rows import TOWN_COLUMN, layer_rows
from riskmap.workspace import Workspace

FILE = "entry"
"""File name of the deliveries that entries by hand make."""

BY_HAND = tuple(kind for kind in RECORD_CONTRACTS if kind != "hidden_dangers")
"""Kinds that are entered one by one; hidden dangers go through the ledger."""

_PREFIX = {
    "accidents": "SG",
    "inspections": "JC",
    "devices": "SB",
    "responses": "XY",
    "special_periods": "SD",
    "alarms": "BJ",
    "overrides": "TZ",
}
_NAMED_ENTERPRISE = ("commitments", "inspections")

OF_THE_FIRM = ("date", "committed_at", "town")
"""Fields of a commitment that an enterprise does not choose: today, now, where it is registered."""


def refuse_other_kinds(kind: str, *, decided: bool = False) -> None:
    """Let only kinds pass that are entered by hand; overrides as `records.overrides` decides.

    Raises
    ------
    RiskmapError
        Hidden dangers have their own loop; warnings come from weather stations only.
    """
    if kind == "hidden_dangers":
        raise RiskmapError("隐患在闭环里登记", kind, "用“上报隐患”或 riskmap danger report")
    if kind == "overrides" and not decided:
        raise RiskmapError("调整颜色须经提出和复核", kind, "用“人工调整”页")
    if kind not in BY_HAND:
        raise RiskmapError("不能手工登记这种记录", kind, "可用：" + " ".join(BY_HAND))


def texts_of(kind: str, fields: Mapping[str, Any]) -> dict[str, str]:
    """Return the fields as texts; an empty one stays empty (it clears what was there).

    Raises
    ------
    FieldsError
        A field is none of the kind's.
    """
    names = [column.name for column in RECORD_CONTRACTS[kind].columns]
    strange = {name: f"{kind} 没有这一项" for name in fields if name not in names}
    if strange:
        raise FieldsError(strange)
    return {name: text_of(value) for name, value in fields.items()}


def text_of(value: Any) -> str:
    """Return a value as a person would type it; unknown is empty.

    >>> text_of(None), text_of(3.0), text_of(date(2026, 6, 30))
    ('', '3', '2026-06-30')
    """
    if value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def filled(
    ws: Workspace,
    kind: str,
    texts: Mapping[str, str],
    towns: Towns,
    now: datetime,
    *,
    once: str = "",
    by_firm: bool = False,
) -> dict[str, str]:
    """Return the texts with what goes without saying: a number, the day, the firm's own town.

    The same texts under the same key `once` (a form sent twice) get the same number. What an
    enterprise enters itself (`by_firm`) is a commitment of today, made now, where it is registered,
    whatever was sent.

    Raises
    ------
    FieldsError
        The enterprise is not in the register; or itself means another day, or lies nowhere.
    """
    found = dict(texts)
    local = now.astimezone(ws.settings.zone)
    if kind in _PREFIX and not found.get("id"):
        sent = repr((once, sorted(texts.items()))).encode()
        mark = sha256(sent).hexdigest()[:8] if once else secrets.token_hex(4)
        found["id"] = f"{_PREFIX[kind]}-{local:%Y%m%d}-{mark}"
    if kind == "commitments" and by_firm:
        return found | _commitment_of_now(ws, found, towns, now)
    if kind == "commitments":
        found["date"] = found.get("date") or local.date().isoformat()
        found["committed_at"] = found.get("committed_at") or now.isoformat()
    firm = found.get("enterprise_id")
    if kind in _NAMED_ENTERPRISE and firm and current(ws, "enterprises") is not None:
        town = enterprise_town(ws, firm, towns)
        if kind == "commitments" and not found.get("town"):
            found["town"] = town or ""
    return found


def _commitment_of_now(
    ws: Workspace, texts: Mapping[str, str], towns: Towns, now: datetime
) -> dict[str, str]:
    """Return the fields of a commitment that an enterprise does not choose."""
    today = now.astimezone(ws.settings.zone).date().isoformat()
    if texts.get("date", "") not in ("", today):
        raise FieldsError({"date": "企业只能作今日的承诺，以前的请值班室登记"})
    known = current(ws, "enterprises") is not None
    town = enterprise_town(ws, texts.get("enterprise_id", ""), towns) if known else None
    if town is None:
        raise FieldsError({"town": "企业名录里查不出本企业所在镇街，请值班室补上"})
    return {"date": today, "committed_at": now.isoformat(), "town": town}


def enterprise_town(ws: Workspace, enterprise_id: str, towns: Towns) -> str | None:
    """Return the code of the town of a registered enterprise: as declared, else where it lies.

    Raises
    ------
    FieldsError
        The register has no such enterprise.
    """
    table = load_layer(ws, "enterprises")
    mine = table[table["id"].astype("str") == enterprise_id]
    if mine.empty:
        raise FieldsError({"enterprise_id": f"企业名录里没有“{enterprise_id}”"})
    declared = mine["town"].iloc[0] if "town" in mine else None
    code = towns.code(str(declared)) if text_of(declared) else None
    if code is not None:
        return code
    rows = layer_rows(ws, "enterprises")
    located = rows.loc[rows["id"].astype("str") == enterprise_id, TOWN_COLUMN].iloc[0]
    return None if pd.isna(located) else str(located)


def checked(
    ws: Workspace,
    kind: str,
    texts: Mapping[str, str],
    towns: Towns,
    now: datetime,
    *,
    kept_domain: str | None = None,
) -> Delivery:
    """Check one record by hand exactly as a file of one row is checked.

    `kept_domain` may stay as it is, though the scheme dropped it since.

    What a single field gets wrong hides the rules between fields, so these are asked once more
    with something harmless in its place: the person sees all faults at once.

    Raises
    ------
    FieldsError
        One sentence for every field that cannot be taken.
    """
    delivery = _as_a_file(ws, kind, texts, towns, now, kept_domain)
    faults = _faults(kind, delivery)
    if faults:
        columns = [column for column in RECORD_CONTRACTS[kind].columns if column.name in faults]
        harmless = {column.name: _harmless(column, now) for column in columns}
        again = _as_a_file(ws, kind, {**texts, **harmless}, towns, now, kept_domain)
        more = _faults(kind, again)
        raise FieldsError(
            {name: text for name, text in more.items() if name not in faults} | faults
        )
    return delivery


def _harmless(column: Column, now: datetime) -> str:
    """Return a text that passes a column's own check."""
    if not column.required:
        return ""
    if column.allowed:
        return next(iter(column.allowed))
    made = {"datetime": now.isoformat(), "date": now.date().isoformat(), "str": "-?-"}
    return made.get(column.dtype, str(int(column.minimum or 0)))


def _as_a_file(  # noqa: PLR0917  (the arguments of `checked`, in its order)
    ws: Workspace,
    kind: str,
    texts: Mapping[str, str],
    towns: Towns,
    now: datetime,
    kept_domain: str | None,
) -> Delivery:
    columns = RECORD_CONTRACTS[kind].columns
    row = {column.name: texts.get(column.name) or None for column in columns}
    frame = pd.DataFrame([row], dtype="str")
    digest = sha256(canonical_text({"kind": kind, "fields": row}).encode("utf-8")).hexdigest()
    raw = RawTable(frame, None, None, FILE, None, np.array([1]))
    return check_delivery(
        ws, kind, raw, digest=digest, towns=towns, now=now, may_wait=True, kept_domain=kept_domain
    )


def _faults(kind: str, delivery: Delivery) -> dict[str, str]:
    titles = {column.name: column.title_zh for column in RECORD_CONTRACTS[kind].columns}
    said: dict[str, list[str]] = {}
    for fault in delivery.faults:
        if fault.severity != "reject":
            continue
        column = (fault.column or "").split(" 或 ")[0]
        field = column if column in titles else ""
        missing = f"{titles.get(field, '')}必填"  # the field stands beside it
        expected = "必填" if fault.expected == missing else fault.expected
        said.setdefault(field, []).append(expected)
    return {field: "；".join(dict.fromkeys(texts)) for field, texts in said.items()}
