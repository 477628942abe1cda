"""The rules between the columns of records, by hand."""

from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from layers.errors import InputError
from layers.importing.model import LayerImport
from riskmap.errors import NotFoundError
from riskmap.layer_store import store_layer
from riskmap.records.contracts import RECORD_CONTRACTS
from riskmap.records.contracts_dangers import LEDGER_COLUMNS
from riskmap.records.importing import RecordOutcome, record_files, warning_files
from riskmap.records.reading import read_deliveries, read_records
from riskmap.storage.database import RECORD_COLUMNS, RECORD_KINDS
from riskmap.workspace import Workspace, init_workspace, open_workspace

NOW = datetime(2026, 6, 30, 4, 0, tzinfo=UTC)
TOWNS = [("331003001", "东城街道"), ("331003107", "院桥镇"), ("331003101", "宁溪镇")]


def towns_import() -> LayerImport:
    """Three towns, each a unit square."""
    table = gpd.GeoDataFrame(
        {
            "code": [code for code, _ in TOWNS],
            "name": [name for _, name in TOWNS],
            "source_file": "t.geojson",
            "source_row": [1, 2, 3],
        },
        geometry=[shapely.box(121 + i, 28, 122 + i, 29) for i in range(3)],
        crs="EPSG:4490",
    )
    return LayerImport(
        "towns", table, None, 3, 3, 0, [], pd.DataFrame(), [{"file": "t.geojson"}], {}, {}, True
    )


@pytest.fixture
def workspace(tmp_path: Path):
    init_workspace(tmp_path / "w", "黄岩区", "331003")
    with open_workspace(tmp_path / "w") as opened:
        store_layer(opened, "towns", towns_import(), datetime(2026, 6, 1, tzinfo=UTC))
        yield opened


def given_file(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "in.csv"
    path.write_bytes(text.strip().encode(encoding) + b"\n")
    return path


def recorded(workspace: Workspace, kind: str, text: str, encoding: str = "utf-8") -> RecordOutcome:
    path = given_file(workspace.root.parent, text, encoding)
    return record_files(workspace, kind, [path], now=NOW)


def faults(outcome: RecordOutcome) -> list[tuple[int | None, str | None, str]]:
    """(row, column, severity) of every fault, in the order of rows."""
    found = [(fault.row, fault.column, fault.severity) for fault in outcome.faults]
    return sorted(found, key=lambda fault: (fault[0] or 0, fault[1] or ""))


def test_contracts_and_tables_have_the_same_columns() -> None:
    assert set(RECORD_CONTRACTS) | {"warnings"} == set(RECORD_KINDS)
    for kind, contract in RECORD_CONTRACTS.items():
        stored = [name for name in RECORD_COLUMNS[kind] if name not in LEDGER_COLUMNS]
        assert sorted(column.name for column in contract.columns) == sorted(stored), kind


def test_hidden_dangers_by_hand(workspace: Workspace) -> None:
    outcome = recorded(
        workspace,
        "hidden_dangers",
        """
编号,发现时间,镇街,领域,等级,描述,整改期限,销号时间,状态,经度,纬度
H1,2026-06-01 09:00,东城街道,消防,一般,灭火器过期,2026-06-16,2026-06-01,已销号,0,0
H2,2026/6/2,331003101000,危化,重大隐患,储罐,2026-07-02,,整改中,121.2,28.6
H3,2026-06-03,东成街道,消防,一般,x,,,,,
H4,2026-06-04 10:00,院桥镇,消防,特大,x,,,,,
H5,2026-06-30 13:00,院桥镇,消防,一般,x,,,,,
H6,2026-06-04 10:00,院桥镇,消防,一般,x,2026-06-03,,,,
H7,2026-06-04 10:00,院桥镇,消防,一般,x,,2026-06-03,,,
,2026-06-04 10:00,院桥镇,消防,一般,x,,,已销号,,
,2026-06-04 10:00,院桥镇,消防,一般,x,,,已销号,,
H1,2026-06-01 09:00,院桥镇,消防,一般,灭火器过期,,,,,
""",
    )
    assert (outcome.accepted, outcome.changed, outcome.rejected) == (3, 3, 6)
    assert faults(outcome) == [
        (2, "经度", "note"),
        (4, "镇街", "reject"),
        (5, "等级", "reject"),
        (6, "发现时间", "reject"),
        (7, "整改期限", "reject"),
        (8, "销号时间", "reject"),
        (9, "状态", "note"),
        (10, "状态", "note"),
        (10, "编号", "note"),
        (11, "编号", "reject"),
    ]
    assert "东城街道" in next(fault.expected for fault in outcome.faults if fault.row == 4)
    stored = read_records(workspace, "hidden_dangers").set_index("key")
    first = stored.loc["H1"]
    assert first["town"] == "331003001"
    assert first["found_at"] == pd.Timestamp("2026-06-01T01:00Z")
    assert first["closed_at"] == pd.Timestamp("2026-06-01T15:59:59Z")  # a day means its end
    assert first["deadline"] == pd.Timestamp("2026-06-16")
    assert pd.isna(first["lon"])
    assert stored.loc["H2", "grade"] == "major"
    assert stored.loc["H2", "source"] == "in.csv:3"
    assert sum(key.startswith("h-") for key in stored.index) == 1
    assert outcome.rejects_file is not None
    rejects = pd.read_csv(outcome.rejects_file)
    assert sorted(rejects["source_row"]) == [4, 5, 6, 7, 8, 11]
    assert rejects["reason"].notna().all()


def test_a_danger_without_number_keeps_its_key(workspace: Workspace) -> None:
    text = "发现时间,镇街,领域,等级,描述\n2026-06-04 10:00,院桥镇,消防,一般,通道堵塞"
    first = recorded(workspace, "hidden_dangers", text)
    second = recorded(workspace, "hidden_dangers", text.replace("堵塞", "堵塞 "), "gbk")
    assert (first.changed, second.changed) == (1, 0)


def test_indicators_by_hand(workspace: Workspace) -> None:
    outcome = recorded(
        workspace,
        "indicators",
        """
周,镇街,指标,数值,分子,分母
2026-W26,东城街道,index,84,,
2026年第26周,331003001,A7.1,95%,,
2026-W26,331003001000,巡查率,0.9,,
2026-W26,院桥镇,a7.1,,19,20
2026-W26,宁溪镇,在线率,85,,
2026-W26,宁溪镇,A1.3,2,,
2026-W54,院桥镇,index,1,,
2026-W26,院桥镇,index,101,,
2026-W26,院桥镇,patrol,abc,,
2026-W26,宁溪镇,patrol,,1,0
2026-W26,宁溪镇,A8.1,-0.1,,
2026-W26,东城街道,在线率,95,,
2026-W26,东城街道,综合指数,85,,
""",
    )
    stored = read_records(workspace, "indicators").set_index("key")["value"].to_dict()
    assert stored == {
        "2026-W26|331003001|index": 84.0,
        "2026-W26|331003001|A7.1": 0.95,
        "2026-W26|331003001|patrol": 0.9,
        "2026-W26|331003107|A7.1": 0.95,
        "2026-W26|331003101|A7.1": 0.85,
        "2026-W26|331003101|A1.3": 2.0,
    }
    rejected = [fault[0] for fault in faults(outcome) if fault[2] == "reject"]
    assert rejected == [8, 9, 10, 11, 12, 14]
    assert (13, "周", "note") in faults(outcome)


def test_overrides_downwards_need_two_persons(workspace: Workspace) -> None:
    outcome = recorded(
        workspace,
        "overrides",
        """
编号,日期,镇街,颜色,方向,理由,决定人,复核人
O1,2026-06-30,院桥镇,蓝,下调,理由,张三,张三
O2,2026-06-30,院桥镇,蓝,下调,理由,张三,
O3,2026-06-30,院桥镇,蓝,下调,理由,张三,李四
O4,2026-06-30,宁溪镇,橙色,上调,理由,张三,
O5,2026-06-30,宁溪镇,橙色,上调,,张三,
""",
    )
    assert read_records(workspace, "overrides")["id"].tolist() == ["O3", "O4"]
    assert [fault[0] for fault in faults(outcome)] == [2, 3, 6]


def test_responses_and_periods_name_towns_and_hold_to_the_end_of_a_day(
    workspace: Workspace,
) -> None:
    recorded(
        workspace,
        "responses",
        """
编号,名称,等级,启动时间,结束时间,范围
R1,防汛,Ⅳ级,2026-06-20 08:00,2026-06-22,全区
R2,防台,三级,2026-06-20 08:00,2026-06-22 10:00,院桥镇、东城街道
R3,防台,2,2026-06-20 08:00,,
R4,防台,2,2026-06-20 08:00,2026-06-19,院桥镇
R5,防台,2,2026-06-20 08:00,,宁波镇
""",
    )
    stored = read_records(workspace, "responses").set_index("id")
    assert stored.index.tolist() == ["R1", "R2", "R3"]
    assert stored["level"].tolist() == [4, 3, 2]
    assert stored["towns"].tolist() == ["全区", "331003107;331003001", "全区"]
    assert stored.loc["R1", "ended_at"] == pd.Timestamp("2026-06-22T23:59:59+08:00")
    assert stored.loc["R2", "ended_at"] == pd.Timestamp("2026-06-22T10:00+08:00")
    recorded(
        workspace,
        "special_periods",
        """
编号,名称,强度,开始时间,结束时间,部门
S1,国庆,0.6,2026-10-01,2026-10-07,道路水上；消防
S2,x,0.5,2026-10-01,2026-10-07,
""",
    )
    period = read_records(workspace, "special_periods").set_index("id")
    assert period.index.tolist() == ["S1"]
    assert period.loc["S1", "starts_at"] == pd.Timestamp("2026-10-01T00:00+08:00")
    assert period.loc["S1", "ends_at"] == pd.Timestamp("2026-10-07T23:59:59+08:00")
    assert period.loc["S1", "sectors"] == "道路水上;消防"


def test_alarms_and_accidents(workspace: Workspace) -> None:
    recorded(
        workspace,
        "alarms",
        """
编号,危险源编号,镇街,报警类型,报警时间,处置时间
A1,HS1,,液位,2026-06-30 08:00,
A2,HS1,,液位,2026-06-30 08:00,2026-06-29
A3,,,液位,2026-06-30 08:00,
A4,,院桥镇,液位,2026-06-30T00:10:00Z,2026-06-30 08:12
""",
    )
    assert read_records(workspace, "alarms")["id"].tolist() == ["A1", "A4"]
    recorded(
        workspace,
        "accidents",
        "编号,发生时间,镇街,领域,死亡人数,性质,直接经济损失（万元）\n"
        "X1,2026-06-30 08:00,院桥镇,消防,1,,20\nX2,2026-06-30 08:00,院桥镇,消防,,未遂,",
    )
    stored = read_records(workspace, "accidents").set_index("id")
    assert stored["kind"].tolist() == ["accident", "near_miss"]
    assert stored.loc["X1", "loss_cny"] == 200_000
    assert pd.isna(stored.loc["X2", "deaths"])


def test_headers_without_rows_are_a_delivery_but_not_of_another_table(workspace: Workspace) -> None:
    outcome = recorded(workspace, "accidents", "编号,发生时间,镇街,领域")
    assert (outcome.accepted, outcome.rejected) == (0, 0)
    assert len(read_deliveries(workspace, "accidents")) == 1
    with pytest.raises(InputError, match="必填列"):
        recorded(workspace, "accidents", "甲,乙,丙")
    assert len(read_deliveries(workspace, "accidents")) == 1


def test_a_file_of_bad_rows_only_is_no_delivery(workspace: Workspace) -> None:
    outcome = recorded(workspace, "accidents", "编号,发生时间,镇街,领域\nX1,昨天,院桥镇,消防")
    assert (outcome.accepted, outcome.rejected) == (0, 1)
    assert read_deliveries(workspace, "accidents").empty


def test_one_bad_file_keeps_the_others_out(workspace: Workspace) -> None:
    good = given_file(workspace.root.parent, "编号,发生时间,镇街,领域\nX1,2026-06-30,院桥镇,消防")
    missing = workspace.root.parent / "missing.csv"
    with pytest.raises(InputError, match="找不到文件"):
        record_files(workspace, "accidents", [good, missing], now=NOW)
    assert read_records(workspace, "accidents").empty


def test_records_need_towns(tmp_path: Path) -> None:
    init_workspace(tmp_path / "bare")
    with open_workspace(tmp_path / "bare") as bare, pytest.raises(NotFoundError, match="towns"):
        recorded(bare, "accidents", "编号,发生时间,镇街,领域\nX1,2026-06-30,院桥镇,消防")


def test_unknown_kinds_name_the_nearest(workspace: Workspace) -> None:
    with pytest.raises(InputError, match="hidden_dangers"):
        recorded(workspace, "danger", "a\n1")
    with pytest.raises(InputError, match="riskmap warnings"):
        recorded(workspace, "warnings", "a\n1")


def test_map_and_excel_and_traditional_headers(workspace: Workspace, tmp_path: Path) -> None:
    table = pd.DataFrame(
        {"号": ["X1"], "何时": ["2026-06-30 08:00"], "鎮街": ["院橋鎮"], "领域": ["消防"]}
    )
    table.to_excel(tmp_path / "a.xlsx", index=False)
    mapped = {"id": "号", "occurred_at": "何时"}
    outcome = record_files(
        workspace, "accidents", [tmp_path / "a.xlsx"], now=NOW, column_map=mapped
    )
    assert (outcome.accepted, outcome.rejected) == (1, 0)
    assert read_records(workspace, "accidents")["town"].tolist() == ["331003107"]


@pytest.mark.real
def test_real_warnings_are_stored_once(workspace: Workspace, real_data: Path) -> None:
    files = [
        real_data / "warnings" / "nmc_findAlarm_first70.json",
        real_data / "warnings" / "chinese_warning_texts.json",
    ]
    first = warning_files(workspace, files, now=NOW)
    again = warning_files(workspace, files, now=NOW)
    assert (first.accepted, first.changed, first.rejected) == (78, 78, 0)
    assert (again.changed, again.repeated) == (0, [file.name for file in files])
    stored = read_records(workspace, "warnings")
    assert len(stored) == 78
    assert str(stored["issued_at"].dtype) == "datetime64[us, UTC]"


def test_indicators_that_cannot_be_meant(workspace: Workspace) -> None:
    outcome = recorded(
        workspace,
        "indicators",
        """
周,镇街,指标,数值
2026-W26,东城街道,index,84分
2026-W26,院桥镇,index,0.84
2026-W26,宁溪镇,A9X,1
2026-W40,宁溪镇,index,80
""",
    )
    stored = read_records(workspace, "indicators").set_index("key")["value"].to_dict()
    assert stored == {
        "2026-W26|331003001|index": 84.0,
        "2026-W26|331003107|index": 0.84,
        "2026-W26|331003101|A9X": 1.0,
    }
    assert faults(outcome) == [(3, "数值", "note"), (4, "指标", "note"), (5, "周", "reject")]


def test_a_response_may_be_written_out(workspace: Workspace) -> None:
    text = "编号,名称,级别,启动时间\nR1,防台风,Ⅱ级响应,2026-06-20\nR2,防汛,三级响应,2026-06-20\n"
    assert recorded(workspace, "responses", text).rejected == 0
    levels = read_records(workspace, "responses").set_index("key")["level"].to_dict()
    assert levels == {"R1": 2, "R2": 3}


def test_a_date_before_2000_is_a_slip_but_a_device_may_be_old(workspace: Workspace) -> None:
    found = recorded(
        workspace,
        "accidents",
        """
事故编号,发生时间,所属镇街,行业领域,死亡人数
A1,1999-12-31 23:59,东城街道,消防,0
A2,2000-01-01 00:00,东城街道,消防,0
""",
    )
    assert (found.accepted, found.rejected) == (1, 1)
    assert [fault.expected for fault in found.faults if fault.severity == "reject"] == [
        "早于 2000 年，请核对年份"
    ]
    period = recorded(
        workspace,
        "special_periods",
        "时段编号,名称,强度,开始时间,结束时间\nS1,庙会,0.3,1926-07-01,2026-07-03",
    )
    assert period.rejected == 1
    device = recorded(
        workspace, "devices", "设备编号,设备名称,所属镇街,启用日期\nD1,可燃气体,东城街道,1998-05-01"
    )
    assert (device.accepted, device.rejected) == (1, 0)


def test_a_week_cut_off_before_its_monday_is_reported_before_it(workspace: Workspace) -> None:
    """Holidays may end a week (2026-W08 on Saturday 14 February) before its own Monday."""
    outcome = recorded(
        workspace,
        "indicators",
        """
周,镇街,指标,数值
2026-W28,东城街道,A1.1,85%
2026-W29,东城街道,A1.1,85%
""",
    )
    assert (outcome.accepted, faults(outcome)) == (1, [(3, "周", "reject")])
