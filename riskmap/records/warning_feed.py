"""Incoming warnings from files: the national feed's JSON, or a plain list of messages."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from layers.errors import InputError
from layers.faults import Fault
from layers.readers.source import existing
from riskmap.records.storing import derived_key
from riskmap.records.warning_text import ALERT_ID, UnreadableError, id_time, read_message, read_time
from riskmap.settings import Settings
from riskmap.storage.database import RECORD_COLUMNS

_ID = ("alertid", "alertId", "identifier", "id")
_TITLE = ("title", "headline")
_TEXT = ("text", "content", "issuecontent", "description")
_TIME = ("issuetime", "issueTime", "time", "effective", "sendTime", "pubtime", "pubTime")
_EXPIRY = ("expires", "expiretime", "expireTime", "relieveTime")
_DIVISION = ("division_code", "adcode", "areaCode", "areacode")

COLUMNS = (*RECORD_COLUMNS["warnings"], "key", "source")


@dataclass(frozen=True)
class FeedImport:
    """What a file of warnings holds: rows to store, items not taken, faults and notes."""

    table: pd.DataFrame
    rejects: pd.DataFrame
    faults: list[Fault]


def read_feed(path: Path, settings: Settings) -> FeedImport:
    """Read one file of warnings; every message is kept, wherever it was issued.

    Raises
    ------
    InputError
        The file is missing, empty, or no national feed JSON.
    """
    items = _items(path)
    rows: list[dict[str, Any]] = []
    rejects: list[dict[str, Any]] = []
    faults: list[Fault] = []
    seen: dict[str, str] = {}
    for number, item in enumerate(items, 1):
        row, found = _row(item, number, path.name, settings)
        if row is not None:
            repeated = _repeated(row, seen, number, path.name)
            if repeated is not None:
                found, row = [repeated], None
        faults.extend(found)
        if row is not None:
            rows.append(row)
        elif any(fault.severity == "reject" for fault in found):
            rejects.append({"row": number, "raw": json.dumps(item, ensure_ascii=False)})
    table = pd.DataFrame(rows, columns=COLUMNS)
    return FeedImport(table, pd.DataFrame(rejects, columns=["row", "raw"]), faults)


def _items(path: Path) -> list[Any]:
    """Return the messages of a file, wherever in the document the list of them stands."""
    data = existing(path).read_bytes()
    if not data.strip():
        raise InputError("文件是空的", path, "重新下载或导出该文件")
    try:
        document = json.loads(_decoded(data))
    except (ValueError, RecursionError) as error:
        if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
            mend = "需要 JSON；CAP（XML）文件目前还不能读取"
        elif isinstance(error, json.JSONDecodeError):
            mend = (
                f"JSON 在第 {error.lineno} 行第 {error.colno} 列写错或不完整，重新下载或导出该文件"
            )
        else:
            mend = "需要 UTF-8 的 JSON，重新下载或导出该文件"
        raise InputError("不是国家预警信息 JSON 文件", path, mend) from error
    items = _find_list(document)
    if items is None:
        raise InputError("JSON 中没有预警信息列表", path, "每条预警应有标题 title 和时间 issuetime")
    return items


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030")


def _find_list(document: Any) -> list[Any] | None:
    """Return the first list of objects below `document`; one message alone is a list of one."""
    if isinstance(document, list):
        objects = all(isinstance(item, dict) for item in document)
        return document if objects else None
    if not isinstance(document, dict):
        return None
    if any(isinstance(document.get(name), str) for name in (*_TITLE, *_TEXT)):
        return [document]
    for value in document.values():
        if isinstance(value, dict | list) and (found := _find_list(value)) is not None:
            return found
    return None


def _row(
    item: Mapping[str, Any], number: int, file: str, settings: Settings
) -> tuple[dict[str, Any] | None, list[Fault]]:
    zone = settings.zone
    title, text = _first(item, _TITLE), _first(item, _TEXT)
    alert_id = _first(item, _ID)
    stated, time_fault = _stated_time(item, alert_id, zone)
    faults = []
    if time_fault:
        faults.append(
            Fault(file, None, number, "time", time_fault, "应为时间，例如 2026/06/30 08:05", "note")
        )
    try:
        said = read_message(title, text, stated, zone)
    except UnreadableError as error:
        faults.append(Fault(file, None, number, error.column, error.value, error.expected))
        return None, faults
    division, division_note = _division(item, alert_id, said.station, title, settings)
    notes = [*said.notes, *division_note]
    if alert_id and not ALERT_ID.fullmatch(alert_id):
        notes.append(("alertid", alert_id, "编号不合 GB/T 35965 格式（14 位_14 位），照原样保存"))
    faults.extend(Fault(file, None, number, *note, "note") for note in notes)
    key = alert_id or derived_key((said.station, said.type, said.level, said.issued_at, text))
    return {
        "alert_id": key,
        "station": said.station,
        "division_code": division,
        "type": said.type,
        "level": said.level,
        "action": said.action,
        "issued_at": said.issued_at,
        "expires_at": read_time(_first(item, _EXPIRY), zone),
        "title": title,
        "text": text,
        "raw": json.dumps(item, ensure_ascii=False),
        "key": key,
        "source": f"{file}:{number}",
    }, faults


def _first(item: Mapping[str, Any], names: tuple[str, ...]) -> str:
    """Return the first of several fields that says something; "" when none does."""
    values = (item.get(name) for name in names)
    return next((str(value).strip() for value in values if value not in (None, "")), "")


def _stated_time(item: Mapping[str, Any], alert_id: str, zone: ZoneInfo) -> tuple[Any, str]:
    """Return the feed's time and, when it cannot be read, its text; the id's time stands in."""
    stated = _first(item, _TIME)
    moment = read_time(stated, zone) if stated else None
    return moment or id_time(alert_id, zone), stated if stated and moment is None else ""


def _division(
    item: Mapping[str, Any], alert_id: str, station: str, title: str, settings: Settings
) -> tuple[str | None, list[tuple[str, str, str]]]:
    """Return the 6-digit code of where a warning holds: by its id, its field, else by name."""
    if ALERT_ID.fullmatch(alert_id):
        return alert_id[:6], []
    stated = _first(item, _DIVISION)
    if stated[:6].isascii() and stated[:6].isdigit() and len(stated) >= 6:
        return stated[:6], []
    district = settings.district
    if district.code and (district.name in station or district.name in title):
        return district.code, []
    return None, [("division_code", station, "认不出发布地区，保存但不作为本区预警")]


def _repeated(row: Mapping[str, Any], seen: dict[str, str], number: int, file: str) -> Fault | None:
    """Note a message given twice, refuse one whose id stands for two different messages."""
    key, raw = str(row["key"]), str(row["raw"])
    if key not in seen:
        seen[key] = raw
        return None
    if seen[key] == raw:
        return Fault(file, None, number, "alertid", key, "与前面一条完全相同，只取一次", "note")
    return Fault(file, None, number, "alertid", key, "编号与前面一条相同而内容不同")
