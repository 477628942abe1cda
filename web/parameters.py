"""Query and path parameters of the API: parsed once, refused with the mend in one sentence."""

import base64
import binascii
import hashlib
import json
import math
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import Path, Query

from riskmap.errors import RiskmapError
from riskmap.weekly import moments as weeks_moments
from web.errors import ParameterError

LIMIT_DEFAULT = 1000
LIMIT_MAX = 10_000

DateText = Annotated[
    str,
    Path(
        description="日期，ISO 8601：YYYY-MM-DD",
        examples=["2026-06-30"],
        json_schema_extra={"format": "date"},
    ),
]
DateQuery = Annotated[
    str | None,
    Query(
        description="日期，ISO 8601：YYYY-MM-DD；默认最近一天",
        examples=["2026-06-30"],
        json_schema_extra={"format": "date"},
    ),
]
WeekText = Annotated[
    str,
    Path(
        description="ISO 周：YYYY-Www",
        examples=["2026-W26"],
        json_schema_extra={"pattern": r"^\d{4}-W\d{2}$"},
    ),
]
RevisionQuery = Annotated[
    int | None, Query(ge=1, le=1_000_000, description="第几版；默认已发布的，否则最新的")
]
CodeText = Annotated[
    str, Path(description="镇街代码，9 位（12 位以 000 结尾的也可）", examples=["339901001"])
]
Limit = Annotated[int, Query(ge=1, le=LIMIT_MAX, description="每页要素个数，最多 10,000")]
BboxText = Annotated[
    str | None,
    Query(
        description="范围：西,南,东,北（经纬度，度）",
        examples=["121.0,28.4,121.4,28.8"],
        max_length=200,
    ),
]
CursorText = Annotated[
    str | None, Query(description="上一页 links 中 next 给出的游标，原样带回", max_length=400)
]


@dataclass(frozen=True)
class Bbox:
    """A rectangle in degrees of longitude and latitude, borders included."""

    west: float
    south: float
    east: float
    north: float

    @property
    def text(self) -> str:
        """Return the rectangle as it is written in a query."""
        return ",".join(f"{side:.10g}" for side in (self.west, self.south, self.east, self.north))


@dataclass(frozen=True)
class Cursor:
    """Where a reading stands: the immutable snapshot, the rectangle, and the rows passed."""

    digest: str
    query: str
    offset: int


def parse_date(text: str) -> date:
    """Return a date written YYYY-MM-DD.

    Raises
    ------
    ParameterError
        When it is written otherwise or no such day exists.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise ParameterError("日期写法不对", text[:40], "请写成 YYYY-MM-DD，例如 2026-06-30")
    return day


def parse_week(text: str) -> str:
    """Return an ISO week written YYYY-Www.

    Raises
    ------
    ParameterError
        When it is written otherwise or the year has no such week.
    """
    try:
        week = weeks_moments.parse_week(text)
    except RiskmapError:
        week = ""
    if week != text:
        raise ParameterError("周次写法不对", text[:40], "请写成 YYYY-Www，例如 2026-W26")
    return week


def parse_town(text: str) -> str:
    """Return a town code: 9 digits (8 in Taiwan); 12 digits ending in 000 are cut to 9.

    Raises
    ------
    ParameterError
        When it is not such a code.
    """
    code = text[:9] if len(text) == 12 and text.endswith("000") else text
    if len(code) not in (8, 9) or not (code.isascii() and code.isdigit()):
        raise ParameterError("镇街代码不对", text[:40], "应为 9 位数字，或 12 位且以 000 结尾")
    return code


def parse_bbox(text: str | None) -> Bbox | None:
    """Return the rectangle ``west,south,east,north`` in degrees, or None when none was given.

    Raises
    ------
    ParameterError
        When there are not four finite numbers, in order and within the globe.
    """
    if text is None:
        return None
    mend = "请写成 西,南,东,北 四个度数，例如 121.0,28.4,121.4,28.8"
    try:
        sides = [float(part) for part in text.split(",")]
    except ValueError:
        raise ParameterError("范围 bbox 不是数字", text[:80], mend) from None
    if len(sides) != 4 or not all(math.isfinite(side) for side in sides):
        raise ParameterError("范围 bbox 应为四个有限的数", text[:80], mend)
    west, south, east, north = sides
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise ParameterError("范围 bbox 的顺序或大小不对", text[:80], mend)
    return Bbox(west, south, east, north)


def write_cursor(cursor: Cursor) -> str:
    """Return a cursor as opaque text that is safe in a URL and carries its own check."""
    body = json.dumps([cursor.digest, cursor.query, cursor.offset], separators=(",", ":"))
    packed = f"{_check(body)}{body}".encode()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def read_cursor(text: str, query: str) -> Cursor:
    """Return the cursor that `write_cursor` wrote for the same query.

    Raises
    ------
    ParameterError
        When the text is damaged, or was given out for another layer or rectangle.
    """
    mend = "请从不带 cursor 的第一页重新开始"
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        check, body = packed[:8].decode(), packed[8:].decode()
    except (binascii.Error, UnicodeError, ValueError):
        raise ParameterError("游标 cursor 无法识别", text[:40], mend) from None
    if check != _check(body):
        raise ParameterError("游标 cursor 无法识别", text[:40], mend)
    cursor = Cursor(*json.loads(body))
    if cursor.query != query:
        raise ParameterError("游标 cursor 属于另一个图层或范围", text[:40], mend)
    return cursor


def _check(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:8]
