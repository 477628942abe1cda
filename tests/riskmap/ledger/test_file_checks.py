"""What a file of dangers may say: every fault at once, with row, column and value."""

from datetime import timedelta
from pathlib import Path

from riskmap.ledger.exchange import read_danger_files
from riskmap.records.importing import RecordOutcome
from riskmap.records.reading import read_records
from riskmap.workspace import Workspace
from tests.riskmap.ledger.conftest import DUTY, NOW

HEAD = "隐患编号,发现时间,所属镇街,企业编号,行业领域,隐患等级,隐患描述,状态,销号时间,经度,纬度\n"


def taken(ledger: Workspace, rows: str) -> RecordOutcome:
    path: Path = ledger.root / "in.csv"
    path.write_text(HEAD + rows.strip() + "\n", encoding="utf-8")
    return read_danger_files(ledger, DUTY, [path], now=NOW)


def told(outcome: RecordOutcome) -> list[tuple[int | None, str | None, str, str]]:
    found = [(one.row, one.column, str(one.value), one.severity) for one in outcome.faults]
    return sorted(found, key=lambda one: (one[0] or 0, one[1] or ""))


def test_what_the_form_refuses_a_file_cannot_bring(ledger: Workspace) -> None:
    outcome = taken(
        ledger,
        """
A,2026-06-09 08:00,西湖街道,,没有,一般,甲,整改中,,,
B,2026-06-09 08:00,西湖街道,,消防,一般,乙,哈哈,,,
C,2026-06-09 08:00,西湖街道,,消防,一般,丙,已销号,2026-06-10 10:00:01,,
D,2026-06-10 10:01,西湖街道,,没有,一般,丁,哈哈,2026-06-11,,
E,2026-06-09 08:00,西湖街道,,消防,一般,戊,已销号,2026-06-10,,
F,2026-06-09 08:00,西湖街道,,消防,一般,己,待复查,,,
""",
    )
    assert told(outcome) == [
        (2, "行业领域", "没有", "reject"),
        (3, "状态", "哈哈", "reject"),
        (4, "销号时间", "2026-06-10 10:00:01", "reject"),
        (5, "发现时间", "2026-06-10 10:01", "reject"),
        (5, "状态", "哈哈", "reject"),
        (5, "行业领域", "没有", "reject"),
        (5, "销号时间", "2026-06-11", "reject"),
    ]
    expected = {one.column: one.expected for one in outcome.faults}
    assert "可用：消防、危化、工矿" in expected["行业领域"]
    assert "可用：已发现、" in expected["状态"]
    stored = read_records(ledger, "hidden_dangers").set_index("key")
    assert stored["state"].to_dict() == {"E": "closed", "F": "rectified"}  # a day may be today


def test_what_is_doubtful_is_taken_and_said(ledger: Workspace) -> None:
    outcome = taken(
        ledger,
        """
A,2026-06-09 08:00,西湖街道,NOPE,消防,一般,甲,整改中,,,
B,2026-06-09 08:00,西湖街道,E1,消防,一般,,整改中,,,
C,2026-06-09 08:00,西湖街道,,消防,一般,丙,整改中,,120.15,30.05
D,2026-06-09 08:00,西湖街道,,消防,一般,丁,整改中,,120.05,30.05
""",
    )
    assert told(outcome) == [
        (2, "企业编号", "NOPE", "note"),
        (3, "隐患描述", "", "note"),
        (4, "所属镇街", "西湖街道", "note"),
    ]
    place = next(one.expected for one in outcome.faults if one.row == 4)
    assert place == "坐标在东山街道，按所填镇街计，请核对镇街和坐标"
    assert (outcome.accepted, outcome.rejected) == (4, 0)
    again = read_danger_files(ledger, DUTY, [ledger.root / "in.csv"], now=NOW + timedelta(days=1))
    assert (again.accepted, again.changed) == (4, 0)
