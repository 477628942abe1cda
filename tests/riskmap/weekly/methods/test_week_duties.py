"""Inspections, penalties published, daily commitments, usable shelters: by hand."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.testing import assert_allclose, assert_array_equal

from riskmap.imports import ReadOptions, import_layer
from riskmap.weekly.measures import MISSING, RECORDS

NAN = np.nan
MAY = datetime.fromisoformat("2026-05-01T09:00:00+08:00")
ZONE = ZoneInfo("Asia/Shanghai")
CUTOFF = datetime(2026, 6, 12, 17, 0, tzinfo=ZONE)


def inspection(id_: str, at: str, town: str, found: int | None, **more: object) -> dict[str, Any]:
    row = {"id": id_, "inspected_at": f"2026-{at}:00+08:00", "town": town, "domain": "工贸"}
    dates = {name: more.get(name) for name in ("filed_at", "published_at")}
    said = {name: f"2026-{one}:00+08:00" if one else None for name, one in dates.items()}
    return {**row, "dangers_found": found, **said}


def test_inspections_that_found_something(measured: Any) -> None:
    measured.deliver(
        "inspections",
        inspection("I1", "06-05T17:00", "甲镇", 3),  # at the last cut-off: the week before
        inspection("I2", "06-05T17:01", "甲镇", 3),
        inspection("I3", "06-12T17:00", "甲镇", 0),
        inspection("I4", "06-08T10:00", "甲镇", None),
        inspection("I5", "06-08T10:00", "乙镇", 1),
    )
    rate = measured.measure("A2.2")
    assert_array_equal(rate.value, [50, 100, NAN])
    assert_array_equal(rate.denominator, [2, 1, 0])
    assert rate.facts == {0: {"unknown_result": 1}}
    assert [one.text for one in rate.evidence[0]] == ["06-12，工贸检查未发现隐患"]
    assert rate.origin == (RECORDS,) * 3


def test_cases_filed_against_the_median_town(measured: Any) -> None:
    """甲 2 of 4, 乙 1 of 5, 丙 0 of 2: the median town files 20 %."""
    rows = [
        inspection(
            f"I{town}{i}", "06-01T10:00", town, 1, filed_at="06-03T10:00" if i < filed else None
        )
        for town, many, filed in (("甲镇", 4, 2), ("乙镇", 5, 1), ("丙街道", 2, 0))
        for i in range(many)
    ]
    measured.deliver("inspections", *rows)
    ratio = measured.measure("A2.3")
    assert_allclose(ratio.value, [2.5, 1.0, 0.0])
    assert_array_equal(ratio.numerator, [2, 1, 0])
    assert_allclose(ratio.denominator, [0.8, 1.0, 0.4])
    assert ratio.facts[0] == {"filed": 2, "inspected": 4, "district_rate": 20.0}


def test_where_most_towns_file_nothing_the_district_is_the_measure(measured: Any) -> None:
    rows = [
        inspection(f"I{town}", "06-01T10:00", town, 1, filed_at=filed)
        for town, filed in (("甲镇", "06-03T10:00"), ("乙镇", None), ("丙街道", None))
    ]
    measured.deliver("inspections", *rows[1:])
    assert np.isnan(measured.measure("A2.3").value).all()  # nobody filed: nothing to compare
    measured.deliver("inspections", rows[0])
    assert_allclose(measured.measure("A2.3").value, [3.0, 0.0, 0.0])


def test_a_case_filed_after_the_cut_off_is_not_filed_yet(measured: Any) -> None:
    sunday = CUTOFF + timedelta(days=2)
    row = inspection("I1", "06-11T10:00", "甲镇", 1, filed_at="06-13T10:00")
    other = inspection("I2", "06-11T10:00", "乙镇", 1, filed_at="06-12T10:00")
    measured.deliver("inspections", row, other, learnt=sunday)
    assert_array_equal(measured.measure("A2.3", known=sunday).numerator, [0, 1, 0])


def test_penalties_published_in_seven_working_days(measured: Any) -> None:
    """Filed on Thursday 28 May: due on Monday 8 June; due days of the week are 5 to 11 June."""
    filed = {"filed_at": "05-28T10:00"}
    measured.deliver(
        "inspections",
        inspection("P1", "05-27T10:00", "甲镇", 1, **filed, published_at="06-08T23:00"),
        inspection("P2", "05-27T10:00", "甲镇", 1, **filed, published_at="06-09T08:00"),
        inspection("P3", "05-27T10:00", "甲镇", 1, **filed),
        inspection("P4", "06-02T10:00", "甲镇", 1, filed_at="06-03T10:00"),  # due on 12 June
        inspection("P5", "05-25T10:00", "乙镇", 1, filed_at="05-26T10:00"),  # due on 4 June
    )
    rate = measured.measure("A2.4")
    assert_allclose(rate.value, [100 / 3, NAN, NAN])
    assert_array_equal(rate.denominator, [3, 0, 0])
    assert [one.text for one in rate.evidence[0]] == [
        "应于 06-08 前公示，06-09 公示",
        "应于 06-08 前公示，未公示",
    ]


def commitments(firm: str, town: str, days: dict[int, str]) -> list[dict[str, object]]:
    return [
        {
            "enterprise_id": firm,
            "date": f"{date(2026, 6, 1) + timedelta(days=day - 1)}",
            "town": town,
            "committed_at": f"{date(2026, 6, 1) + timedelta(days=day - 1)}T{hour}:00+08:00",
            "state": "正常",
        }
        for day, hour in days.items()
    ]


def test_commitments_of_all_days(measured: Any) -> None:
    """The days that ended in the week are 5 to 11 June; by 09:00; nobody lists the firms."""
    every = dict.fromkeys((4, 5, 6, 7, 9, 11), "08:30")
    measured.deliver(
        "commitments",
        *commitments("E1", "甲镇", every | {10: "09:01"}),  # none on the 8th, late on the 10th
        *commitments("E2", "甲镇", {-55: "08:00"}),  # 6 April: 61 days before 5 June
        *commitments("E3", "甲镇", {-54: "08:00"}),  # 7 April: expected on 5 June, and missing
        *commitments("E4", "乙镇", {9: "09:00"}),  # the first on the 9th, none after
    )
    rate = measured.measure("A6.3")
    assert_array_equal(rate.numerator, [5, 1, 0])
    assert_array_equal(rate.denominator, [8, 3, 0])
    assert_allclose(rate.value, [62.5, 100 / 3, NAN])
    assert [(one.key, one.text) for one in rate.evidence[0]] == [
        ("E3", "06-05 未承诺"),
        ("E1", "06-08 未承诺"),
        ("E1", "06-10 09:01 才承诺"),
    ]


def test_days_after_the_last_delivery_are_unknown_not_missed(measured: Any) -> None:
    every = dict.fromkeys(range(1, 8), "08:30")
    last = datetime(2026, 6, 7, 12, 0, tzinfo=ZONE)
    measured.deliver("commitments", *commitments("E1", "甲镇", every), learnt=last)
    rate = measured.measure("A6.3")
    assert_array_equal(rate.denominator, [3, NAN, NAN])  # 5, 6 and 7 June; stale on the 12th
    assert rate.value[0] == 100


def test_firms_that_stop_committing_cost_their_town(measured: Any, tmp_path: Path) -> None:
    """All firms of 甲镇 fall silent on 1 March, those of 乙镇 go on: 0 of 14, not 0 of 0."""
    firms = [
        {"id": f"E{i}", "name": f"厂{i}", "lon": lon, "lat": 28.05}
        for i, lon in enumerate((121.05, 121.06, 121.15, 121.16))
    ]
    pd.DataFrame(firms).to_csv(tmp_path / "e.csv", index=False)
    options = ReadOptions(crs="4490")
    assert import_layer(measured.ws, "enterprises", [tmp_path / "e.csv"], options, now=MAY).snapshot
    every = dict.fromkeys(range(1, 12), "08:30")
    silent = [
        *commitments("E0", "甲镇", {-92: "08:30"}),
        *commitments("E1", "甲镇", {-92: "08:30"}),
    ]
    measured.deliver("commitments", *silent, *commitments("E2", "乙镇", every))
    rate = measured.measure("A6.3")
    assert_array_equal(rate.numerator, [0, 7, 0])
    assert_array_equal(rate.denominator, [14, 7, 0])
    stopped = [row | {"state": "停产"} for row in commitments("E1", "甲镇", {-91: "08:30"})]
    measured.deliver("commitments", *stopped)
    assert_array_equal(measured.measure("A6.3").denominator, [7, 7, 0])


def test_where_nobody_knows_what_became_of_silent_firms_the_town_is_unknown(measured: Any) -> None:
    """Without the layer they are expected for 60 days; then 0 of 0 would reward the silence."""
    silent = commitments("E0", "甲镇", {-92: "08:30"})
    measured.deliver("commitments", *silent, *commitments("E2", "乙镇", {9: "08:30"}))
    rate = measured.measure("A6.3")
    assert rate.origin == (MISSING, RECORDS, RECORDS)
    assert_array_equal(rate.denominator, [NAN, 3, 0])


def test_a_week_after_the_last_delivery_of_commitments_is_unknown(measured: Any) -> None:
    """Nobody says that there was nothing to commit to: 0 of 0 would call in the usual rate."""
    last = datetime(2026, 6, 5, 8, 0, tzinfo=ZONE)
    measured.deliver("commitments", *commitments("E1", "甲镇", {4: "08:30"}), learnt=last)
    rate = measured.measure("A6.3")
    assert rate.origin == (MISSING,) * 3
    assert np.isnan(rate.denominator).all()


def test_shelters_of_which_it_is_known(measured: Any) -> None:
    """甲镇: 3 usable, 1 not, 1 not said; one that says 甲镇 lies in 丙街道."""
    rate = measured.measure("A8.1")
    assert_array_equal(rate.value, [75, NAN, 0])
    assert_array_equal(rate.denominator, [4, 0, 1])
    assert rate.facts == {0: {"usable_unknown": 1}}
    assert [(one.kind, one.key) for one in rate.evidence[0]] == [("shelters", "S1")]


def test_kinds_never_delivered_are_missing(measured: Any) -> None:
    for code in ("A2.2", "A2.3", "A2.4", "A6.3", "A7.1", "A7.2"):
        assert measured.measure(code).origin == (MISSING,) * 3, code
