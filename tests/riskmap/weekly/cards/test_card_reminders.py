"""Answers that are due: seven days, three days, on the day, late; before a rest day, not after."""

from datetime import datetime, timedelta

import pytest
from typer.testing import CliRunner

from riskmap.ledger.gaming import week_window
from riskmap.weekly.cards.deciding import act, list_cards
from riskmap.weekly.cards.facts import weeks_after, weeks_apart, weeks_before
from riskmap.weekly.cards.reminders import cards_due, doubtful_cards
from riskmap.workspace import Workspace
from tests.riskmap.ledger.conftest import DUTY, REPORTER
from tests.riskmap.weekly.cards.conftest import A, B, C, publish, week_no

GOOD = {A: 92.0, B: 93.0, C: 96.0}


def at(ws: Workspace, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ws.settings.zone)


def stages(ws: Workspace, text: str) -> list[tuple[str, str, int, bool]]:
    found = cards_due(ws, at(ws, text))
    return [(one.card, str(one.stage), one.days_left, one.fresh) for one in found]


def test_stages_of_an_answer(desk: Workspace) -> None:
    publish(desk, week_no(1), GOOD | {A: 59.0, B: 75.0})  # Friday 22 May: B until 29 May, A 5 June
    assert stages(desk, "2026-05-22T18:30") == [("white", "T-7", 7, True)]
    assert stages(desk, "2026-05-25T09:00") == [("white", "T-7", 4, False)]
    assert stages(desk, "2026-05-26T09:00") == [("white", "T-3", 3, True)]
    assert stages(desk, "2026-05-29T23:00") == [
        ("white", "T0", 0, True), ("yellow", "T-7", 7, True),
    ]  # fmt: skip
    assert stages(desk, "2026-05-30T09:00")[0] == ("white", "overdue", -1, False)
    assert stages(desk, "2026-06-01T09:00")[0] == ("white", "overdue", -3, True)
    [white] = list_cards(desk, town=B)
    act(desk, DUTY, white.number, "answer", "已整改", version=1, now=at(desk, "2026-06-01T10:00"))
    assert [card for card, *_ in stages(desk, "2026-06-01T11:00")] == ["yellow"]


def test_a_term_that_ends_on_a_rest_day_is_reminded_of_before_it(desk: Workspace) -> None:
    """21 June 2026 is the end of the Dragon Boat holiday; its last working day is the 18th."""
    publish(desk, week_no(1), GOOD)
    publish(desk, week_no(2), GOOD | {A: 75.0}, now=at(desk, "2026-06-13T10:00"))
    [one] = cards_due(desk, at(desk, "2026-06-18T09:00"))
    assert (str(one.stage), one.due.isoformat(), one.days_left) == ("T0", "2026-06-20", 2)
    assert one.rest_day


def test_a_corrected_week_is_told_to_the_office(desk: Workspace) -> None:
    publish(desk, week_no(1), GOOD | {A: 75.0})
    assert doubtful_cards(desk) == []
    later = week_window(desk, week_no(1)).end + timedelta(days=2)
    publish(desk, week_no(1), GOOD, revision=2, now=later)
    [card] = doubtful_cards(desk)
    act(desk, DUTY, card.number, "withdraw", "更正后不再触发", version=2, now=later)
    assert doubtful_cards(desk) == []


def test_weeks_that_a_long_holiday_swallows_are_left_out(desk: Workspace) -> None:
    folder = desk.root / "calendars"
    folder.mkdir()
    days = "".join(f"2026-07-{day},holiday,长假,t\n" for day in range(13, 18))
    (folder / "own.csv").write_text("date,kind,name,source\n" + days, "utf-8")
    assert weeks_before(desk, "2026-W30", 2) == ["2026-W27", "2026-W28"]
    assert weeks_after(desk, "2026-W27", "2026-W30") == ["2026-W28", "2026-W30"]
    assert weeks_after(desk, "2026-W30", "2026-W30") == []
    assert weeks_before(desk, "2026-W02", 3) == ["2025-W51", "2025-W52", "2026-W01"]
    assert [weeks_apart("2026-W53", "2027-W01"), weeks_apart("2026-W20", "2026-W20")] == [1, 0]


def test_cards_at_the_command_line(desk: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    from riskmap.cli.main import app  # noqa: PLC0415  (builds the whole command line)

    publish(desk, week_no(1), GOOD | {A: 59.0, B: (75.0, 0.7)})
    monkeypatch.setenv("RISKMAP_NOW", "2026-05-30T09:00:00+08:00")

    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["-w", str(desk.root), "card", *words])
        return done.exit_code, done.output

    code, text = run("list")
    assert code == 0
    assert "2026-W21-330106001-yellow  西湖街道  黄牌  已发，待答复  2026-06-05 前答复" in text
    assert "2026-W21-330106002-white  东山街道  白牌  待定（建议发牌）" in text
    assert run("list", "--due")[1].endswith("共 1 张\n")
    white = "2026-W21-330106002-white"
    assert "把握 70%" in run("show", white)[1]
    assert run("give", white, "--reason", "情况属实")[0] == 0
    assert run("answer", white)[0] == 2
    assert "请写明整改情况" in run("answer", white)[1]
    code, text = run("release", white, "--reason", "同意")
    assert (code, "现在不能解除" in text) == (2, True)
    assert run("give")[0] == 2
    assert run("give", "--town", C, "--card", "red", "--reason", "瞒报事故")[0] == 0
    assert "2026-W21-330106003-red" in run("list", "--state", "standing")[1]
    assert run("list", "--state", "blue")[0] == 2
    assert list_cards(desk, town=C)[0].steps[0].actor.startswith("command-line:")
    assert REPORTER.town == A
