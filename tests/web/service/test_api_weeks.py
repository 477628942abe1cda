"""Weeks over the API and as a workbook, of a real district: what was computed is what is sent."""

import io
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook

from riskmap.access.actors import command_line
from riskmap.records.importing import record_files
from riskmap.schemes import scheme_in_use
from riskmap.weekly.computing import compute_week, store_week
from riskmap.weekly.publishing import publish_week
from riskmap.weekly.weeks import read_week
from riskmap.workspace import open_workspace
from scoring.weekly.parts import WeeklyIndicator
from tests.web.service.test_api import conforms, get
from web.api.week_models import TownWeekDetail, Week, WeekSummary
from web.app import create_app

API = "/api/v1/weeks"
ZONE = ZoneInfo("Asia/Shanghai")
DELIVERED, AFTER = (datetime(2026, 7, day, 9, 0, tzinfo=ZONE) for day in (2, 4))
TOWN, SILENT = "339901001", "339901009"
"""The departments deliver nothing about the last town."""


@pytest.fixture(scope="module")
def weeks_root(district_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the district with 2026-W27 delivered and published."""
    folder = tmp_path_factory.mktemp("weeks")
    root, file = folder / "workspace", folder / "values.csv"
    shutil.copytree(district_root, root)
    actor = command_line("周值班")
    with open_workspace(root) as ws:
        weekly = scheme_in_use(ws).weekly
        assert weekly is not None
        lines = [
            f"2026-W27,33990100{place},{one.code},{_value(one, place)}"
            for one in weekly.indicators
            for place in range(1, 9)
        ]
        file.write_text("\n".join(["周,镇街,指标,数值", *lines]) + "\n", "utf-8")
        assert record_files(ws, "indicators", [file], now=DELIVERED).rejected == 0
        store_week(ws, actor, compute_week(ws, "2026-W27", now=AFTER), now=AFTER)
        publish_week(ws, actor, "2026-W27", by="周值班", now=AFTER)
    return root


def _value(one: WeeklyIndicator, place: int) -> str:
    """Return a value a little short of full points, the more so the further on the town."""
    value = one.full - (one.full - one.zero) * 0.04 * place
    return f"{value:.1f}%" if one.unit == "%" else f"{value:.3f}"


@pytest.fixture(scope="module")
def weeks(weeks_root: Path) -> Iterator[TestClient]:
    with TestClient(create_app(weeks_root), raise_server_exceptions=False) as client:
        yield client


def test_the_list_of_weeks(weeks: TestClient) -> None:
    (week,) = get(weeks, API)
    conforms(week, WeekSummary)
    assert (week["week"], week["status"], week["revision"]) == ("2026-W27", "published", 1)


def test_a_week_conforms_and_is_what_was_stored(weeks: TestClient, weeks_root: Path) -> None:
    week = get(weeks, f"{API}/2026-W27")
    conforms(week, Week)
    with open_workspace(weeks_root) as ws:
        stored = read_week(ws, "2026-W27")
    assert week["towns"] == stored["towns"]
    assert len(week["towns"]) == 9 and len(week["indicators"]) == 25
    assert [one["code"] for one in week["towns"] if one["index"] is None] == [SILENT]
    silent = week["towns"][-1]
    assert (silent["level"], silent["rank"]) == ("no_data", None)
    assert get(weeks, f"{API}/2026-W27?revision=1") == week


def test_names_of_persons_are_cut_for_viewers(weeks: TestClient) -> None:
    assert get(weeks, f"{API}/2026-W27")["published_by"] == "周**"
    assert get(weeks, API)[0]["published_by"] == "周**"


def test_a_town_conforms_and_its_points_are_those_of_its_aspects(weeks: TestClient) -> None:
    week = get(weeks, f"{API}/2026-W27")
    for row in week["towns"]:
        town = get(weeks, f"{API}/2026-W27/towns/{row['code']}")
        conforms(town, TownWeekDetail)
        assert {key: town[key] for key in row} == row
        assert len(town["indicators"]) == 25
        for aspect in town["aspects"]:
            own = [
                one["points"]
                for one, part in zip(town["indicators"], week["indicators"], strict=True)
                if part["aspect"] == aspect["code"] and one["points"] is not None
            ]
            if aspect["points"] is not None:
                assert sum(own) == pytest.approx(aspect["points"], abs=1e-9)


def test_an_unchanged_answer_is_not_sent_again(weeks: TestClient) -> None:
    for path in (API, f"{API}/2026-W27", f"{API}/2026-W27/towns/{TOWN}"):
        first = weeks.get(path)
        again = weeks.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{API}/2026-W20", 404),
        (f"{API}/2026-W27?revision=9", 404),
        (f"{API}/2026-W27?revision=0", 422),
        (f"{API}/2026-W54", 422),
        (f"{API}/2026w27", 422),
        (f"{API}/2026-06-26", 422),
        (f"{API}/2026-W27/towns/339901099", 404),
        (f"{API}/2026-W27/towns/abc", 422),
        (f"{API}/2026-W20/towns/{TOWN}", 404),
    ],
)
def test_what_is_not_there_is_a_problem(weeks: TestClient, path: str, status: int) -> None:
    answer = weeks.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status


def test_without_weeks_the_list_is_empty(client: TestClient) -> None:
    assert get(client, API) == []


def test_the_workbook_has_the_ranking_of_the_page(weeks: TestClient) -> None:
    answer = weeks.get("/weekly/2026-W27.xlsx")
    assert answer.status_code == 200
    assert 'filename="riskmap-2026-W27.xlsx"' in answer.headers["content-disposition"]
    book = load_workbook(io.BytesIO(answer.content))
    sheet = book["排名"]
    shown = [[cell.value for cell in row[:5]] for row in sheet.iter_rows(min_row=4)]
    towns = get(weeks, f"{API}/2026-W27")["towns"]
    ordered = sorted(towns, key=lambda one: (one["rank"] is None, one["rank"] or 0, one["code"]))
    assert [row[0] for row in shown] == [one["rank"] for one in ordered]
    assert [row[1] for row in shown] == [one["name"] for one in ordered]
    assert [row[3] for row in shown] == pytest.approx([one["index"] for one in ordered])
    codes = [row[2].value for row in book["排名明细"].iter_rows(min_row=2)]
    assert codes == [one["code"] for one in ordered]
    assert len(list(book["指标"].iter_rows(min_row=2))) == 9 * 25
    said = [row[1].value for row in book["来源"].iter_rows()]
    assert "发布时间" in said and "发布人" not in said
    assert weeks.get("/weekly/2026-W27.xlsx").content == answer.content


@pytest.mark.parametrize(("week", "status"), [("2026-W20", 404), ("x", 422)])
def test_a_workbook_that_is_none(weeks: TestClient, week: str, status: int) -> None:
    assert weeks.get(f"/weekly/{week}.xlsx").status_code == status
