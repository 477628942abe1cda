"""Fields of a danger as people send them: one parser and one check for every door.

Form, API, phone and command line hand over texts, files typed values; what comes out is typed. All
faults are gathered, one sentence per field.
"""

import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from layers.names import nearest
from riskmap.errors import FieldsError
from riskmap.ledger.deadlines import TERM_ZH
from riskmap.ledger.ground import Ground, enterprise_known, ground_in_use
from riskmap.records.dangers import GRADE_ZH
from riskmap.workspace import Workspace
from scoring.schemes.scheme import Scheme

EARLIEST = date(2000, 1, 1)
CLOCK_TOLERANCE = timedelta(minutes=5)
"""A moment this far after now is that of a clock that runs ahead, and counts as now."""
FARTHEST = timedelta(days=1100)
"""No deadline lies further ahead: a year typed wrongly."""

TEXT_LENGTHS: Mapping[str, int] = {
    "description": 2000,
    "comment": 2000,
    "place": 200,
    "community": 60,
    "enterprise_id": 64,
    "responsible_unit": 100,
    "responsible_person": 60,
    "transferred_to": 100,
    "town": 60,
    "domain": 30,
    "grade": 10,
    "term": 10,
}
SHORTEST_DESCRIPTION = 2
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


@dataclass
class Checked:
    """Fields as typed values, and what is wrong with the others; filled by `check_fields`."""

    values: dict[str, Any] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    town_at_point: str | None = None

    def refuse(self) -> None:
        """Raise FieldsError when a field cannot be taken."""
        if self.faults:
            raise FieldsError(self.faults)


@dataclass(frozen=True)
class _Door:
    """What the fields are checked against."""

    ws: Workspace
    scheme: Scheme
    ground: Ground
    now: datetime


def check_fields(
    ws: Workspace,
    scheme: Scheme,
    given: Mapping[str, Any],
    names: Collection[str],
    *,
    now: datetime,
) -> Checked:
    """Return the fields as typed values: moments with zone, dates, floats, texts, None for empty.

    Parameters
    ----------
    names
        The fields that the action knows; any other is a fault.

    Raises
    ------
    NotFoundError
        The towns layer was never imported.
    """
    door = _Door(ws, scheme, ground_in_use(ws), now)
    checked = Checked()
    for name, value in given.items():
        if name not in names:
            checked.faults[name] = "这一步没有这个字段"
            continue
        empty = value is None or (isinstance(value, str) and not value.strip())
        try:
            checked.values[name] = None if empty else _READERS[name](door, name, value)
        except ValueError as error:
            checked.faults[name] = str(error)
    _check_point(checked, door.ground)
    return checked


def moment_of(ws: Workspace, value: object, now: datetime) -> datetime:
    """Return a moment given as text or typed; without a zone it is the district's.

    Raises
    ------
    ValueError
        It is no moment, before 2000, or after now; the sentence says so.
    """
    moment = _as_moment(value)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ws.settings.zone)
    try:
        day = moment.astimezone(ws.settings.zone).date()
    except OverflowError:
        raise ValueError("不是有效的时间") from None
    if day < EARLIEST:
        raise ValueError("早于 2000 年，请核对年份")
    if moment > now + CLOCK_TOLERANCE:
        raise ValueError("晚于现在，尚未发生的事不能上报")
    return min(moment, now).astimezone(UTC)


def _as_moment(value: object) -> datetime:
    if isinstance(value, datetime):
        return value
    try:
        return datetime.fromisoformat(_as_text(value).strip())
    except ValueError:
        raise ValueError("不是有效的时间，写成 2026-06-30T08:15 的样子") from None


def _as_text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("应为文字")
    return value


def _moment(door: _Door, name: str, value: object) -> datetime:
    return moment_of(door.ws, value, door.now)


def _day(door: _Door, name: str, value: object) -> date:
    if isinstance(value, datetime):
        day = value.date()
    elif isinstance(value, date):
        day = value
    else:
        try:
            day = date.fromisoformat(_as_text(value).strip())
        except ValueError:
            raise ValueError("不是有效的日期，写成 2026-06-30 的样子") from None
    if day < EARLIEST:
        raise ValueError("早于 2000 年，请核对年份")
    if day > door.now.date() + FARTHEST:
        raise ValueError("超过 3 年以后，请核对年份")
    return day


def _text(door: _Door, name: str, value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("应为文字")
    text = value.replace("\r\n", "\n").strip()
    most = TEXT_LENGTHS[name]
    if len(text) > most:
        raise ValueError(f"太长：{len(text)} 字，最多 {most} 字")
    if _CONTROL.search(text):
        raise ValueError("含有不可见的控制字符，请重新输入")
    return text


def _description(door: _Door, name: str, value: object) -> str:
    text = _text(door, name, value)
    if len(text) < SHORTEST_DESCRIPTION:
        raise ValueError("太短，请写清楚是什么隐患")
    return text


def _town(door: _Door, name: str, value: object) -> str:
    text = _text(door, name, value)
    code = door.ground.words.code(text)
    if code is None:
        near = nearest(text, door.ground.names)
        hint = f"，相近的有：{'、'.join(near)}" if near else ""
        raise ValueError(f"镇街图层中没有“{text}”{hint}")
    return code


def _domain(door: _Door, name: str, value: object) -> str:
    text = _text(door, name, value)
    if text not in door.scheme.domains:
        raise ValueError(f"评分方案中没有领域“{text}”，可用：{'、'.join(door.scheme.domains)}")
    return text


def _choice(words: Mapping[str, str]) -> Callable[[_Door, str, object], str]:
    """Return a reader of one of a few words, by code or by Chinese."""
    known = {**{code: code for code in words}, **{text: code for code, text in words.items()}}

    def read(door: _Door, name: str, value: object) -> str:
        text = _text(door, name, value)
        if text not in known:
            raise ValueError(
                "应为" + "或".join(f"{text}（{code}）" for code, text in words.items())
            )
        return known[text]

    return read


def _enterprise(door: _Door, name: str, value: object) -> str:
    text = _text(door, name, value)
    if enterprise_known(door.ws, text) is False:
        raise ValueError(f"企业图层中没有编号“{text}”")
    return text


def _degrees(most: float) -> Callable[[_Door, str, object], float]:
    def read(door: _Door, name: str, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise ValueError("应为度数")
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not abs(number) <= most:
            raise ValueError(f"应为 −{most:g} 到 {most:g} 之间的度数")
        return number

    return read


def _check_point(checked: Checked, ground: Ground) -> None:
    """Refuse half a point and a point outside the district; without a town, take the point's."""
    values, faults = checked.values, checked.faults
    if "lon" in faults or "lat" in faults:
        return
    lon, lat = values.get("lon"), values.get("lat")
    if lon is None and lat is None:
        return
    if lon is None or lat is None:
        faults["lon" if lon is None else "lat"] = "经度和纬度要一起填"
        return
    town = ground.town_at(lon, lat)
    if town is None:
        far = ground.metres_outside(lon, lat)
        shown = f"{far:.0f} 米" if far < 1000 else f"{far / 1000:.1f} 公里"
        faults["lon"] = f"位置在本区之外约 {shown}，请在地图上重新选点"
    elif values.get("town") is None and "town" not in faults:
        checked.town_at_point = town


_READERS: Mapping[str, Callable[[_Door, str, object], Any]] = {
    **dict.fromkeys(TEXT_LENGTHS, _text),
    "description": _description,
    "town": _town,
    "domain": _domain,
    "grade": _choice(GRADE_ZH),
    "term": _choice(TERM_ZH),
    "enterprise_id": _enterprise,
    "found_at": _moment,
    "deadline": _day,
    "listed_until": _day,
    "extension_until": _day,
    "lon": _degrees(180),
    "lat": _degrees(90),
}
