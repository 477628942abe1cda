"""What must hold between the columns of a record, and their words in the project's own form."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.checks.findings import Finding, find
from layers.contracts.model import words
from layers.names import clean, name_key, nearest
from riskmap.ledger.states import STATE_ZH
from riskmap.ledger.versions import is_state_word
from riskmap.records.late_deaths import late_deaths, late_deaths_text

Mask = NDArray[np.bool_]

EVERYWHERE = "全区"
_EVERYWHERE_WORDS = frozenset({"全区", "全县", "全市", "全部", "所有", "all"})

RATES = frozenset(
    words(
        "A1.1 A1.2 A2.1 A2.2 A2.4 A3.1 A3.2 A3.3 A4.2 A5.1 A5.2 A6.1 A6.2 A6.3 A7.1 A7.2 A7.3 "
        "A8.1 A8.2 A8.3 patrol online"
    )
)
"""Indicators stored as a share 0–1 (DOMAIN §11.3, unit % and at most 100 %)."""

_INDICATOR_WORDS = {
    "index": ("指数", "综合指数", "周指数", "管控力指数", "安全生产管控力指数"),
    "A7.1": ("在线率", "感知设备在线率"),
    "patrol": ("巡查完成率", "巡查率", "巡查"),
}
_WEEK = re.compile(r"(\d{4})\s*(?:-?\s*w|年\s*第?)\s*(\d{1,2})\s*周?", re.IGNORECASE)
_NUMBER = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*([%分]?)")
_INDICATOR = re.compile(r"A\d\.\d+|index|patrol|online")
_HAPPENED = ("found_at", "occurred_at", "raised_at", "inspected_at", "committed_at")
_DONE = ("exposed_at", "assigned_at", "listed_at", "rectified_at", "rechecked_at", "closed_at")
"""Steps of a hidden danger: facts too, once a file says that they were taken."""
_END_OF_DAY = pd.Timedelta(hours=23, minutes=59, seconds=59)
OF_THE_SCHEME = ("hidden_dangers", "accidents")
"""Kinds whose domain must be one of the scheme: it leads them to a sector of the score."""
_EARLIEST_ZONE = pd.Timedelta(hours=14)
_BEFORE_ITS_MONDAY = pd.Timedelta(days=7)
_EARLIEST = pd.Timestamp("2000-01-01")
_MAY_BE_OLDER = ("in_service_from", "in_service_until")
_CLOSED_STATES = ("销号", "闭环", "已整改", "完成", "办结")


_STATES = "、".join(
    (*STATE_ZH.values(), "整改中", "未整改", "待复查", "未销号", "已闭环", "已办结")
)


@dataclass(frozen=True)
class Towns:
    """The towns in use: key of a code or name -> 9-digit code, and their names."""

    codes: Mapping[str, str]
    names: tuple[str, ...]

    @classmethod
    def of(cls, codes: Sequence[str], names: Sequence[str]) -> "Towns":
        """Return the towns of a towns layer."""
        known = {name_key(name): code for name, code in zip(names, codes, strict=True)}
        known |= {code: code for code in codes} | {f"{code}000": code for code in codes}
        return cls(known, tuple(names))

    def code(self, text: str) -> str | None:
        """Return the code of a town given by name or code, None when there is none."""
        return self.codes.get(name_key(text).removesuffix(".0"))


@dataclass(frozen=True)
class Draft:
    """Rows being checked: typed columns (k rows), their labels and texts as given, findings.

    `may_wait` lets a decision pass that still waits for its second person (and does not count).
    `domains` are those of the scheme (none: not checked).
    """

    table: pd.DataFrame
    labels: Mapping[str, str]
    texts: Mapping[str, "pd.Series[str]"]
    findings: tuple[Finding, ...] = ()
    may_wait: bool = False
    domains: Collection[str] = ()

    def note(self, bad: Mask, column: str, expected: str, *, severity: str = "reject") -> "Draft":
        """Return the draft with one more finding on the rows where `bad` (k,) is true."""
        values = self.texts.get(column, self.table[column]).astype("object").to_numpy()
        kind = "note" if severity == "note" else "reject"
        found = find(bad, self.labels.get(column, column), values, expected, kind)  # type: ignore[arg-type]  # narrowed above
        return replace(self, findings=(*self.findings, *found))


def check_record(kind: str, draft: Draft, towns: Towns, now: datetime) -> Draft:
    """Check what must hold in a record beyond its contract, and bring words to their form.

    Parameters
    ----------
    draft
        Typed rows as `layers.checks.table.check_table` gives them.
    towns
        The towns in use, to turn names into codes.
    now
        Facts cannot have happened after this moment.
    """
    draft = _resolve_towns(draft, towns)
    for column in _HAPPENED:
        if column in draft.table:
            late = _true(draft.table[column] > pd.Timestamp(now))
            draft = draft.note(late, column, "晚于现在，尚未发生的事不能入库")
    draft = _not_too_early(_in_scheme(draft))
    draft = _not_ahead(draft, now)
    return _CHECKS[kind](_not_begun(draft, now))


def _in_scheme(draft: Draft) -> Draft:
    """Reject domains that the scheme does not have: they would count to no sector."""
    if not draft.domains or "domain" not in draft.table:
        return draft
    given = draft.table["domain"]
    strange = _true(given.notna() & ~given.isin(list(draft.domains)))
    return draft.note(strange, "domain", f"评分方案没有这个领域，可用：{'、'.join(draft.domains)}")


def _not_ahead(draft: Draft, now: datetime) -> Draft:
    """Reject steps of a danger and late deaths that have not happened yet.

    An end given as a day holds to the end of that day, and that day may be today.
    """
    table = draft.table
    for column in [name for name in _DONE if "found_at" in table and name in table]:
        start = table[column].where(
            table[column] - table[column].dt.normalize() != _END_OF_DAY,
            table[column].dt.normalize(),
        )
        draft = draft.note(
            _true(start > pd.Timestamp(now)), column, "晚于现在，尚未发生的事不能入库"
        )
    if "late_deaths" in table and table["late_deaths"].notna().any():
        today = pd.Timestamp(now).tz_convert(table["occurred_at"].dt.tz).date()
        late = table["late_deaths"].map(
            lambda text: any(day > today for day, _ in late_deaths(str(text)) or ()),
            na_action="ignore",
        )
        draft = draft.note(_true(late), "late_deaths", f"死亡日期晚于今天（{today}），请核对")
    return draft


def _not_too_early(draft: Draft) -> Draft:
    """Reject moments and dates before 2000: a slip of the pen; a device may be older."""
    for column in draft.table.columns.difference(list(_MAY_BE_OLDER)):
        values = draft.table[column]
        if values.dtype.kind == "M":
            zone = getattr(values.dt, "tz", None)
            early = _true(values < _EARLIEST.tz_localize(zone))
            draft = draft.note(early, column, "早于 2000 年，请核对年份")
    return draft


def _not_begun(draft: Draft, now: datetime) -> Draft:
    """Reject weekly indicators of a week that cannot have begun.

    A week runs from the cut-off before; holidays move that back, also before its Monday.
    """
    if "week" not in draft.table:
        return draft
    today = (pd.Timestamp(now) + _EARLIEST_ZONE + _BEFORE_ITS_MONDAY).date()
    late = {
        text: week is not None and date.fromisocalendar(int(week[:4]), int(week[6:]), 1) > today
        for text in draft.table["week"].dropna().unique()
        for week in [_week(str(text))]
    }
    return draft.note(_true(draft.table["week"].map(late)), "week", "晚于现在，这一周还没有开始")


def in_order(draft: Draft, before: str, after: str, expected: str) -> Draft:
    """Reject rows in which the later moment lies before the earlier one."""
    return draft.note(_true(draft.table[after] < draft.table[before]), after, expected)


def _true(values: "pd.Series[bool]") -> Mask:
    return np.asarray(values.fillna(False).to_numpy(dtype=bool))


def _resolve_towns(draft: Draft, towns: Towns) -> Draft:
    """Turn town names into codes; the nearest names are offered where there is none."""
    table = draft.table.copy()
    if "town" in table:
        distinct = {text: towns.code(str(text)) for text in table["town"].dropna().unique()}
        unknown = {text for text, code in distinct.items() if code is None}
        for text in sorted(unknown):
            draft = draft.note(_true(table["town"] == text), "town", _no_town(str(text), towns))
        table["town"] = table["town"].map(distinct).astype("str")
    if "towns" in table:
        lists = {text: _town_list(str(text), towns) for text in table["towns"].dropna().unique()}
        for text, (_, missing) in lists.items():
            if missing:
                hint = "；".join(_no_town(word, towns) for word in missing)
                draft = draft.note(_true(table["towns"] == text), "towns", hint)
        codes = table["towns"].map({text: codes for text, (codes, _) in lists.items()})
        table["towns"] = codes.astype("object").fillna(EVERYWHERE).astype("str")
    return replace(draft, table=table)


def _town_list(text: str, towns: Towns) -> tuple[str, list[str]]:
    words = [word for word in text.split(";") if word]
    if any(word in _EVERYWHERE_WORDS for word in words) or not words:
        return EVERYWHERE, []
    codes = [towns.code(word) for word in words]
    missing = [word for word, code in zip(words, codes, strict=True) if code is None]
    return ";".join(dict.fromkeys(code for code in codes if code is not None)), missing


def _no_town(text: str, towns: Towns) -> str:
    near = nearest(text, towns.names)
    hint = f"，相近的有：{'、'.join(near)}" if near else ""
    return f"镇街图层中没有“{text}”{hint}"


def _hidden_dangers(draft: Draft) -> Draft:
    draft = in_order(draft, "found_at", "closed_at", "销号时间早于发现时间")
    draft = in_order(draft, "found_at", "listed_at", "挂牌时间早于发现时间")
    table = draft.table.copy()
    found_day = table["found_at"].dt.tz_localize(None).dt.normalize()
    draft = draft.note(_true(table["deadline"] < found_day), "deadline", "整改期限早于发现日期")
    said = table["state"].dropna().unique()
    strange = table["state"].isin([text for text in said if not is_state_word(str(text))])
    draft = draft.note(_true(strange), "state", f"不认识的状态，可用：{_STATES}")
    if "description" in draft.texts:
        silent = _true(table["description"].isna())
        draft = draft.note(
            silent, "description", "没有隐患描述，看不出是什么隐患，请补", severity="note"
        )
    says_closed = table["state"].astype("str").str.contains("|".join(_CLOSED_STATES), na=False)
    open_words = table["state"].astype("str").str.contains("未|待", na=False)
    undated = _true(says_closed & ~open_words & table["closed_at"].isna())
    draft = draft.note(
        undated, "state", "状态为已销号而没有销号时间，按未销号计算，请补销号时间", severity="note"
    )
    nowhere = _true((table["lon"] == 0) & (table["lat"] == 0))
    draft = draft.note(nowhere, "lon", "坐标为 0、0，按没有坐标处理", severity="note")
    table.loc[nowhere, ["lon", "lat"]] = np.nan
    return replace(draft, table=table)


def _accidents(draft: Draft) -> Draft:
    kind = draft.table["kind"].fillna("accident")
    said = draft.table["late_deaths"].dropna().unique()
    written = {text: late_deaths_text(str(text)) for text in said}
    strange = draft.table["late_deaths"].isin([k for k, v in written.items() if v is None])
    draft = draft.note(
        _true(strange), "late_deaths", "应为“日期:人数”，用分号隔开，例如 2026-07-01:1"
    )
    late = draft.table["late_deaths"].map(written).astype("str")
    return replace(draft, table=draft.table.assign(kind=kind, late_deaths=late))


def _inspections(draft: Draft) -> Draft:
    for column in ("filed_at", "published_at"):
        draft = in_order(draft, "inspected_at", column, "早于检查时间")
    return draft


def _commitments(draft: Draft) -> Draft:
    return draft


def _devices(draft: Draft) -> Draft:
    table = draft.table
    above = _true(table["clear_at"] > table["raise_at"])
    draft = draft.note(above, "clear_at", "消警值高于报警值，不会消警")
    return in_order(draft, "in_service_from", "in_service_until", "停用日期早于启用日期")


def _responses(draft: Draft) -> Draft:
    draft = in_order(draft, "started_at", "ended_at", "结束时间早于启动时间")
    return replace(draft, table=draft.table.assign(level=draft.table["level"].astype("Int64")))


def _special_periods(draft: Draft) -> Draft:
    draft = in_order(draft, "starts_at", "ends_at", "结束时间早于开始时间")
    odd = ~draft.table["severity"].isin([0, 0.3, 0.6, 1]).to_numpy(dtype=bool)
    return draft.note(odd, "severity", "应为 0、0.3、0.6 或 1")


def _alarms(draft: Draft) -> Draft:
    for column in ("acknowledged_at", "cleared_at", "handled_at"):
        draft = in_order(draft, "raised_at", column, "早于报警时间")
    return draft


def _overrides(draft: Draft) -> Draft:
    first = draft.table["decided_by"].astype("str").str.strip()
    second = draft.table["second_person"].astype("str").str.strip()
    down = draft.table["direction"] == "down"
    waits = draft.table["second_person"].isna() | (second == "")
    alone = (second == first) if draft.may_wait else (second == first) | waits
    return draft.note(_true(down) & _true(alone), "second_person", "下调须由两个不同的人决定")


def _indicators(draft: Draft) -> Draft:
    table = draft.table.copy()
    weeks = {text: _week(str(text)) for text in table["week"].unique()}
    found = table["week"].map(weeks)
    draft = draft.note(_true(found.isna()), "week", "应为 ISO 周，例如 2026-W26")
    known = {name_key(word): code for code, many in _INDICATOR_WORDS.items() for word in many}
    codes = {
        text: known.get(name_key(str(text)), clean(str(text)))
        for text in table["indicator"].unique()
    }
    codes = {
        text: code.upper() if re.fullmatch(r"a\d\.\d", code) else code
        for text, code in codes.items()
    }
    indicator = table["indicator"].map(codes).astype("str")
    rate = indicator.isin(RATES).to_numpy(dtype=bool)
    given = table["value"].notna().to_numpy(dtype=bool)
    value = _numbers(table["value"], rate)
    over = table["denominator"].where(table["denominator"] > 0)
    value = np.where(given, value, (table["numerator"] / over).to_numpy(dtype="float64"))
    draft = draft.note(given & np.isnan(value), "value", "应为数字或百分数，例如 0.85、85、85%")
    outside = rate & ((value < 0) | (value > 1))
    draft = draft.note(outside, "value", "率应在 0–1（或 0–100%）之间")
    index = (indicator == "index").to_numpy(dtype=bool)
    draft = draft.note(index & ((value < 0) | (value > 100)), "value", "指数应在 0–100 之间")
    tiny = index & (value > 0) & (value <= 1)
    draft = draft.note(
        tiny, "value", "指数满分 100；这个值按不到 1 分计，若是比率请乘以 100", severity="note"
    )
    strange = ~indicator.str.fullmatch(_INDICATOR.pattern).to_numpy(dtype=bool)
    draft = draft.note(
        strange, "indicator", "不认识的指标，照原样保存，不参与计算", severity="note"
    )
    nothing = ~given & np.isnan(value)
    draft = draft.note(nothing, "denominator", "没有数值，也算不出比率（分母应大于 0）")
    table = table.assign(week=found, indicator=indicator, value=value)
    return replace(draft, table=table)


def _week(text: str) -> str | None:
    """Return an ISO week in its one form, None when there is no such week.

    >>> _week("2026年第6周")
    '2026-W06'
    """
    match = _WEEK.fullmatch(clean(text))
    if match is None:
        return None
    year, week = int(match[1]), int(match[2])
    try:
        date.fromisocalendar(year, week, 1)
    except ValueError:
        return None
    return f"{year}-W{week:02d}"


def _numbers(texts: "pd.Series[str]", rate: Mask) -> NDArray[np.float64]:
    """Return numbers (k,); a rate given in percent becomes a share.

    A rate is in percent when it carries % or exceeds 1: 85 % and 85 are 0.85, and so is 0.85.
    """
    cleaned = texts.astype("str").map(clean, na_action="ignore").astype("str")
    parts = cleaned.str.extract(f"^{_NUMBER.pattern}$")
    value = pd.to_numeric(parts[0], errors="coerce").to_numpy(dtype="float64")
    percent = (parts[1] == "%").to_numpy(dtype=bool) | (rate & (value > 1))
    return np.where(percent, value / 100, value)


_CHECKS: Mapping[str, Callable[[Draft], Draft]] = {
    "hidden_dangers": _hidden_dangers,
    "accidents": _accidents,
    "inspections": _inspections,
    "commitments": _commitments,
    "devices": _devices,
    "responses": _responses,
    "special_periods": _special_periods,
    "alarms": _alarms,
    "overrides": _overrides,
    "indicators": _indicators,
}
