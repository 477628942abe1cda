"""What a weather station says, found in its own words; which signals hold at a moment."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.errors import InputError
from riskmap.records.warning_feed import read_feed
from riskmap.records.warning_text import UnreadableError, read_message
from riskmap.records.warnings import active_warnings, covers, named_towns
from riskmap.settings import DistrictSettings, Settings

ZONE = ZoneInfo("Asia/Shanghai")
HUANGYAN = Settings(DistrictSettings("黄岩区", "331003"))
AT = datetime(2026, 6, 30, 8, 30, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("title", "station", "action", "kind", "level"),
    [
        ("湖南省保靖县气象台发布大雾黄色预警信号", "湖南省保靖县气象台", "issue", "大雾", "yellow"),
        ("渝水区气象台更新暴雨橙色预警[II级/严重]", "渝水区气象台", "update", "暴雨", "orange"),
        ("云溪区气象台解除高温红色预警信号", "云溪区气象台", "cancel", "高温", "red"),
        ("云溪区气象台解除雷电预警信号", "云溪区气象台", "cancel", "雷电", None),
        ("云溪区气象台继续发布台风蓝色预警[Ⅳ级/一般]", "云溪区气象台", "update", "台风", "blue"),
        ("云溪区气象台变更发布台风橙色预警", "云溪区气象台", "update", "台风", "orange"),
        (
            "海南省气象台发布海上雷雨大风黄色预警信号",
            "海南省气象台",
            "issue",
            "海上雷雨大风",
            "yellow",
        ),
    ],
)
def test_titles(title: str, station: str, action: str, kind: str, level: str | None) -> None:
    said = read_message(title, "", AT, ZONE)
    assert (said.station, said.action, said.type, said.level) == (station, action, kind, level)
    assert said.issued_at == AT
    assert said.notes == []


def test_text_alone_is_enough_and_its_time_wins() -> None:
    said = read_message(
        "", "和平县气象台于04月26日20时47分将和平县暴雨黄色预警升级为橙色预警，请注意", AT, ZONE
    )
    assert (said.station, said.action, said.level) == ("和平县气象台", "update", "orange")
    assert said.issued_at == datetime(2026, 4, 26, 20, 47, tzinfo=ZONE)


def test_a_year_left_out_is_the_nearest_one() -> None:
    stated = datetime(2026, 1, 1, 0, 5, tzinfo=ZONE)
    text = "云溪区气象台12月31日23时50分发布道路结冰黄色预警信号：预计"
    said = read_message("", text, stated, ZONE)
    assert said.issued_at == datetime(2025, 12, 31, 23, 50, tzinfo=ZONE)
    assert said.notes == []


def test_hour_24_is_the_next_midnight() -> None:
    said = read_message("", "云溪区气象台2026年6月30日24时发布暴雨蓝色预警", None, ZONE)
    assert said.issued_at == datetime(2026, 7, 1, tzinfo=ZONE)


def test_contradictions_are_noted_not_mended_silently() -> None:
    title = "云溪区气象台发布暴雨橙色预警[Ⅲ级/较重]"
    text = "云溪区气象台2026年6月29日19时10分发布暴雨黄色预警信号：预计"
    said = read_message(title, text, AT, ZONE)
    assert said.level == "orange"
    assert [note[0] for note in said.notes] == ["time", "title", "text"]


@pytest.mark.parametrize(
    ("title", "text", "stated"),
    [
        ("今天天气很好", "", AT),
        ("云溪区气象台发布暴雨预警信号", "", AT),
        ("云溪区气象台发布暴雨橙色预警信号", "", None),
    ],
)
def test_what_cannot_be_read_is_refused(title: str, text: str, stated: datetime | None) -> None:
    with pytest.raises(UnreadableError):
        read_message(title, text, stated, ZONE)


def feed(tmp_path: Path, content: Any) -> Path:
    path = tmp_path / "feed.json"
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


def test_feed_shapes_and_stored_unchanged(tmp_path: Path) -> None:
    item = {
        "alertid": "33100341600000_20260630080512",
        "issuetime": "2026/06/30 08:05",
        "title": "台州市黄岩区气象台发布暴雨橙色预警信号",
        "odd": {"kept": [1, "二"]},
    }
    for shape in ({"data": {"page": {"count": 1, "list": [item]}}}, [item], item):
        read = read_feed(feed(tmp_path, shape), HUANGYAN)
        assert read.faults == []
        row = read.table.iloc[0]
        assert json.loads(row["raw"]) == item
        assert row["key"] == row["alert_id"] == "33100341600000_20260630080512"
        assert row["division_code"] == "331003"
        assert row["source"] == "feed.json:1"


def test_an_empty_list_is_a_delivery_of_nothing(tmp_path: Path) -> None:
    assert len(read_feed(feed(tmp_path, {"data": {"page": {"list": []}}}), HUANGYAN).table) == 0


def test_repeats_and_unreadable_items(tmp_path: Path) -> None:
    item = {"alertid": "33100341600000_20260630080512", "title": "黄岩区气象台发布暴雨蓝色预警"}
    other = item | {"title": "黄岩区气象台发布暴雨红色预警"}
    items = [item, item, other, {"title": "无关"}]
    read = read_feed(feed(tmp_path, items), HUANGYAN)
    assert read.table["level"].tolist() == ["blue"]
    assert read.table["issued_at"].tolist() == [datetime(2026, 6, 30, 8, 5, 12, tzinfo=ZONE)]
    assert [(fault.row, fault.severity) for fault in read.faults] == [
        (2, "note"),
        (3, "reject"),
        (4, "reject"),
    ]
    assert len(read.rejects) == 2


def test_message_without_id_gets_a_stable_key_and_the_district_by_name(tmp_path: Path) -> None:
    items = [{"title": "黄岩区气象台发布暴雨蓝色预警", "time": "2026-06-30 08:05:00"}]
    first = read_feed(feed(tmp_path, items), HUANGYAN).table.iloc[0]
    again = read_feed(feed(tmp_path, items), HUANGYAN).table.iloc[0]
    assert first["key"] == again["key"] != ""
    assert first["division_code"] == "331003"


@pytest.mark.parametrize("content", [b"<alert>CAP</alert>", b"{}", b'{"a": [1]}', b"", b"  \n"])
def test_no_feed_is_one_clear_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content)
    with pytest.raises(InputError):
        read_feed(path, HUANGYAN)
    with pytest.raises(InputError, match="找不到文件"):
        read_feed(tmp_path / "none.json", HUANGYAN)


def test_covers_own_city_and_province_only() -> None:
    codes = pd.Series(["331003", "331000", "330000", "331002", "330100", "320000", None])
    assert covers(codes, "331003").tolist() == [True, True, True, False, False, False, False]
    assert not covers(codes, "").any()


def signals(*rows: tuple[str, str, str, str, datetime]) -> pd.DataFrame:
    """Rows (station, type, level, action, issued_at) of division 331003."""
    frame = pd.DataFrame(rows, columns=["station", "type", "level", "action", "issued_at"])
    frame["issued_at"] = pd.to_datetime(frame["issued_at"], utc=True).astype("datetime64[us, UTC]")
    empty = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[us, UTC]")
    keys = [f"k{number}" for number in range(len(frame))]
    return frame.assign(division_code="331003", expires_at=empty, key=keys, alert_id=keys)


def active_levels(frame: pd.DataFrame, at: datetime) -> list[str]:
    hours = {"暴雨": 12.0}
    return active_warnings(frame, at, "331003", hours)["level"].tolist()


def test_a_newer_signal_replaces_and_a_cancel_ends() -> None:
    t = AT
    frame = signals(
        ("台州市黄岩区气象台", "暴雨", "yellow", "issue", t),
        ("黄岩区气象台", "暴雨", "orange", "update", t + timedelta(hours=2)),
        ("黄岩区气象台", "高温", "red", "issue", t + timedelta(hours=1)),
        ("黄岩区气象台", "暴雨", "orange", "cancel", t + timedelta(hours=3)),
    )
    assert active_levels(frame, t - timedelta(minutes=1)) == []
    assert active_levels(frame, t) == ["yellow"]
    assert active_levels(frame, t + timedelta(hours=1)) == ["yellow", "red"]
    assert active_levels(frame, t + timedelta(hours=2)) == ["red", "orange"]
    assert active_levels(frame, t + timedelta(hours=3)) == ["red"]


@pytest.mark.parametrize(("before", "after"), [("yellow", "orange"), ("orange", "yellow")])
def test_cancelling_the_former_colour_ends_nothing(before: str, after: str) -> None:
    # Many stations raise 黄 to 橙 in one message and cancel 黄 in the next.
    frame = signals(
        ("黄岩区气象台", "暴雨", before, "issue", AT),
        ("黄岩区气象台", "暴雨", after, "update", AT + timedelta(hours=2)),
        ("黄岩区气象台", "暴雨", before, "cancel", AT + timedelta(hours=2, minutes=1)),
        ("黄岩区气象台", "暴雨", after, "cancel", AT + timedelta(hours=4)),
    )
    assert active_levels(frame, AT + timedelta(hours=3)) == [after]
    assert active_levels(frame, AT + timedelta(hours=4)) == []
    frame.loc[2, "level"] = None  # a cancel without a colour ends whatever holds
    assert active_levels(frame, AT + timedelta(hours=3)) == []


def test_validity_ends_by_type_by_default_and_as_stated() -> None:
    t = AT
    frame = signals(
        ("黄岩区气象台", "暴雨", "yellow", "issue", t),
        ("黄岩区气象台", "大雾", "red", "issue", t),
        ("台州市气象台", "台风", "blue", "issue", t),
    )
    frame.loc[2, "expires_at"] = pd.Timestamp(t) + pd.Timedelta(hours=2)
    assert active_levels(frame, t + timedelta(hours=1)) == ["yellow", "red", "blue"]
    assert active_levels(frame, t + timedelta(hours=2)) == ["yellow", "red"]
    assert active_levels(frame, t + timedelta(hours=12)) == ["red"]
    assert active_levels(frame, t + timedelta(hours=24)) == []


def test_city_and_district_signals_stand_side_by_side() -> None:
    frame = signals(
        ("台州市气象台", "暴雨", "yellow", "issue", AT),
        ("台州市黄岩区气象台", "暴雨", "red", "issue", AT + timedelta(minutes=5)),
    )
    frame.loc[0, "division_code"] = "331000"
    assert active_levels(frame, AT + timedelta(hours=1)) == ["yellow", "red"]


def test_no_rows_no_signals() -> None:
    frame = signals(("黄岩区气象台", "暴雨", "red", "issue", AT)).iloc[:0]
    assert active_levels(frame, AT) == []


@settings(deadline=None)  # pandas on a busy machine
@given(st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 30), st.booleans()), max_size=12))
def test_at_most_one_signal_of_a_type_and_order_of_rows_does_not_matter(
    drawn: list[tuple[str, int, bool]],
) -> None:
    rows = [
        ("黄岩区气象台", kind, "red", "cancel" if ends else "issue", AT + timedelta(hours=hour))
        for kind, hour, ends in drawn
    ]
    frame = signals(*rows)
    at = AT + timedelta(hours=20)
    active = active_warnings(frame, at, "331003", {})
    assert active["type"].is_unique
    shuffled = active_warnings(frame.iloc[::-1], at, "331003", {})
    assert shuffled["key"].tolist() == active["key"].tolist()


def test_towns_named_in_full_or_alone_between_marks() -> None:
    names = ["上郑乡", "富山乡", "东城街道", "院桥镇"]
    assert named_towns("上郑乡、富山乡等地", names) == ["上郑乡", "富山乡"]
    assert named_towns("上郑、富山等乡镇", names) == ["上郑乡", "富山乡"]
    assert named_towns("广东城区有雨，院桥头有风", names) == []


@pytest.mark.real
def test_all_seventy_of_the_national_feed(real_data: Path) -> None:
    read = read_feed(real_data / "warnings" / "nmc_findAlarm_first70.json", HUANGYAN)
    assert len(read.table) == 70
    assert read.faults == []
    assert read.table["level"].value_counts().to_dict() == {"yellow": 65, "blue": 3, "orange": 2}
    assert set(read.table["action"]) == {"issue"}
    assert (read.table["division_code"] == read.table["alert_id"].str[:6]).all()


@pytest.mark.real
def test_all_eight_texts_and_the_rainstorm_of_huangyan(real_data: Path) -> None:
    read = read_feed(real_data / "warnings" / "chinese_warning_texts.json", HUANGYAN)
    assert len(read.table) == 8
    expected = ["update", "update", "issue", "issue", "update", "issue", "issue", "issue"]
    assert read.table["action"].tolist() == expected
    rain = read.table[read.table["division_code"] == "331003"].iloc[0]
    assert (rain["type"], rain["level"]) == ("暴雨", "orange")
    assert rain["issued_at"] == datetime(2022, 4, 26, 19, 10, tzinfo=ZONE)
    noted = [fault for fault in read.faults if fault.row == 4]
    assert len(noted) == 1
    assert (noted[0].column, noted[0].severity) == ("time", "note")
    towns = json.loads((real_data / "huangyan" / "huangyan_towns_raw.geojson").read_text("utf-8"))
    names = sorted(feature["properties"]["NAME"] for feature in towns["features"])
    assert sorted(named_towns(rain["text"], names)) == sorted(
        ["上郑乡", "富山乡", "屿头乡", "宁溪镇"]
    )
    frame = read.table.assign(
        issued_at=pd.to_datetime(read.table["issued_at"], utc=True).astype("datetime64[us, UTC]"),
        expires_at=pd.to_datetime(read.table["expires_at"], utc=True).astype("datetime64[us, UTC]"),
    )
    at = datetime(2022, 4, 27, 0, 30, tzinfo=UTC)
    assert active_warnings(frame, at, "331003", {})["title"].tolist() == [rain["title"]]
