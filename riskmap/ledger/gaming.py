"""Signs that numbers were made instead of dangers removed; shown to the office, counted by town.

Four signs: many closed in the last hour before the weekly cut-off; the same photo used twice
(perceptual hash); closed, or void after it was assigned, and found again at the same place within
30 days; closed in time by a closing that was entered after the deadline. A sign is a reason to
look, not a finding: each names the dangers it was seen on.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from layers.ellipsoid import Floats
from riskmap.errors import RiskmapError
from riskmap.ledger.closings import Closing, closings, reopenings, reported, voidings
from riskmap.ledger.likeness import likenesses, pairs_alike
from riskmap.ledger.same_place import metres_apart, metres_between
from riskmap.ledger.workdays import calendar_of
from riskmap.records.dangers import VOID, due_dates, not_void
from riskmap.records.frames import MOMENT, plain_rows
from riskmap.records.reading import read_records
from riskmap.schemes import scheme_in_use
from riskmap.workspace import Workspace
from scoring.schemes.parts import Gaming, Week
from scoring.schemes.scheme import Scheme

KIND = "hidden_dangers"
_PLACE = ["key", "domain", "enterprise_id", "lon", "lat"]
_WORDS = ["town", "description"]
_DUE = ["found_at", "deadline", "listed_until", "term"]
_WEEK = re.compile(r"([12][0-9]{3})-W([0-9]{2})")


class SignKind(StrEnum):
    """What was seen."""

    LAST_HOUR = "last_hour"
    SAME_PHOTO = "same_photo"
    FOUND_AGAIN = "found_again"
    LATE_ENTRY = "late_entry"


SIGN_ZH: Mapping[SignKind, str] = {
    SignKind.LAST_HOUR: "截止前一小时集中销号",
    SignKind.SAME_PHOTO: "同一张照片重复使用",
    SignKind.FOUND_AGAIN: "销号或作废后再次发现",
    SignKind.LATE_ENTRY: "事后补登",
}


def rules_in_use(ws: Workspace) -> tuple[Week, Gaming]:
    """Return the cut-off of the week and the thresholds of the scheme in use.

    Raises
    ------
    RiskmapError
        The scheme is older than these tables.
    """
    scheme = scheme_in_use(ws)
    if scheme.week is None or scheme.gaming is None:
        raise RiskmapError(
            "评分方案没有 [week] 和 [gaming]",
            scheme.version,
            "从新版默认方案抄入这两张表，经安委办批准后启用",
        )
    return scheme.week, scheme.gaming


@dataclass(frozen=True)
class Window:
    """A time between two cut-offs: after `start`, up to and with `end`."""

    start: datetime
    end: datetime

    def holds(self, moment: datetime) -> bool:
        """Tell whether a moment lies in the window."""
        return self.start < moment <= self.end


@dataclass(frozen=True)
class Sign:
    """One sign: its town, the dangers it was seen on, in words and in numbers.

    `facts` are plain JSON values: counts, share, bits, days, metres, photo digests.
    """

    kind: SignKind
    town: str
    numbers: tuple[str, ...]
    text: str
    facts: Mapping[str, Any]


def week_window(ws: Workspace, week: str) -> Window:
    """Return the time between the cut-off of the week before and that of a week ("2026-W24").

    A cut-off on a rest day is that of the last working day before it; a week that a long
    holiday swallows whole is empty, and the next one longer.

    Raises
    ------
    RiskmapError
        There is no such week.
    """
    cutoff, _ = rules_in_use(ws)
    match = _WEEK.fullmatch(week.strip().upper())
    try:
        if match is None:
            raise ValueError(week)
        day = date.fromisocalendar(int(match[1]), int(match[2]), cutoff.cutoff_weekday)
    except ValueError as error:
        raise RiskmapError("没有这一周", week, "写成 2026-W24 的样子") from error
    calendar, zone = calendar_of(ws), ws.settings.zone

    def cut(of: date) -> datetime:
        return datetime.combine(calendar.last_workday(of), cutoff.cutoff_time, zone)

    return Window(cut(day - timedelta(days=7)), cut(day))


def week_of(ws: Workspace, moment: datetime) -> str:
    """Return the week ("2026-W24") whose window holds a moment: after a cut-off, the next one."""
    local = moment.astimezone(ws.settings.zone)
    for days in (0, 7, 14, 21):
        year, week, _ = (local + timedelta(days=days)).isocalendar()
        name = f"{year}-W{week:02d}"
        if moment <= week_window(ws, name).end:
            break
    return name


def signs(
    ws: Workspace,
    window: Window,
    known_until: datetime | None = None,
    scheme: Scheme | None = None,
) -> list[Sign]:
    """Return the signs of a window, ordered by kind, town and number.

    Thresholds and terms are those of the scheme in use unless one is given. A danger that is
    void gives no sign but that it was reported again. Whoever shows them asks
    `riskmap.access.policy` for "gaming.read" first.
    """
    scheme = scheme or scheme_in_use(ws)
    rules = scheme.gaming or rules_in_use(ws)[1]
    known = read_records(ws, KIND, known_until)
    known = known[[*_PLACE, *_WORDS, *_DUE, "closed_at", "state"]]
    table = not_void(known)
    rows = {row["key"]: row for row in plain_rows(KIND, table)}
    closed = closings(ws, rows, known_until)
    found = [
        *_last_hour(closed, rows, window, rules),
        *_same_photo(ws, rows, window, known_until, rules),
        *_found_again(closed, table, rows, window, rules),
        *_reported_again(ws, known, window, known_until, rules),
        *_reopened(reopenings(ws, known_until), closed, rows, window, rules),
        *_entered_late(closed, table, window, scheme, ws.settings.zone),
    ]
    order = list(SignKind)
    return sorted(found, key=lambda sign: (order.index(sign.kind), sign.town, sign.numbers))


def counts_by_town(found: Iterable[Sign]) -> dict[str, dict[str, int]]:
    """Return town → kind → number of signs, for the weekly index."""
    counted: dict[str, dict[str, int]] = {}
    for sign in found:
        town = counted.setdefault(sign.town, {str(kind): 0 for kind in SignKind})
        town[str(sign.kind)] += 1
    return counted


def _last_hour(
    closed: Sequence[Closing],
    rows: Mapping[str, Mapping[str, Any]],
    window: Window,
    rules: Gaming,
) -> list[Sign]:
    """Return one sign per town with many closings just before the cut-off."""
    by_town: dict[str, list[Closing]] = {}
    for closing in closed:
        if window.holds(closing.entered_at):
            by_town.setdefault(rows[closing.key]["town"], []).append(closing)
    begins = window.end - timedelta(minutes=rules.last_minutes)
    found = []
    for town, all_of_week in by_town.items():
        late = [one for one in all_of_week if one.entered_at > begins]
        share = len(late) / len(all_of_week)
        if len(late) >= rules.many or (len(late) >= rules.few and share >= rules.many_share):
            text = f"截止前一小时销号 {len(late)} 条，占本周 {len(all_of_week)} 条的 {share:.0%}"
            facts = {"late": len(late), "week": len(all_of_week), "share": share}
            numbers = tuple(sorted({one.key for one in late}))
            found.append(Sign(SignKind.LAST_HOUR, town, numbers, text, facts))
    return found


def _same_photo(
    ws: Workspace,
    rows: Mapping[str, Mapping[str, Any]],
    window: Window,
    known_until: datetime | None,
    rules: Gaming,
) -> list[Sign]:
    """Return one sign per pair of dangers (or per danger) that share a photo new in the window."""
    uses = [use for use in likenesses(ws, known_until) if use.number in rows]
    found: dict[tuple[str, str], Sign] = {}
    for older, newer, bits in pairs_alike(uses, rules.alike_bits, window.start):
        if not window.holds(newer.learnt_at):
            continue
        pair = (older.number, newer.number)
        if older.number == newer.number:
            text = f"同一隐患的两个环节（{older.title_zh}、{newer.title_zh}）用了同一张照片"
        else:
            text = f"与隐患 {older.number} 用了同一张照片"
        facts = {"bits": bits, "photos": [older.digest, newer.digest]}
        sign = Sign(
            SignKind.SAME_PHOTO,
            rows[newer.number]["town"],
            tuple(dict.fromkeys(pair)),
            text,
            facts,
        )
        known = found.get(pair)
        if known is None or bits < known.facts["bits"]:
            found[pair] = sign
    return list(found.values())


def _found_again(
    closed: Sequence[Closing],
    table: pd.DataFrame,
    rows: Mapping[str, Mapping[str, Any]],
    window: Window,
    rules: Gaming,
) -> list[Sign]:
    """Return one sign per danger found where one of its domain was closed shortly before."""
    limit = timedelta(days=rules.again_days)
    recent = [one for one in closed if window.start - limit < one.closed_at <= window.end]
    before = pd.DataFrame(
        {
            "key": pd.Series([one.key for one in recent], dtype="str"),
            "closed_before": pd.Series([one.closed_at for one in recent], dtype=MOMENT),
        }
    ).merge(table[_PLACE], on="key")
    found = table[(table["found_at"] > window.start) & (table["found_at"] <= window.end)]
    pairs = found.merge(before, on="domain", suffixes=("", "_before"))
    gap = pairs["found_at"] - pairs["closed_before"]
    metres, same = _apart(pairs)
    again = (gap > timedelta(0)) & (gap <= limit) & (same | (metres <= rules.again_m))
    again &= pairs["key"] != pairs["key_before"]
    return [
        _again(rows[earlier], rows[key], days)
        for earlier, key, days in zip(
            pairs.loc[again, "key_before"], pairs.loc[again, "key"], gap[again].dt.days, strict=True
        )
    ]


def _reported_again(
    ws: Workspace,
    known: pd.DataFrame,
    window: Window,
    known_until: datetime | None,
    rules: Gaming,
) -> list[Sign]:
    """Return one sign per danger reported where one had become void after it was assigned.

    What counts is when both were entered, for a found_at may be any day. Without points the
    same words in the same town are the same place.
    """
    limit = timedelta(days=rules.again_days)
    gone = voidings(ws, known_until)
    gone = {key: moment for key, moment in gone.items() if moment > window.start - limit}
    fresh = reported(ws, window.start, known_until) if gone else {}
    fresh = {key: moment for key, moment in fresh.items() if window.holds(moment)}
    before = _with_moments(known[known["state"] == VOID], "void_before", gone)
    found = _with_moments(not_void(known), "reported", fresh)
    pairs = found.merge(before, on="domain", suffixes=("", "_before"))
    gap = pairs["reported"] - pairs["void_before"]
    metres, same = _apart(pairs)
    told = np.isnan(metres) & (pairs["enterprise_id"].isna() | pairs["enterprise_id_before"].isna())
    for name in _WORDS:
        told &= pairs[name] == pairs[f"{name}_before"]
    again = (gap >= timedelta(0)) & (gap <= limit) & (same | told | (metres <= rules.again_m))
    rows = {row["key"]: row for part in (found, before) for row in plain_rows(KIND, part)}
    return [
        _again(rows[earlier], rows[key], days, void=True)
        for earlier, key, days in zip(
            pairs.loc[again, "key_before"], pairs.loc[again, "key"], gap[again].dt.days, strict=True
        )
    ]


def _with_moments(table: pd.DataFrame, name: str, moments: Mapping[str, datetime]) -> pd.DataFrame:
    """Return the rows that have a moment, with it as a column."""
    chosen = table[table["key"].isin(list(moments))]
    own = [moments[key] for key in chosen["key"]]
    return chosen.assign(**{name: pd.Series(own, index=chosen.index, dtype=MOMENT)})


def _apart(pairs: pd.DataFrame) -> "tuple[Floats, pd.Series[bool]]":
    """Return the distances of pairs (k,) [m], NaN where unknown, and where the firm is the same."""
    points = ("lon", "lat", "lon_before", "lat_before")
    metres = metres_between(*(pairs[name].to_numpy(np.float64) for name in points))
    return metres, pairs["enterprise_id"] == pairs["enterprise_id_before"]


def _again(
    before: Mapping[str, Any], row: Mapping[str, Any], days: int, *, void: bool = False
) -> Sign:
    metres = metres_apart(before, row)
    same = row["enterprise_id"] is not None and row["enterprise_id"] == before["enterprise_id"]
    where = "同一企业" if same else "以同样的描述在" if metres is None else f"相距 {metres:.0f} 米"
    became, found = ("作废", "上报") if void else ("销号", "发现")
    return Sign(
        SignKind.FOUND_AGAIN,
        row["town"],
        (before["key"], row["key"]),
        f"隐患 {before['key']} {became} {days} 天后，{where}同一领域再次{found}",
        {"days": days, "metres": metres, "same_enterprise": same}
        | ({"void": True} if void else {}),
    )


def _entered_late(
    closed: Sequence[Closing],
    table: pd.DataFrame,
    window: Window,
    scheme: Scheme,
    zone: tzinfo,
) -> list[Sign]:
    """Return one sign per danger closed in time by a closing entered when its day was over.

    What only a file reports counts as entered when it was closed: files come a day later.
    """
    seen = {one.key: one for one in closed if window.holds(one.entered_at)}  # the last of each
    chosen = table[table["key"].isin(list(seen)) & table["closed_at"].notna()]
    days, found = due_dates(chosen, zone, scheme).dt.date, []
    for key, town, due in zip(chosen["key"], chosen["town"], days, strict=True):
        held, entered = (
            moment.astimezone(zone).date() for moment in (seen[key].closed_at, seen[key].entered_at)
        )
        if held <= due < entered:
            text = f"期限 {due}，销号时间登记为 {held}，{entered} 才登记"
            facts = {"due": str(due), "closed": str(held), "entered": str(entered)}
            found.append(Sign(SignKind.LATE_ENTRY, town, (key,), text, facts))
    return found


def _reopened(
    opened: Sequence[tuple[str, datetime]],
    closed: Sequence[Closing],
    rows: Mapping[str, Mapping[str, Any]],
    window: Window,
    rules: Gaming,
) -> list[Sign]:
    """Return one sign per danger that was opened again soon after its closing."""
    found = []
    closed_at: dict[str, list[datetime]] = {}
    for one in closed:
        closed_at.setdefault(one.key, []).append(one.closed_at)
    for key, moment in opened:
        before = [one for one in closed_at.get(key, ()) if one < moment]
        if key not in rows or not before or not window.holds(moment):
            continue
        days = (moment - max(before)).days
        if days <= rules.again_days:
            text = f"销号 {days} 天后重新打开"
            facts = {"days": days, "metres": 0.0, "same_enterprise": True}
            found.append(Sign(SignKind.FOUND_AGAIN, rows[key]["town"], (key,), text, facts))
    return found
