"""The commands of the day as a user types them: daily, explain, publish, replay, calibrate."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from riskmap.cli.main import app
from riskmap.errors import NotFoundError
from riskmap.hazard import hazard_source_document
from riskmap.workspace import Workspace

Run = Callable[..., Result]


@pytest.fixture
def run(small: Workspace, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("RISKMAP_NOW", now.isoformat())
    runner = CliRunner()

    def invoke(*words: str) -> Result:
        return runner.invoke(app, ["-w", str(small.root), *words])

    return invoke


def test_daily_prints_the_day_and_is_repeatable(run: Run) -> None:
    first = run("daily", "--date", "2026-06-30")
    assert first.exit_code == 0, first.output
    assert "2026-06-30 云溪区：1蓝 8绿" in first.output
    centre = next(line for line in first.output.splitlines() if line.startswith("中央镇"))
    assert centre.split() == ["中央镇", "蓝", "47.5", "—", "危化"]
    assert "第 1 版（草稿）" in first.output
    again = run("daily", "--date", "2026-06-30")
    assert "与上次结果相同" in again.output


def test_daily_without_date_is_today_and_json_is_one_document(run: Run) -> None:
    done = run("daily", "--json")
    document = json.loads(done.stdout)
    assert (document["date"], document["unchanged"]) == ("2026-06-30", False)
    assert len(document["towns"]) == 9


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("daily", "--date", "2026-07-01"), "日期在将来"),
        (("daily", "--date", "30 June"), "日期无法识别"),
        (("daily", "--as-of", "soon"), "时间无法识别"),
        (("daily", "--as-of", "23:59"), "截止时刻在将来"),
        (("replay", "2026-06-30"), "没有这一天的成果"),
        (("explain", "中央镇"), "没有这一天的成果"),
        (("publish", "daily"), "没有这一天的成果"),
        (("publish", "almanac"), "没有这种产品"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(run: Run, words: tuple[str, ...], said: str) -> None:
    done = run(*words)
    assert done.exit_code == 2
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_explain_by_name_and_code(run: Run) -> None:
    run("daily", "--date", "2026-06-30")
    by_name, by_code = run("explain", "中央镇"), run("explain", "339999005000")
    assert by_name.output == by_code.output
    assert "2026-06-30 中央镇（339999005）：蓝 47.5 分" in by_name.output
    assert "47.54 合计" in by_name.output
    assert "重大危险源" in by_name.output
    unknown = run("explain", "中心镇")
    assert unknown.exit_code == 2
    assert "中央镇" in unknown.stderr


def test_publish_then_replay(run: Run) -> None:
    run("daily", "--date", "2026-06-30")
    assert "第 1 版已发布" in run("publish", "daily", "--by", "值班长").output
    assert "早已发布" in run("publish", "daily").output
    equal = run("replay", "2026-06-30")
    assert (equal.exit_code, "逐字节相同" in equal.output) == (0, True)


def test_replay_of_a_changed_day_exits_1(run: Run, small: Workspace) -> None:
    import sqlalchemy as sa  # noqa: PLC0415 - only here

    run("daily", "--date", "2026-06-30")
    with small.write() as connection:
        connection.execute(sa.text("update days set digest = 'f' || substr(digest, 2)"))
        connection.execute(sa.text("update days set digest = '0' || substr(digest, 2)"))
    done = run("replay", "2026-06-30")
    assert done.exit_code == 1
    assert "第一处不同" in done.output


def test_hazard_source_document(small: Workspace) -> None:
    document = hazard_source_document(small, "HS1")
    assert document["R"] == pytest.approx(85.6)
    assert document["S"] == pytest.approx(2.6)
    assert (document["alpha"], document["level"], document["level_zh"]) == (2.0, 2, "二级")
    assert document["surveyed_population_500m"] == 102
    # 24000 persons on 4 km² = 6000/km²; a circle of 500 m is 0.7854 km²: 4712 persons
    assert document["exposed_population_500m"] == pytest.approx(4712.4, rel=2e-3)
    assert (document["population_used"], document["town"]) == ("surveyed", "中央镇")
    assert [line["name"] for line in document["substances"]] == ["硫化氢", "磷化氢", "氯"]
    with pytest.raises(NotFoundError):
        hazard_source_document(small, "HS9")


def test_calibrate_writes_a_new_version_and_leaves_the_one_in_use(
    run: Run, small: Workspace
) -> None:
    before = small.scheme_path.read_text("utf-8")
    done = run("scheme", "calibrate", "--json")
    assert done.exit_code == 0, done.output
    result = json.loads(done.stdout)
    assert small.scheme_path.read_text("utf-8") == before
    # the first fact is of 1 June, the last of 25 June
    assert (result["first"], result["last"], result["towns"]) == ("2026-06-01", "2026-06-25", 9)
    posts = {row["code"]: (row["old"], row["new"]) for row in result["goalposts"]}
    # P95 of one town is its own value; h3: sites 21 and 60 → 21 + 0.95·39 = 58.05 → 59
    assert posts["h1"] == (200.0, 86.0)
    assert posts["h3"] == (60.0, 59.0)
    assert posts["h5"] == (20.0, 5.0)
    assert posts["v"] == (40.0, 14.0)
    assert sum(result["old"]["shares"][level] for level in ("red", "orange", "green")) <= 1
    new = Path(result["file"])
    assert new.parent == small.schemes_dir
    assert run("scheme", "check", str(new)).exit_code == 0
    assert run("scheme", "calibrate").exit_code == 2  # never overwrites a scheme
