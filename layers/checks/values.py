"""Texts turned into typed values, whole columns at a time, and which texts would not turn."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.contracts.model import Column, words
from layers.contracts.vocabulary import BOOL
from layers.names import clean, name_key

Mask = NDArray[np.bool_]

MISSING = frozenset(
    words("- -- --- — —— / \\ null none nan n/a #n/a <na> 未知 不详 暂无 待补充 未填 缺失")
) | {""}
"""Texts that say that a value is not known, in lower case."""

_UNIT_WORDS = {
    "t": r"(?:t|吨)",
    "persons": r"(?:人|名|persons?)",
    "m2": r"(?:m2|m\^2|平方米|平米|平方)",
    "CNY": r"(?:元|圆|cny)",
}

# Units in a header's brackets -> factor to the unit stored.
UNIT_FACTORS: dict[str, dict[str, float]] = {
    "t": {"t": 1, "吨": 1, "kg": 1e-3, "千克": 1e-3, "公斤": 1e-3, "万吨": 1e4, "g": 1e-6},
    "persons": {"人": 1, "万人": 1e4, "千人": 1e3, "名": 1},
    "m2": {
        "m2": 1, "平方米": 1, "平米": 1, "万平方米": 1e4, "万m2": 1e4, "公顷": 1e4, "hm2": 1e4,
        "ha": 1e4, "亩": 2000 / 3, "km2": 1e6, "平方公里": 1e6, "平方千米": 1e6,
    },
    "CNY": {"元": 1, "万元": 1e4, "亿元": 1e8},
}  # fmt: skip


@dataclass(frozen=True)
class Parsed:
    """A column's typed values, shape (n,).

    `bad` marks texts that are no value of the column's kind (their value is missing), `mended`
    texts that needed mending (full-width digits, thousands marks, a unit).
    """

    typed: pd.Series
    bad: Mask
    mended: Mask
    expected: str


def known_texts(texts: pd.Series) -> pd.Series:
    """Return texts (n,) with every spelling of "not known" as missing."""
    return texts.where(~texts.str.strip().str.lower().isin(MISSING))


def _by_distinct(texts: pd.Series, turn: Callable[[str], str | None]) -> pd.Series:
    """Return `turn` of every text, worked out once for each distinct one."""
    table = {text: turn(text) for text in texts.dropna().unique()}
    return texts.map(table)


def parse_float(texts: pd.Series, column: Column) -> Parsed:
    """Return numbers: ASCII at once; the rest by NFKC, without thousands marks and unit."""
    values = pd.to_numeric(texts, errors="coerce").astype("float64")
    rest = texts.notna() & values.isna()
    mended = np.zeros(len(texts), dtype=bool)
    if rest.any():
        plain = _by_distinct(texts[rest], clean).astype("str").str.casefold()
        if column.unit == "degrees":
            plain = _by_distinct(plain, _decimal_degrees).astype("str")
        plain = plain.str.replace(" ", "")
        unit = _UNIT_WORDS.get(column.unit)
        if unit:
            plain = plain.str.replace(rf"{unit}$", "", regex=True)
        grouped = plain.str.fullmatch(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?").to_numpy(dtype=bool)
        plain = plain.where(~grouped, plain.str.replace(",", ""))
        again = pd.to_numeric(plain, errors="coerce").astype("float64")
        values = values.where(~rest, again.reindex(values.index))
        mended = (rest & values.notna()).to_numpy(dtype=bool)
    endless = np.isinf(values.to_numpy())
    values = values.mask(endless)
    bad = (texts.notna() & values.isna()).to_numpy(dtype=bool)
    return Parsed(values, bad, mended & ~bad, _expected_number(column))


def _expected_number(column: Column) -> str:
    if column.unit == "degrees":
        return "应为数字（度），如 121.2634 或 121°15′48″"
    unit = f"（{column.unit_zh}）" if column.unit else ""
    return f"应为数字{unit}"


_ANGLE = re.compile(
    r"(?P<before>[nesw]|东经|西经|北纬|南纬)?(?P<sign>[+-]?)(?P<d>\d+(?:\.\d+)?)[°度]?"
    r"(?:(?P<m>\d+(?:\.\d+)?)['′’分](?:(?P<s>\d+(?:\.\d+)?)(?:\"|″|”|''|′′|秒)?)?)?"
    r"(?P<after>[nesw])?"
)


def _decimal_degrees(text: str) -> str:
    """Return an angle as decimal degrees; the text itself when it is none.

    Whole degrees ("东经120度") are no position: they leave 100 km open.

    >>> _decimal_degrees("121°15′36″"), _decimal_degrees("33.5s")
    ('121.26', '-33.5')
    """
    found = _ANGLE.fullmatch(text.replace(" ", ""))
    if found is None or max(float(found["m"] or 0), float(found["s"] or 0)) >= 60:
        return text
    if found["m"] is None and "." not in found["d"]:
        return text
    degrees = float(found["d"]) + float(found["m"] or 0) / 60 + float(found["s"] or 0) / 3600
    side = found["after"] or found["before"] or ""
    negative = (found["sign"] == "-") != (side in ("s", "w", "西经", "南纬"))
    return repr(-degrees if negative else degrees)


def parse_int(texts: pd.Series, column: Column) -> Parsed:
    """Return whole numbers as nullable integers."""
    numbers = parse_float(texts, column)
    whole = numbers.typed.isna() | (numbers.typed == np.floor(numbers.typed))
    kept = numbers.typed.where(whole & (numbers.typed.abs() < 2**53))
    bad = (texts.notna() & kept.isna()).to_numpy(dtype=bool)
    return Parsed(kept.astype("Int64"), bad, numbers.mended & ~bad, "应为整数")


def parse_str(texts: pd.Series, column: Column) -> Parsed:
    """Return trimmed texts, or the canonical value of each spelling where values are declared."""
    none = np.zeros(len(texts), dtype=bool)
    if column.many:
        return _parse_many(texts, column)
    if column.allowed is None:
        return Parsed(texts, none, none, "")
    table = _spellings(column)
    values = _by_distinct(texts, lambda text: table.get(name_key(text))).astype("str")
    bad = (texts.notna() & values.isna()).to_numpy(dtype=bool)
    return Parsed(values, bad, none, _expected_values(column))


def _spellings(column: Column) -> dict[str, str]:
    allowed = column.allowed or {}
    table = {name_key(word): value for value, spelt in allowed.items() for word in spelt}
    return table | {name_key(value): value for value in allowed}


def _expected_values(column: Column) -> str:
    allowed = column.allowed or {}
    listed = "、".join(
        f"{value}（{words[0]}）" if words else value for value, words in allowed.items()
    )
    return f"应为：{listed}"


def _parse_many(texts: pd.Series, column: Column) -> Parsed:
    table = _spellings(column)

    def turn(text: str) -> str | None:
        cells = clean(text).translate({ord(mark): ";" for mark in ",、/|，；+\n"}).split(";")
        parts = [cell.strip() for cell in cells if cell.strip()]
        if parts == ["无"] or not parts:
            return ""
        if column.allowed is None:
            return ";".join(dict.fromkeys(parts))
        found = [table.get(name_key(part)) for part in parts]
        known = [value for value in found if value is not None]
        return ";".join(dict.fromkeys(known)) if len(known) == len(found) else None

    values = _by_distinct(texts, turn).astype("str")
    bad = (texts.notna() & values.isna()).to_numpy(dtype=bool)
    return Parsed(values, bad, np.zeros(len(texts), dtype=bool), _expected_values(column))


def parse_bool(texts: pd.Series, column: Column) -> Parsed:
    """Return true, false or missing (dtype ``boolean``)."""
    table = {name_key(word): value for value, spelt in BOOL.items() for word in (value, *spelt)}
    found = _by_distinct(texts, lambda text: table.get(name_key(text)))
    values = found.map({"true": True, "false": False}).astype("boolean")
    bad = (texts.notna() & values.isna()).to_numpy(dtype=bool)
    return Parsed(values, bad, np.zeros(len(texts), dtype=bool), "应为 是 或 否")


_DATE = (
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?"
    r"(?:[t\s]*(\d{1,2})\s*[:时点]\s*(?:(\d{1,2})\s*分?)?(?::?\s*(\d{1,2})(?:\.\d+)?秒?)?)?"
    r"\s*(z|[+-]\d{2}:?\d{2})?"
)
_PACKED = r"(\d{4})(\d{2})(\d{2})(?:[t\s]?(\d{2})(\d{2})(\d{2})?)?(z|[+-]\d{2}:?\d{2})?"


def _clock(texts: pd.Series, timezone: str) -> pd.Series:
    """Return distinct texts as times with zone; those without offset hold in `timezone`."""
    plain = texts.map(clean, na_action="ignore").astype("str").str.casefold()
    parts = plain.str.extract(f"^{_DATE}$")
    packed = plain.str.extract(f"^{_PACKED}$")
    parts = parts.where(parts[0].notna(), packed)
    hms = parts[[3, 4, 5]].fillna("0").astype("str")
    stamp = parts[0] + "-" + parts[1].str.zfill(2) + "-" + parts[2].str.zfill(2) + " "
    stamp += hms[3].str.zfill(2) + ":" + hms[4].str.zfill(2) + ":" + hms[5].str.zfill(2)
    local = pd.to_datetime(stamp, format="%Y-%m-%d %H:%M:%S", errors="coerce")
    offset = parts[6].str.replace(":", "").str.replace("z", "+0000")
    minutes = pd.to_numeric(offset.str[1:3]) * 60 + pd.to_numeric(offset.str[3:5])
    shift = pd.to_timedelta(minutes.where(offset.str[0] != "-", -minutes), unit="m")
    utc = (local - shift).dt.tz_localize("UTC").dt.tz_convert(ZoneInfo(timezone))
    here = local.dt.tz_localize(ZoneInfo(timezone), ambiguous="NaT", nonexistent="NaT")
    return here.where(offset.isna(), utc)


_SERIAL = r"[2-7]\d{4}(?:\.\d+)?"


def _from_serial(texts: pd.Series, timezone: str) -> pd.Series:
    """Return days that a spreadsheet counted from 1899-12-30 (20000–79999: 1954–2119)."""
    seconds = (pd.to_numeric(texts) * 86400).round()
    times = pd.Timestamp("1899-12-30") + pd.to_timedelta(seconds, unit="s")
    return times.dt.tz_localize(ZoneInfo(timezone), ambiguous="NaT", nonexistent="NaT")


def parse_datetime(texts: pd.Series, timezone: str) -> Parsed:
    """Return times with zone (dtype ``datetime64[us, timezone]``)."""
    distinct = pd.Series(texts.dropna().unique(), dtype="str")
    times = _clock(distinct, timezone)
    serial = distinct.str.fullmatch(_SERIAL).to_numpy(dtype=bool)
    times = times.where(~serial, _from_serial(distinct.where(serial), timezone))
    times.index = pd.Index(distinct)
    found = pd.Series(times.reindex(pd.Index(texts)).array, index=texts.index)
    values = found.astype(pd.DatetimeTZDtype("us", ZoneInfo(timezone)))
    bad = (texts.notna() & values.isna()).to_numpy(dtype=bool)
    mended = texts.isin(set(distinct[serial])).to_numpy(dtype=bool) & ~bad
    return Parsed(values, bad, mended, "应为时间，如 2026-06-30 08:30")


def parse_date(texts: pd.Series, timezone: str) -> Parsed:
    """Return days (dtype ``datetime64[us]`` at midnight, no zone)."""
    times = parse_datetime(texts, timezone)
    days = times.typed.dt.tz_localize(None).dt.normalize()
    return Parsed(days, times.bad, times.mended, "应为日期，如 2026-06-30")


def parse_code(texts: pd.Series, *, community: bool) -> Parsed:
    """Return division codes: towns 9 digits (Taiwan 8), communities 12 (Taiwan 11).

    Twelve digits that end in 000 are a town and cut to 9; a dash before the village number and
    a trailing ``.0`` (a code that went through a spreadsheet as a number) are dropped.
    """

    def turn(text: str) -> str | None:
        code = clean(text).replace(" ", "").replace("-", "").removesuffix(".0")
        if not (code.isascii() and code.isdigit()):
            return None
        if community:
            return code if len(code) in (11, 12) else None
        if len(code) == 12 and code.endswith("000"):
            return code[:9]
        return code if len(code) in (8, 9) else None

    values = _by_distinct(texts, turn).astype("str")
    bad = (texts.notna() & values.isna()).to_numpy(dtype=bool)
    wanted = (
        "12 位村社代码（台湾 11 位）"
        if community
        else "9 位镇街代码（或 12 位以 000 结尾；台湾 8 位）"
    )
    return Parsed(values, bad, np.zeros(len(texts), dtype=bool), f"应为{wanted}")


def parse(texts: pd.Series, column: Column, timezone: str) -> Parsed:
    """Return a column's texts as values of its declared kind."""
    known = known_texts(texts)
    if column.dtype in ("town_code", "community_code"):
        return parse_code(known, community=column.dtype == "community_code")
    if column.dtype in ("date", "datetime"):
        return (parse_date if column.dtype == "date" else parse_datetime)(known, timezone)
    by_kind: dict[str, Callable[[pd.Series, Column], Parsed]] = {
        "str": parse_str,
        "float": parse_float,
        "int": parse_int,
        "bool": parse_bool,
    }
    return by_kind[column.dtype](known, column)
