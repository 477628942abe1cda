"""`riskmap weekly`, `publish weekly` and `replay` of a week, as typed."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from riskmap.cli.main import app
from riskmap.weekly.tables import week_towns
from tests.riskmap.weekly.weeks.conftest import CODES, CUTOFF, WEEK, WeekDistrict, usual_week

Run = Callable[..., Any]


@pytest.fixture
def run(district: WeekDistrict, monkeypatch: pytest.MonkeyPatch) -> Run:
    """How a command is typed in the district, on Monday morning."""
    usual_week(district)
    monkeypatch.setenv("RISKMAP_WORKSPACE", str(district.ws.root))
    monkeypatch.setenv("RISKMAP_NOW", "2026-06-15T09:00:00+08:00")
    monkeypatch.setenv("COLUMNS", "160")
    runner = CliRunner()
    return lambda *words: runner.invoke(app, list(words), catch_exceptions=False)


def test_compute_show_publish_replay(run: Run) -> None:
    computed = run("weekly")  # the last week that is over
    assert computed.exit_code == 0, computed.output
    assert "2026-W24 安全生产管控力指数：1绿 1橙 1黄，全区平均 85.0" in computed.output
    assert "97.0" in computed.output
    assert "第 1 版（草稿），计到 2026-06-12T17:00，方案 default-2026.3" in computed.output
    again = json.loads(run("weekly", "--week", "2026w24", "--json").output)
    assert (again["week"], again["revision"], again["status"]) == (WEEK, 1, "draft")

    done = run("publish", "weekly", "--by", "主任")
    assert "2026-W24 周指数第 1 版已发布" in done.output
    assert "白牌：已发" in done.output
    assert "早已发布" in run("publish", "weekly", "--week", WEEK).output
    said = json.loads(run("publish", "weekly", "--json").output)
    assert said == {"week": WEEK, "revision": 1, "corrects": None, "already": True, "cards": []}

    shown = json.loads(run("weekly", "show", "--json").output)
    assert (shown["status"], shown["published_by"]) == ("published", "主任")
    assert "（已发布）" in run("weekly", "show").output
    replayed = run("replay", WEEK)
    assert (replayed.exit_code, "逐字节相同" in replayed.output) == (0, True)
    assert json.loads(run("replay", WEEK, "--json").output)["week"] == WEEK


def test_a_changed_store_is_told_by_its_place(run: Run, district: WeekDistrict) -> None:
    run("weekly")
    with district.ws.write() as connection:
        first = week_towns.c.code == CODES[0]
        text = connection.execute(sa.select(week_towns.c.document).where(first)).scalar_one()
        changed = text.replace('"rank":1,', '"rank":2,', 1)
        connection.execute(sa.update(week_towns).where(first).values(document=changed))
    found = run("replay", WEEK)
    assert found.exit_code == 1
    assert "入库后被改动过" in found.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("weekly", "--week", "下周"), "没有这一周：下周"),
        (("weekly", "--week", "2026-W26"), "这一周还没有开始"),
        (("weekly", "show", "--week", "2026-W20"), "没有这一周的成果：2026-W20"),
        (("weekly", "show", "--week", WEEK, "--revision", "3"), "没有这一周的成果"),
        (("publish", "weekly", "--week", "2026-W23"), "没有这一周的成果：2026-W23"),
        (("publish", "weekly", "--date", "2026-06-12"), "周指数按周发布"),
        (("publish", "daily", "--week", WEEK), "--week 只用于周指数"),
        (("publish", "daily", "--hold", "丙街道=核实"), "--hold 只用于周指数"),
        (("publish", "weekly", "--hold", "丙街道"), "--hold 没有写全：丙街道"),
        (("publish", "weekly", "--hold", "丙街道= "), "写成 --hold 镇街=理由"),
        (("publish", "weekly", "--hold", "丁镇=核实"), "可用的名称：甲镇、乙镇、丙街道"),
        (("publish", "weekly", "--hold", "丙街道=x", "--hold", f"{CODES[2]}=y"), "写了两次"),
        (("replay", "2026-W23"), "没有这一周的成果：2026-W23"),
        (("publish", "weekly", "--by", "长" * 101), "发布人太长：101 字"),
        (("weekly", "--reason", "长" * 2001), "理由太长：2001 字"),
        (("weekly", "deliveries", "--week", "0001-W01"), "没有这一周：0001-W01"),
        (("weekly", "--as-of", "2026-06-14T09:00"), "截止之后才知道的不计入本周"),
        (("weekly", "--as-of", "2026-06-16T09:00"), "截止时刻在将来"),
    ],
)
def test_what_cannot_be_done_ends_as_one_line(run: Run, words: tuple[str, ...], said: str) -> None:
    found = run(*words)
    assert found.exit_code == 2
    assert found.output.count("\n") == 1
    assert said in found.output


def test_a_late_number_needs_a_reason_and_is_told_in_the_output(
    run: Run, district: WeekDistrict
) -> None:
    run("weekly")
    run("publish", "weekly")
    district.deliver(WEEK, {CODES[2]: 0.85}, learnt=CUTOFF.replace(hour=18))
    same = run("weekly").output
    assert "第 1 版（已发布）" in same
    corrected = run("weekly", "--reason", "报送有误").output
    assert "更正第 1 版：报送有误" in corrected
    assert "第 2 版（草稿）" in corrected
    assert "更正第 1 版，两版都可查看" in run("publish", "weekly").output


def test_a_card_is_held_back_as_the_week_is_published(run: Run) -> None:
    run("weekly")
    none = run("publish", "weekly", "--hold", "甲镇=核实")
    assert (none.exit_code, "这一稿不会给该镇街发牌，不用暂缓" in none.output) == (2, True)
    done = run("publish", "weekly", "--hold", "丙街道=数据=待核实")
    assert done.exit_code == 0, done.output
    assert f"{WEEK}-{CODES[2]}-white 白牌：暂缓" in done.output
    shown = run("card", "show", f"{WEEK}-{CODES[2]}-white").output
    assert "数据=待核实" in shown
    again = run("publish", "weekly", "--hold", f"{CODES[2]}=核实")
    assert (again.exit_code, "这一稿已发布，牌已发出" in again.output) == (2, True)


def test_a_revision_that_is_not_there_is_told_from_a_week_that_is_not(run: Run) -> None:
    run("weekly")
    for words in (("replay", WEEK), ("weekly", "show", "--week", WEEK)):
        assert f"{WEEK} 没有这一稿：7。共有 1 稿" in run(*words, "--revision", "7").output


def test_show_one_town(run: Run) -> None:
    run("weekly")
    done = run("weekly", "show", "--town", "乙镇")
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert lines[0].startswith(f"{WEEK} 乙镇（{CODES[1]}）：黄 88.0 分，第 2 名（90% 在 ")
    assert any(
        line.split()[:2] == ["0.72", "A4.1"] and "（得 7.04 / 8，最好 甲镇 7.76）" in line
        for line in lines
    )
    assert sum(line.startswith("  A") and "部门报送" in line for line in lines) == 25
    assert lines[-1] == "第 1 版（草稿），计到 2026-06-12T17:00，方案 default-2026.3"
    assert run("weekly", "show", "--town", CODES[1]).output == done.output
    detail = json.loads(run("weekly", "show", "--town", CODES[1], "--json").output)
    assert (detail["code"], len(detail["indicators"])) == (CODES[1], 25)
