"""Indicators from accidents: points lost by casualties, fires per 10,000 residents, the cap.

A near miss is no accident. A death after the day of an accident counts from its own day, if it
counts to the grade at all (decree 493, article 13).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from riskmap.records.accident_grades import GRADE_ZH
from riskmap.standards import accident_grades
from riskmap.weekly.ground import residents
from riskmap.weekly.measures import RECORDS, Floats, Measure, unknown
from riskmap.weekly.methods.counting import (
    by_town,
    counts,
    evidence_of,
    of_what_was_found,
    ratio,
)
from riskmap.weekly.methods.material import Material
from scoring.accident_grade import accident_grade
from scoring.weekly.parts import WeeklyIndicator

KIND = "accidents"
FIRE = "消防"
PER_HEADS = 10_000.0
"""Fires are counted per so many residents."""


def accident_points(material: Material, indicator: WeeklyIndicator) -> Measure:
    """Return the points lost by the dead and injured of the window: at most all of the indicator.

    From `deaths_all` dead on all of it is lost. A figure that a record leaves open costs nothing
    yet and is told among the facts.
    """
    if KIND not in material.delivered:
        return unknown(material.n)
    rules, n = material.weekly.deductions, material.n
    rows = _casualties(material, indicator)
    lost = (
        rules.death * rows["dead"]
        + rules.serious_injury * rows["serious"]
        + rules.minor_injury * rows["minor"]
    )
    rows = rows.assign(lost=lost)
    dead, points = counts(rows, n, rows["dead"]), counts(rows, n, rows["lost"])
    facts = {
        "deaths": dead,
        "serious_injuries": counts(rows, n, rows["serious"]),
        "minor_injuries": counts(rows, n, rows["minor"]),
        "points": points,
        "unknown_figures": counts(rows, n, rows["open_figures"]),
    }
    all_lost = dead >= rules.deaths_all
    told = rows[(rows["lost"] > 0) | (rows["open_figures"] > 0)]
    one = Measure(
        np.where(all_lost, indicator.zero, np.minimum(points, indicator.zero)),
        np.full(n, np.nan),
        np.full(n, np.nan),
        (RECORDS,) * n,
        evidence_of(told, KIND, lambda rows: _texts(rows, material), good=False),
        by_town(facts, (points > 0) | (facts["unknown_figures"] > 0)),
    )
    return of_what_was_found(one, points > 0, complete=KIND in material.complete)


def fires_per_10k(material: Material, indicator: WeeklyIndicator) -> Measure:
    """Return the fires of the window per 10,000 residents; unknown where these are unknown.

    The numerator is fires, the denominator residents in units of 10,000 (万人).
    """
    if KIND not in material.delivered:
        return unknown(material.n)
    rows = material.tables[KIND]
    rows = rows[(rows["town_idx"] >= 0) & (rows["occurred_at"] > material.since(indicator))]
    rows = rows[rows["domain"].astype("str").str.strip() == FIRE]
    fires = counts(rows, material.n)
    heads = residents(material.ws, material.places, material.snapshots) / PER_HEADS
    one = Measure(
        ratio(fires, heads),
        fires,
        heads,
        (RECORDS,) * material.n,
        evidence_of(rows, KIND, lambda rows: _texts(rows, material), good=False),
    )
    return of_what_was_found(one, fires > 0, complete=KIND in material.complete)


@dataclass(frozen=True)
class Capping:
    """What caps the index of a town: the accident, its grade (0 一般 …), until when [moment]."""

    town_idx: int
    key: str
    grade: int
    text: str
    since: datetime
    until: datetime


def cappings(material: Material) -> tuple[Capping, ...]:
    """Return the accidents that cap an index at the cut-off, the one that caps longest per town.

    An accident caps from its own moment, after a late death from the end of that day: more dead
    never cap for a shorter time.
    """
    cap = material.weekly.cap
    rows = material.tables[KIND]
    today = np.datetime64(material.judged.date())
    late = material.late_deaths
    dead = late.counted(rows["deaths"].to_numpy(np.float64), today)
    grade = accident_grade(
        dead,
        rows["serious_injuries"].to_numpy(np.float64),
        rows["loss_cny"].to_numpy(np.float64),
        accident_grades(),
    )
    died = pd.Series(pd.to_datetime(late.latest(len(rows), today)), index=rows.index)
    over = (died + pd.Timedelta(days=1)).dt.tz_localize(material.zone)
    since = rows["occurred_at"].dt.tz_convert(material.zone)
    since = since.where(over.isna() | (over < since), over).clip(upper=material.judged)
    until = since + timedelta(weeks=cap.weeks)
    grave = (grade >= cap_grade(cap.grade)) & (rows["town_idx"] >= 0) & (until > material.judged)
    chosen = rows.assign(grade=grade, since=since, until=until)[grave]
    chosen = chosen.sort_values(["town_idx", "until", "key"], kind="stable")
    chosen = chosen.drop_duplicates("town_idx", keep="last")
    return tuple(
        Capping(int(town), str(key), int(grade), text, since.to_pydatetime(), until.to_pydatetime())
        for town, key, grade, text, since, until in zip(
            chosen["town_idx"],
            chosen["key"],
            chosen["grade"],
            [
                f"{GRADE_ZH[grade + 1]}（{when:%m-%d %H:%M}）"
                for grade, when in zip(
                    chosen["grade"], material.local(chosen["occurred_at"]), strict=True
                )
            ],
            chosen["since"],
            chosen["until"],
            strict=True,
        )
    )


def cap_grade(name: str) -> int:
    """Return the number of a grade of decree 493 by its name: 0 一般 … 3 特别重大.

    Raises
    ------
    ValueError
        There is none.
    """
    names = [one.removesuffix("事故") for one in accident_grades().names]
    return names.index(name.removesuffix("事故"))


def cap_scores(material: Material, found: tuple[Capping, ...]) -> Floats:
    """Return the highest index that each town may have (n,), NaN where nothing caps it."""
    scores = np.full(material.n, np.nan)
    scores[[one.town_idx for one in found]] = material.weekly.cap.score
    return scores


def _casualties(material: Material, indicator: WeeklyIndicator) -> pd.DataFrame:
    """Return the accidents of which somebody came to harm in the window: dead, serious, minor.

    Of an accident before the window only the late deaths in it count.
    """
    rows, late = material.tables[KIND], material.late_deaths
    recent = (rows["occurred_at"] > material.since(indicator)).to_numpy(bool)
    first = np.datetime64(material.since(indicator).date())
    day = late.day.astype("datetime64[D]")
    died = (day <= np.datetime64(material.judged.date())) & ((day > first) | recent[late.row])
    later = np.bincount(late.row[died], weights=late.persons[died], minlength=len(rows))
    figures = rows[["deaths", "serious_injuries", "minor_injuries"]]
    known = figures.fillna(0.0).mul(recent, axis=0)
    return rows.assign(
        dead=known["deaths"] + later,
        late=later,
        serious=known["serious_injuries"],
        minor=known["minor_injuries"],
        open_figures=np.where(recent, figures.isna().sum(axis=1), 0),
    )[(rows["town_idx"] >= 0) & (recent | (later > 0))]


def _texts(rows: pd.DataFrame, material: Material) -> list[str]:
    """Say when and where each accident was, and who came to harm."""
    when = material.local(rows["occurred_at"])
    harm = _harm(rows) if "dead" in rows else [""] * len(rows)
    return [
        f"{moment:%m-%d %H:%M} {domain}事故{said}"
        for moment, domain, said in zip(when, rows["domain"], harm, strict=True)
    ]


def _harm(rows: pd.DataFrame) -> list[str]:
    columns = ("dead", "late", "serious", "minor", "open_figures", "lost")
    texts = []
    for dead, late, serious, minor, unsaid, lost in rows[list(columns)].itertuples(index=False):
        parts = [
            f"{word} {count:.0f} 人"
            + (f"（其中事后 {late:.0f} 人）" if word == "死亡" and late else "")
            for word, count in (("死亡", dead), ("重伤", serious), ("轻伤", minor))
            if count
        ]
        parts += ["伤亡未填全"] if unsaid else []
        parts += [f"扣 {lost:g} 分"]
        texts.append("，" + "，".join(parts))
    return texts
