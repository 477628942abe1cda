"""The grade of accidents by decree 493: the figure that decides it is named, slips are refused."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from riskmap.access.actors import command_line
from riskmap.errors import FieldsError
from riskmap.moment import Moment
from riskmap.paths import default_scheme_path
from riskmap.places import Places
from riskmap.records.accident_grades import GRADE_ZH, UNKNOWN, graded
from riskmap.records.accidents import accident_triggers, read_accidents
from riskmap.records.entries import enter
from riskmap.records.frames import typed_frame
from riskmap.storage.database import RECORD_COLUMNS
from riskmap.workspace import Workspace
from scoring.accident_grade import MEASURES
from scoring.schemes.scheme import load_scheme
from tests.riskmap.records.test_record_checks import recorded
from tests.riskmap.records.test_record_checks import workspace as made

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 6, 30, 4, 0, tzinfo=UTC)
SCHEME = load_scheme(default_scheme_path().read_text("utf-8"))
PLACES = Places(
    ("339901001",), ("甲镇",), SCHEME.sector_codes,
    {code: i for i, code in enumerate(SCHEME.sector_codes)} | dict(SCHEME.domains),
)  # fmt: skip
workspace = made
Figures = tuple[float | None, float | None, float | None]


def accident(figures: Figures, late: str | None = None) -> pd.DataFrame:
    names = [*RECORD_COLUMNS["accidents"], "key", "source", "delivery_id", "learnt_at"]
    row: dict[str, object] = dict.fromkeys(names)
    at = pd.Timestamp("2026-06-28T10:00:00+08:00")
    row |= {"id": "A1", "key": "A1", "source": "a.csv:2", "delivery_id": 1, "learnt_at": at}
    row |= {"occurred_at": at, "town": "339901001", "domain": "工贸", "kind": "accident"}
    row |= dict(zip(MEASURES, figures, strict=True)) | {"late_deaths": late}
    return typed_frame("accidents", pd.DataFrame([row], columns=names))


@pytest.mark.parametrize(
    ("figures", "late", "grade", "measure"),
    [
        ((3, 0, 0), None, "较大事故", "deaths"),
        ((2, 0, 0), "2026-06-29:1", "较大事故", "deaths"),
        ((2, 0, 0), "2026-07-01:1", "一般事故", "deaths"),  # not died yet
        ((1, 60, 2e7), None, "重大事故", "serious_injuries"),
        ((0, 0, 1.2e8), None, "特别重大事故", "loss_cny"),
        ((None, None, 5e5), None, "一般事故", "loss_cny"),
    ],
)
def test_grade_and_measure(figures: Figures, late: str | None, grade: str, measure: str) -> None:
    found = graded(accident(figures, late), SHANGHAI, date(2026, 6, 30))
    assert GRADE_ZH[found.grade[0]] == grade
    assert MEASURES[found.measure[0]] == measure


def test_without_any_figure_the_grade_is_unknown() -> None:
    assert graded(accident((None, None, None)), SHANGHAI, date(2026, 6, 30)).grade[0] == UNKNOWN


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ((0, 0, 1.2e8), "特别重大事故（06-28 10:00，直接经济损失 1.2 亿元），已 48 小时"),
        ((1, 12, 0), "较大事故（06-28 10:00，重伤 12 人，死亡 1 人），已 48 小时"),
        ((3, 0, 0), "较大事故（06-28 10:00，死亡 3 人），已 48 小时"),
    ],
)
def test_the_floor_names_what_decides(figures: Figures, said: str) -> None:
    at = pd.Timestamp("2026-06-30T10:00:00+08:00").tz_convert("Asia/Shanghai")
    moment = Moment(at.date(), at, at)
    found = read_accidents(accident(figures), PLACES, moment, SCHEME)
    assert accident_triggers(found, moment, SCHEME)["text"].tolist() == [said]


def test_slips_are_refused(workspace: Workspace) -> None:
    outcome = recorded(
        workspace,
        "accidents",
        """
事故编号,发生时间,所属镇街,行业领域,死亡人数,直接经济损失,后续死亡
A1,2026-06-28 10:00,院桥镇,没有,1,1000,
A2,2026-06-28 10:00,院桥镇,消防,1,1000,2026-07-01:1
A3,2026-06-28 10:00,院桥镇,消防,10001,1000,
A4,2026-06-28 10:00,院桥镇,消防,1,1000000000001,
A5,2026-06-28 10:00,院桥镇,消防,10000,1000000000000,2026-06-30:1
""",
    )
    assert [(fault.row, fault.column, fault.value) for fault in outcome.faults] == [
        (4, "死亡人数", "10001"),
        (5, "直接经济损失", "1000000000001"),
        (2, "行业领域", "没有"),
        (3, "后续死亡", "2026-07-01:1"),
    ]
    assert (outcome.accepted, outcome.rejected) == (1, 4)


def test_a_form_refuses_the_same(workspace: Workspace) -> None:
    fields = {"occurred_at": "2026-06-28 10:00", "town": "院桥镇", "domain": "没有"}
    fields |= {"late_deaths": "2026-07-01:1"}
    with pytest.raises(FieldsError) as caught:
        enter(workspace, command_line("root"), "accidents", fields, now=NOW)
    assert set(caught.value.faults) == {"domain", "late_deaths"}
