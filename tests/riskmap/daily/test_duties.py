"""Indicators from records: hand-worked, what is missing stays unknown, a fresh week wins."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from riskmap.daily.control import read_control
from riskmap.ledger.workdays import Calendar
from riskmap.moment import Moment
from riskmap.paths import default_scheme_path
from riskmap.places import Places
from riskmap.records.duties import commitment_rates, publication_rates
from riskmap.records.frames import typed_frame
from riskmap.storage.database import RECORD_COLUMNS, UtcDateTime
from scoring.schemes.scheme import load_scheme

SCHEME = load_scheme(default_scheme_path().read_text("utf-8"))
RULES = SCHEME.control_from_records
assert RULES is not None
PLACES = Places(("339901001", "339901002"), ("甲镇", "乙街道"), SCHEME.sector_codes, {})
AT = pd.Timestamp("2026-06-30T08:30:00+08:00").tz_convert("Asia/Shanghai")
MOMENT = Moment(date(2026, 6, 30), AT, AT)
PLAIN = Calendar({}, frozenset({2026}))


def records(kind: str, *rows: dict[str, object]) -> pd.DataFrame:
    names = [*RECORD_COLUMNS[kind], "key", "source", "delivery_id", "learnt_at"]
    filled = []
    for i, row in enumerate(rows):
        times = {
            name: pd.Timestamp(str(value), tz="Asia/Shanghai")
            for name, value in row.items()
            if RECORD_COLUMNS[kind][name] is UtcDateTime
        }
        basis = dict.fromkeys(names) | {"key": f"k{i}", "source": "f:1", "delivery_id": 1}
        filled.append(basis | {"town": "甲镇", "learnt_at": AT} | row | times)
    return typed_frame(kind, pd.DataFrame(filled, columns=names))


def kept(firm: str, day: str, time: str) -> dict[str, object]:
    return {"enterprise_id": firm, "date": day, "committed_at": f"{day} {time}"}


def test_commitments_of_yesterday_by_nine() -> None:
    assert RULES.commitment_days == 60
    rows = records(
        "commitments",
        kept("A", "2026-06-29", "08:59"),
        kept("B", "2026-06-29", "09:00"),
        kept("C", "2026-06-29", "09:01"),
        kept("D", "2026-05-01", "08:00"),
        kept("E", "2026-04-30", "08:00"),  # more than sixty days ago, and nobody lists it
        kept("F", "2026-06-30", "08:00"),  # today is not over
    )
    found = commitment_rates(rows, PLACES, MOMENT, RULES, None)
    assert found[0] == pytest.approx(2 / 4)
    assert np.isnan(found[1])
    assert np.isnan(commitment_rates(rows.iloc[:0], PLACES, MOMENT, RULES, None)).all()
    listed = frozenset("ABCDE")
    assert commitment_rates(rows, PLACES, MOMENT, RULES, listed)[0] == pytest.approx(2 / 5)


def test_firms_that_fall_silent_stay_expected_until_they_say_that_they_stopped() -> None:
    firms = frozenset("ABC")
    silent = [kept(firm, "2026-01-05", "08:00") for firm in "ABC"]
    rows = records("commitments", *silent)
    assert commitment_rates(rows, PLACES, MOMENT, RULES, firms)[0] == 0.0
    stopped = kept("A", "2026-01-06", "08:00") | {"state": "stopped"}
    rows = records("commitments", *silent, stopped, kept("B", "2026-06-29", "08:00"))
    assert commitment_rates(rows, PLACES, MOMENT, RULES, firms)[0] == pytest.approx(1 / 2)
    today = kept("A", "2026-06-29", "08:00") | {"state": "stopped"}
    rows = records("commitments", today)  # it said so in time
    assert commitment_rates(rows, PLACES, MOMENT, RULES, firms)[0] == 1.0


def test_penalties_are_published_within_seven_working_days() -> None:
    def case(filed: str, published: str | None) -> dict[str, object]:
        row: dict[str, object] = {"filed_at": filed}
        return row | ({} if published is None else {"published_at": published})

    rows = records(
        "inspections",
        case("2026-06-18 10:00", "2026-06-29 17:00"),  # Thursday; due on Monday, the 29th
        case("2026-06-17 10:00", "2026-06-29 09:00"),  # due on Friday, the 26th: late
        case("2026-06-17 10:00", None),
        case("2026-06-19 10:00", None),  # due today: not over
        case("2026-05-01 10:00", None),  # due on 12 May: too long ago
    )
    found = publication_rates(rows, PLACES, MOMENT, RULES, PLAIN)
    assert found[0] == pytest.approx(1 / 3)
    assert np.isnan(found[1])


def indicator(code: str, week: str, value: float) -> dict[str, object]:
    return {"week": week, "indicator": code, "value": value}


def online(rows: pd.DataFrame, derived: dict[str, float], moment: Moment = MOMENT) -> float:
    rates = {code: np.array([value, np.nan]) for code, value in derived.items()}
    return float(read_control(rows, PLACES, moment, SCHEME, rates).online[0])


def test_a_fresh_week_wins_and_an_older_one_stands_in() -> None:
    fresh = records("indicators", indicator("A7.1", "2026-W26", 0.9))  # ended yesterday
    older = records("indicators", indicator("A7.1", "2026-W25", 0.9))  # ended 8 days ago
    nothing = fresh.iloc[:0]
    assert online(fresh, {"A7.1": 0.5}) == 0.9
    assert online(older, {"A7.1": 0.5}) == 0.5
    assert online(older, {"A7.1": np.nan}) == 0.9
    assert online(nothing, {"A7.1": 0.5}) == 0.5
    assert np.isnan(online(nothing, {"A7.1": np.nan}))
    assert online(fresh, {"A6.3": 0.5}) == pytest.approx(0.45)
    assert online(fresh, {"A6.3": np.nan}) == 0.9


def test_a_week_is_fresh_for_less_than_seven_days() -> None:
    rows = records("indicators", indicator("A7.1", "2026-W26", 0.9))  # ended on Monday 29 June
    found = {}
    for days in (5, 6):
        at = AT + timedelta(days=days)
        found[at.day_name()] = online(rows, {"A7.1": 0.5}, Moment(at.date(), at, at))
    assert found == {"Sunday": 0.9, "Monday": 0.5}


def test_better_kept_duties_never_lower_control() -> None:
    fresh = records("indicators", indicator("A7.1", "2026-W26", 0.9))
    shares = [online(fresh, {"A6.3": share}) for share in np.linspace(0, 1, 11)]
    assert shares == sorted(shares)
    assert timedelta(days=RULES.fresh_days) == timedelta(weeks=1)
