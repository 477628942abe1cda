"""Bad input of a report: one sentence beside each field, all at once."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from riskmap.errors import FieldsError
from riskmap.ledger.dangers import act, read_danger, report
from riskmap.workspace import Workspace, open_workspace
from tests.riskmap.ledger.conftest import DUTY, FIELDS, NOW, copy_district

BAD: list[tuple[str, dict[str, Any], str]] = [
    ("found_at", {"found_at": "1999-12-31T23:59"}, "早于 2000 年"),
    ("found_at", {"found_at": "2026-06-10T10:05:01"}, "晚于现在"),
    ("found_at", {"found_at": "6月10日"}, "不是有效的时间"),
    ("found_at", {"found_at": "0001-01-01T00:00+14:00"}, "时间"),
    ("found_at", {"found_at": 20260610}, "不是有效的时间"),
    ("town", {"town": "西湖"}, "相近的有：西湖街道"),
    ("town", {"town": ""}, "请选择镇街"),
    ("town", {"town": 330106001}, "应为文字"),
    ("domain", {"domain": "食品"}, "可用：消防、危化"),
    ("domain", {"domain": None}, "请选择领域"),
    ("grade", {"grade": "特大"}, "应为一般（general）或重大（major）"),
    ("description", {"description": " "}, "请写清楚"),
    ("description", {"description": "乱"}, "太短"),
    ("description", {"description": "长" * 2001}, "太长：2001 字，最多 2000 字"),
    ("description", {"description": "断\x00了"}, "控制字符"),
    ("description", {"description": "半个\ud83d"}, "控制字符"),
    ("description", {"description": ["a"]}, "应为文字"),
    ("place", {"place": "楼" * 201}, "最多 200 字"),
    ("deadline", {"deadline": "2026-06-09"}, "早于发现日期"),
    ("deadline", {"deadline": "2206-06-20"}, "核对年份"),
    ("deadline", {"deadline": "月底"}, "不是有效的日期"),
    ("term", {"term": "省级"}, "应为镇街级（town）或区级（district）"),
    ("enterprise_id", {"enterprise_id": "E9"}, "企业图层中没有编号“E9”"),
    ("lon", {"lon": "121", "lat": "30.05"}, "位置在本区之外约 77.2 公里"),
    ("lon", {"lon": "120.05", "lat": "29.996"}, "位置在本区之外约 443 米"),
    ("lon", {"lon": "", "lat": "30.05"}, "要一起填"),
    ("lat", {"lon": "120.05"}, "要一起填"),
    ("lon", {"lon": "东经", "lat": "30.05"}, "度数"),
    ("lon", {"lon": "nan", "lat": "30.05"}, "度数"),
    ("lat", {"lon": "120.05", "lat": "inf"}, "度数"),
    ("lon", {"lon": True, "lat": 30.05}, "度数"),
    ("closed_at", {"closed_at": "2026-06-10"}, "没有这个字段"),
    ("reported_by", {"reported_by": "别人"}, "没有这个字段"),
]


@pytest.fixture(scope="module")
def shared(district: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    root = tmp_path_factory.mktemp("fields") / "w"
    copy_district(district, root, None)
    with open_workspace(root) as ws:
        yield ws


@pytest.mark.parametrize(("field", "given", "said"), BAD)
def test_each_bad_field_is_told(
    shared: Workspace, field: str, given: dict[str, Any], said: str
) -> None:
    with pytest.raises(FieldsError) as caught:
        report(shared, DUTY, FIELDS | given, now=NOW)
    assert said in caught.value.faults[field]
    assert set(caught.value.faults) == {field}


def test_all_faults_at_once(shared: Workspace) -> None:
    with pytest.raises(FieldsError) as caught:
        report(shared, DUTY, {"found_at": "1999-01-01", "lon": "1", "lat": "1"}, now=NOW)
    assert set(caught.value.faults) == {
        "found_at", "town", "domain", "grade", "description", "lon",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "field", "stored"),
    [
        ({"found_at": NOW + timedelta(minutes=4)}, "found_at", NOW),  # a clock that runs ahead
        ({"found_at": "2026-06-09"}, "found_at", datetime(2026, 6, 8, 16, tzinfo=UTC)),
        ({"found_at": "2000-01-01T00:00"}, "found_at", datetime(1999, 12, 31, 16, tzinfo=UTC)),
        ({"town": "330106001000"}, "town", "330106001"),
        ({"town": " 西湖街道 "}, "town", "330106001"),
        ({"grade": "重大"}, "grade", "major"),
        ({"description": "<script>alert(1)</script>\r\n第二行"}, "description",
         "<script>alert(1)</script>\n第二行"),
        ({"description": "'; DROP TABLE hidden_dangers; --"}, "description",
         "'; DROP TABLE hidden_dangers; --"),
        ({"lon": 120.05, "lat": "29.999"}, "lat", 29.999),  # 111 m outside: within the tolerance
        ({"enterprise_id": "E1"}, "enterprise_id", "E1"),
        ({"place": ""}, "place", None),
    ],
)  # fmt: skip
def test_what_is_taken_is_stored_as_it_is(
    shared: Workspace, given: dict[str, Any], field: str, stored: object
) -> None:
    danger = report(shared, DUTY, FIELDS | given, now=NOW)
    assert danger.record[field] == stored
    assert read_danger(shared, danger.number).record[field] == stored


def test_a_field_of_another_step_is_refused(shared: Workspace) -> None:
    danger = report(shared, DUTY, FIELDS, now=NOW)
    with pytest.raises(FieldsError) as caught:
        act(shared, DUTY, danger.number, "expose", {"grade": "major"}, version=1, now=NOW)
    assert caught.value.faults == {"grade": "这一步没有这个字段"}


def test_an_emptied_field_is_emptied_and_one_not_sent_stays(shared: Workspace) -> None:
    fields = FIELDS | {"place": "三楼", "lon": "120.05", "lat": "30.05", "enterprise_id": "E1"}
    danger = report(shared, DUTY, fields, now=NOW)
    danger = act(
        shared,
        DUTY,
        danger.number,
        "edit",
        {"place": "", "comment": "不在三楼"},
        version=1,
        now=NOW,
    )
    assert danger.record["place"] is None
    assert danger.record["enterprise_id"] == "E1"
    danger = act(
        shared, DUTY, danger.number, "edit", {"lon": "", "lat": "", "comment": "没有"}, version=2,
        now=NOW,
    )  # fmt: skip
    assert danger.record["lon"] is None
    assert danger.record["lat"] is None
    with pytest.raises(FieldsError, match="请写清楚"):
        act(
            shared, DUTY, danger.number, "edit", {"description": "", "comment": "空"}, version=3,
            now=NOW,
        )  # fmt: skip
