"""Warnings that are not for this district, and districts whose code warnings do not know."""

import json
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from riskmap.daily.computing import compute_day
from riskmap.daily.later import later_records
from riskmap.records.importing import warning_files
from riskmap.workspace import Workspace

DAY = date(2026, 6, 30)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-06-30T{text}:00+08:00")


def feed(folder: Path, division: str) -> Path:
    """Write an orange heat warning of 08:40 for a division."""
    item = {
        "alertid": f"{division}41600000_20260630084000",
        "issuetime": "2026-06-30 08:40:00",
        "title": "某地气象台发布高温橙色预警信号",
        "text": "某地气象台2026年06月30日08时40分发布高温橙色预警信号：请注意防范。",
    }
    path = folder / f"{division}.json"
    path.write_text(json.dumps([item], ensure_ascii=False), encoding="utf-8")
    return path


def test_a_warning_for_elsewhere_is_not_told_as_left_out(small: Workspace, tmp_path: Path) -> None:
    warning_files(small, [feed(tmp_path, "110105")], now=at("08:45"))
    moment = compute_day(small, DAY, now=at("11:00")).moment
    assert later_records(small, moment, at("11:00")) == []
    warning_files(small, [feed(tmp_path, "339900")], now=at("08:46"))  # the city's holds here
    assert [one.count for one in later_records(small, moment, at("11:00"))] == [1]


def test_with_a_code_of_five_digits_signals_are_unknown_not_none(small: Workspace) -> None:
    known = compute_day(small, DAY, now=at("11:00"))
    assert not any("warnings" in town["incomplete"] for town in known.towns)
    district = replace(small.settings.district, code="10015")
    abroad = replace(small, settings=replace(small.settings, district=district))
    result = compute_day(abroad, DAY, now=at("11:00"))
    assert all("warnings" in town["incomplete"] for town in result.towns)
    assert result.document["headline_counts"]["green"] == 0
    assert "不是 6 位" in str(result.document["provenance"]["records"]["warnings"])
