"""The published index in the daily control term: from the Monday after, never from a draft."""

from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from riskmap.daily.computing import choose_basis, compute_day, district_code, places_of, store_day
from riskmap.daily.days import read_day, read_town_day
from riskmap.daily.facts import gather_facts, load_periods, load_records
from riskmap.daily.inventory import take_inventory
from riskmap.daily.past_days import inputs_of, ready
from riskmap.daily.replaying import replay_day
from riskmap.district import load_district
from riskmap.moment import Moment
from riskmap.weekly.feeding import index_rows, last_published, published_notes, with_published
from tests.riskmap.weekly.weeks.conftest import (
    CODES,
    CUTOFF,
    MONDAY,
    SECOND,
    WEEK,
    ZONE,
    WeekDistrict,
    usual_week,
)

SUNDAY_EVENING = datetime(2026, 6, 14, 20, 0, tzinfo=ZONE)


def used(district: WeekDistrict, now: datetime, day: date | None = None) -> list[object]:
    """Return index, week, age, revision that the day of a moment takes for the first town."""
    result = compute_day(district.ws, day or now.date(), now=now)
    said = result.towns[0]["inputs"]
    names = ("index", "index_week", "index_age_days", "index_revision")
    return [said[name] for name in names]


def test_from_the_monday_after_once_it_is_published(either: WeekDistrict) -> None:
    usual_week(either)
    either.compute(now=CUTOFF + SECOND)
    assert used(either, MONDAY) == [None] * 4  # a draft never counts
    either.publish(now=SUNDAY_EVENING)
    assert used(either, SUNDAY_EVENING + SECOND) == [None] * 4  # the week is not over
    assert used(either, MONDAY) == [pytest.approx(97), WEEK, 0.0, 1]
    assert used(either, MONDAY + timedelta(days=3)) == [pytest.approx(97), WEEK, 3.0, 1]
    # Monday as it was known before the publication
    known = compute_day(either.ws, MONDAY.date(), as_of=SUNDAY_EVENING - SECOND, now=MONDAY)
    assert known.towns[0]["inputs"]["index"] is None


def test_the_day_says_where_its_index_comes_from_and_replays(either: WeekDistrict) -> None:
    usual_week(either)
    either.compute()
    either.publish(now=MONDAY)
    day = MONDAY.date() + timedelta(days=1)
    store_day(either.ws, compute_day(either.ws, day, now=MONDAY + timedelta(days=1)))
    document = read_day(either.ws, day)
    assert document["provenance"]["records"]["indicators"]["note"] == (
        "管控力指数取自已发布的 2026-W24 第 1 版，该周结束后第 2 天"
    )
    assert read_town_day(either.ws, day, CODES[0])["inputs"]["index"] == pytest.approx(97)
    # a correction that is published later does not touch the day that stands
    late = MONDAY + timedelta(days=2)
    either.deliver(WEEK, {CODES[0]: 0.5}, learnt=late)
    either.compute(now=late, reason="更正")
    either.publish(now=late)
    assert replay_day(either.ws, day, now=late).equal
    assert used(either, late + timedelta(hours=1))[0] == pytest.approx(50)


def test_a_published_week_stands_before_a_delivered_index_of_the_same_week(
    district: WeekDistrict,
) -> None:
    usual_week(district)
    two = [
        {"week": week, "town": code, "indicator": "index", "value": 60.0}
        for week in (WEEK, "2026-W23")
        for code in CODES
    ]
    district.record("indicators", two, CUTOFF - timedelta(minutes=1))
    assert used(district, MONDAY)[:2] == [60.0, WEEK]
    district.compute()
    district.publish(now=MONDAY - SECOND)
    assert used(district, MONDAY)[:2] == [pytest.approx(97), WEEK]
    rows = load_records(district.ws, _moment(MONDAY)).tables["indicators"]
    own = rows[(rows["indicator"] == "index") & (rows["town"] == CODES[0])]
    assert sorted(zip(own["week"], own["value"].round(6), strict=True)) == [
        ("2026-W23", 60.0), (WEEK, 97.0),
    ]  # fmt: skip


def test_a_town_without_an_index_is_not_made_known_by_a_delivered_one(
    district: WeekDistrict,
) -> None:
    district.deliver(WEEK, {CODES[1]: 0.9}, learnt=CUTOFF - SECOND)
    rows = [{"week": WEEK, "town": code, "indicator": "index", "value": 99.0} for code in CODES]
    district.record("indicators", rows, CUTOFF)
    district.compute()
    district.publish(now=MONDAY - SECOND)
    assert used(district, MONDAY) == [None] * 4


def test_a_published_week_of_which_nothing_is_known_is_not_made_known_either(
    district: WeekDistrict,
) -> None:
    rows = [{"week": WEEK, "town": code, "indicator": "index", "value": 99.0} for code in CODES]
    district.record("indicators", rows, CUTOFF)
    district.compute()
    assert used(district, MONDAY)[0] == 99
    district.publish(now=MONDAY - SECOND)
    assert used(district, MONDAY) == [None] * 4


def test_only_weeks_that_are_used_are_told(district: WeekDistrict) -> None:
    """One town has no index in the second week: its older one counts, and both are told."""
    usual_week(district)
    district.compute()
    district.publish()
    later = MONDAY + timedelta(days=4)
    week = "2026-W25"
    district.deliver(week, dict.fromkeys(CODES[1:], 0.9), learnt=district.hour_before(week))
    district.compute(week, now=later + timedelta(days=1))
    district.publish(week, now=later + timedelta(days=1))
    rows = load_records(district.ws, _moment(later + timedelta(days=9))).tables["indicators"]
    both = published_notes(rows, (WEEK, week, week, None), date(2026, 6, 22))
    assert both == (
        "管控力指数取自已发布的 2026-W25 第 1 版，该周结束后第 1 天",
        "部分镇街的管控力指数取自已发布的 2026-W24 第 1 版，该周结束后第 8 天",
    )
    assert published_notes(rows, (None, "2026-W26"), date(2026, 8, 22)) == ()
    # W25 is published on its Saturday already, and counts from Monday
    assert published_notes(rows, (WEEK, WEEK), date(2026, 6, 20)) == (
        "管控力指数取自已发布的 2026-W24 第 1 版，该周结束后第 6 天",
        "2026-W25 已发布，自 6月22日 起计入",
    )
    aged = compute_day(district.ws, date(2026, 11, 2), now=datetime(2026, 11, 2, 9, tzinfo=ZONE))
    assert (
        "note" not in aged.document["provenance"]["records"]["indicators"]
        or not (aged.document["provenance"]["records"]["indicators"]["note"])
    )


def test_one_day_and_a_back_cast_agree(district: WeekDistrict) -> None:
    usual_week(district)
    district.compute()
    district.publish(now=MONDAY)
    now = MONDAY + timedelta(days=60)
    basis = choose_basis(district.ws, now.date(), None, now)
    ground = load_district(district.ws, basis.snapshots, basis.notes)
    places, scheme = places_of(ground, basis.scheme), basis.scheme
    code = district_code(district.ws, ground)
    past = ready(
        load_periods(district.ws, basis.moment), places, scheme, take_inventory(ground, scheme),
        zone=ZONE, district_code=code,
    )  # fmt: skip
    records = load_records(district.ws, basis.moment)
    limit = scheme.record_limits_hours["indicators"] / 24
    for days in range(-1, int(limit) + 2):
        # the delivery of Friday is past its limit three days before the published week is
        moment = _moment(MONDAY + timedelta(days=days))
        facts = gather_facts(records, places, moment, scheme, sources={}, district_code=code)
        known = [97.0, 88.0, 70.0] if 0 <= days <= limit else [np.nan] * 3
        np.testing.assert_allclose(facts.control.index, known)
        np.testing.assert_array_equal(facts.control.index, inputs_of(past, moment).index)


def test_rows_and_notes_by_themselves(usual: WeekDistrict) -> None:
    district = usual
    assert index_rows(district.ws, None).empty
    district.compute()
    assert index_rows(district.ws, None).empty
    district.publish(now=MONDAY)
    rows = index_rows(district.ws, MONDAY)
    assert rows["source"].tolist() == ["weeks:2026-W24#1"] * 3
    assert rows["value"].tolist() == pytest.approx([97, 88, 70])
    assert index_rows(district.ws, MONDAY - SECOND).empty
    delivered = load_records(district.ws, _moment(CUTOFF)).tables["indicators"]
    assert with_published(delivered, index_rows(district.ws, CUTOFF)) is delivered
    both = with_published(delivered, rows)
    assert both.dtypes.equals(delivered.dtypes)
    assert published_notes(both, (None, None), date(2026, 6, 14)) == (
        "2026-W24 已发布，自 6月15日 起计入",
    )
    assert published_notes(both, (None, None), date(2026, 6, 15)) == ()
    assert published_notes(delivered, (WEEK,), date(2026, 6, 15)) == ()
    assert last_published(district.ws, date(2026, 6, 14), MONDAY) is None
    assert last_published(district.ws, date(2026, 6, 15), MONDAY) == MONDAY
    assert last_published(district.ws, date(2026, 6, 15), MONDAY - SECOND) is None


def _moment(at: datetime) -> Moment:
    return Moment(at.date(), pd.Timestamp(at), pd.Timestamp(at))
