"""What is unknown, stale, or not known yet: never 0, never green, and said so."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from riskmap.daily.computing import DayResult, compute_day, store_day
from riskmap.daily.later import later_records
from riskmap.errors import RiskmapError
from riskmap.moment import Moment
from riskmap.records.importing import warning_files
from riskmap.records.storing import store_records
from riskmap.storage.database import RECORD_COLUMNS
from riskmap.workspace import Workspace, init_workspace, open_workspace

DAY = date(2026, 6, 30)


def town(result: DayResult, name: str = "中央镇"):
    return next(row for row in result.towns if row["name"] == name)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-06-30T{text}:00+08:00")


def test_never_delivered_is_unknown_and_withholds_green(bare: Workspace, now: datetime) -> None:
    result = compute_day(bare, DAY, now=now)
    first, centre = town(result, "西南镇"), town(result)
    # control unknown → neutral 1.0: score 100 · 0.56 · 0.1^0.5 = 17.71 would be green
    assert first["inputs"]["partial_score"] == pytest.approx(56 * 0.1**0.5, rel=1e-6)
    assert (first["level"], first["score"], first["band_level"]) == ("no_data", None, "green")
    assert {"warnings", "hidden_dangers", "accidents"} <= set(first["incomplete"])
    assert [floor["rule"] for floor in first["floors"]] == ["E9"]
    assert centre["level"] != "no_data"  # not green: shown, and marked incomplete
    assert result.document["headline_counts"]["green"] == 0
    assert result.document["provenance"]["records"]["warnings"]["known"] is False


def test_as_of_moves_the_moment_and_what_is_known(
    small: Workspace, feed: Callable[[str, str], Path], now: datetime
) -> None:
    warning_files(small, [feed("heat.json", "2026-06-30 08:40:00")], now=at("08:45"))
    late = at("11:00")
    usual = compute_day(small, DAY, now=late)
    assert town(usual)["score"] == pytest.approx(47.54, abs=0.005)  # judged at 08:30
    ten = compute_day(small, DAY, as_of=at("10:00"), now=late)
    assert ten.document["at"] == "2026-06-30T10:00:00+08:00"
    assert town(ten)["score"] == pytest.approx(63.27, abs=0.005)
    early = compute_day(small, DAY, as_of=at("08:42"), now=late)  # issued, not yet learnt
    assert town(early)["score"] == pytest.approx(47.54, abs=0.005)


def test_as_of_another_day_keeps_the_moment(small: Workspace, now: datetime) -> None:
    later = now + timedelta(days=3)
    result = compute_day(small, DAY, as_of=now + timedelta(days=1), now=later)
    assert result.document["at"] == "2026-06-30T08:30:00+08:00"
    assert result.document["known_until"] == "2026-07-01T09:00:00+08:00"


def test_what_came_later_is_told(
    small: Workspace, feed: Callable[[str, str], Path], deliver
) -> None:
    warning_files(small, [feed("heat.json", "2026-06-30 08:40:00")], now=at("08:45"))
    deliver(
        small,
        "accidents",
        [
            {
                "id": "A",
                "occurred_at": "2026-06-30T09:30:00+08:00",
                "town": "中央镇",
                "domain": "消防",
                "kind": "事故",
                "deaths": 0,
            }
        ],
        at("10:00"),
    )
    result = compute_day(small, DAY, now=at("11:00"))
    later = later_records(small, result.moment, at("11:00"))
    assert [(one.kind, one.count) for one in later] == [("warnings", 1), ("accidents", 1)]
    assert later[0].line() == "气象预警 1 条（最早 06-30 08:40）"
    ten = compute_day(small, DAY, as_of=at("10:30"), now=at("11:00"))
    assert later_records(small, ten.moment, at("11:00")) == []


def test_a_stale_source_is_marked_and_withholds_green(small: Workspace, now: datetime) -> None:
    # warnings were delivered at 06:00 on the 30th; their limit is 24 h
    result = compute_day(small, DAY + timedelta(days=2), now=now + timedelta(days=2))
    source = result.document["provenance"]["records"]["warnings"]
    assert (source["known"], source["stale"]) == (True, True)
    assert source["age_h"] == pytest.approx(50.5)
    first = town(result, "西南镇")
    assert first["level"] == "no_data"
    assert "warnings" in first["incomplete"]
    assert "warnings" in first["freshness"]["stale"]


def test_a_silent_source_keeps_its_last_values_and_is_marked(
    small: Workspace, now: datetime
) -> None:
    # dangers and accidents were delivered at 06:00 on the 30th; their limit is 96 h (E9: the
    # last values count and are marked, so that silence takes no risk off the map)
    result = compute_day(small, DAY + timedelta(days=5), now=now + timedelta(days=5))
    centre, first = town(result), town(result, "西南镇")
    assert [sector["H"] for sector in centre["inputs"]["sectors"]] == [pytest.approx(0.1)] * 7
    assert centre["score"] == pytest.approx(47.54, abs=0.005)
    for row in (centre, first):
        assert {"hidden_dangers", "accidents"} <= set(row["incomplete"])
        assert {"hidden_dangers", "accidents"} <= set(row["freshness"]["stale"])
    assert first["level"] == "no_data"


def test_a_closed_danger_that_a_later_version_reopens(
    small: Workspace, deliver: Callable[..., None]
) -> None:
    row = {
        "number": "R-1",
        "found_at": "2026-06-20T10:00:00+08:00",
        "town": "中央镇",
        "domain": "消防",
        "grade": "重大",
        "deadline": "2026-06-29",
    }
    closed = row | {"closed_at": "2026-06-28T10:00:00+08:00"}
    moments = (("06:10", row), ("06:20", closed), ("06:30", row))
    for when, version in moments:
        deliver(small, "hidden_dangers", [version], at(when))

    def fire(as_of: str) -> float:
        result = compute_day(small, DAY, as_of=at(as_of), now=at("09:00"))
        sectors = {s["sector"]: s["H"] for s in town(result)["inputs"]["sectors"]}
        return sectors["消防"]

    # five general dangers are 5/50; the major one is overdue on the 30th: + 20/50. As of 06:29
    # the moment itself is 06:29 of the same day.
    assert [fire(t) for t in ("06:05", "06:15", "06:29", "06:35")] == [
        pytest.approx(value) for value in (0.1, 0.5, 0.1, 0.5)
    ]


def test_a_type_that_the_scheme_does_not_know_is_not_harmless(
    small: Workspace, tmp_path: Path, now: datetime
) -> None:
    text = (
        '[{"alertid": "33999941600000_20260630061200", "issuetime": "2026-06-30 06:12:00",'
        '"title": "云溪区气象台发布天外来物橙色预警信号",'
        '"text": "云溪区气象台2026年06月30日06时12分发布天外来物橙色预警信号"}]'
    )
    (tmp_path / "odd.json").write_text(text, encoding="utf-8")
    warning_files(small, [tmp_path / "odd.json"], now=now)
    result = compute_day(small, DAY, now=now)
    assert [signal["type"] for signal in result.document["signals"]] == ["天外来物"]
    assert town(result, "西南镇")["level"] == "no_data"
    assert "天外来物" in result.document["provenance"]["records"]["warnings"]["note"]


def test_records_that_fit_nowhere_are_told(small: Workspace, now: datetime) -> None:
    # files with such a domain are refused; a scheme may have dropped it since
    row = dict.fromkeys(RECORD_COLUMNS["hidden_dangers"]) | {
        "number": "X",
        "found_at": at("10:00") - timedelta(days=1),
        "town": "中央镇",
        "domain": "宇宙",
        "grade": "general",
        "key": "X",
        "source": "old.csv:2",
    }
    known = {"file": "old.csv", "sha256": "0" * 64, "rejected": 0}
    store_records(small, "hidden_dangers", pd.DataFrame([row]), **known, learnt_at=now)
    note = compute_day(small, DAY, now=now).document["provenance"]["records"]["hidden_dangers"]
    assert "1 条记录" in note["note"]
    assert "宇宙" in note["note"]


def test_no_towns_and_a_scheme_of_another_year(tmp_path: Path, small: Workspace, now) -> None:
    init_workspace(tmp_path / "empty")
    with (
        open_workspace(tmp_path / "empty") as ws,
        pytest.raises(RiskmapError, match="riskmap import towns"),
    ):
        compute_day(ws, DAY, now=now)
    with pytest.raises(RiskmapError, match="有效期"):
        compute_day(small, date(2019, 1, 1), now=now)


def test_unknown_hazard_is_not_zero(small: Workspace, now: datetime, tmp_path: Path) -> None:
    # a source without any substance: R unknown, so the sector of its town is unknown
    from riskmap.imports import ReadOptions, import_layer  # noqa: PLC0415 - only here

    base = small.root.parent / "again.csv"
    base.write_text(
        "id,name,lon,lat\nHS2,无物质登记罐区,120.03,28.036\n",
        encoding="utf-8",
    )
    outcome = import_layer(small, "hazard_sources", [base], ReadOptions(), now=now)
    assert outcome.snapshot is not None
    result = compute_day(small, DAY, now=now)
    centre = town(result)
    chemical = centre["inputs"]["sectors"][0]
    assert (chemical["sector"], chemical["hazard_raw"], chemical["x"]) == ("危化", None, None)
    assert "h1" in centre["incomplete"]
    assert centre["known_weight"] == pytest.approx(0.8)  # 危化 weighs 0.20


def test_computing_before_a_layer_was_known_takes_its_first_version(
    small: Workspace, now: datetime
) -> None:
    result = compute_day(small, DAY, as_of=at("05:00"), now=now)
    towns = result.document["provenance"]["layers"]["towns"]
    assert towns["note"] == "图层在截止时刻之后才导入，按最早一版计算"
    assert isinstance(result.moment, Moment)
    assert store_day(small, result).revision == 1
