"""A lowering goes one step at most: its page shows the colour that the day has."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from riskmap.records.reading import read_records
from tests.web.records.conftest import NOW, WEST

FORM = {"town": WEST[0], "date": "2026-06-30", "level": "green", "reason": "已处置"}


def known(monkeypatch: pytest.MonkeyPatch, level: str) -> None:
    """Let the day of the forms have been computed with a colour of the town in the west."""
    colours = {(NOW.date(), WEST[0]): level}
    monkeypatch.setattr("riskmap.records.lowering.colours_of", lambda ws, days: colours)


def proposed(office: Any, form: dict[str, str]) -> str:
    answer = office.post("duty", "/records/overrides/propose", form)
    key: str = parse_qs(urlsplit(answer.headers["location"]).query)["key"][0]
    return key


def page_of(office: Any, login: str, key: str) -> str:
    text: str = office.client(login).get("/records/overrides/item", params={"key": key}).text
    return text


def test_the_page_of_a_lowering_shows_what_holds(
    office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = proposed(office, FORM | {"direction": "down"})
    label = "<dt>当日颜色（下调至多一级）</dt>"
    assert f"{label}<dd>尚未研判出颜色</dd>" in page_of(office, "duty", key)
    known(monkeypatch, "blue")
    page = page_of(office, "duty", key)
    assert f"{label}<dd>蓝</dd>" in page
    assert '<h1 class="sheet-title">西街道 下调至绿</h1>' in page


def test_a_lowering_of_two_steps_is_refused_beside_the_field(
    office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    known(monkeypatch, "orange")
    answer = office.post("duty", "/records/overrides/propose", FORM | {"level": "blue"})
    assert answer.status_code == 422
    said = "这一天现为橙，下调至多一级，只能调到黄"
    assert f'id="f-level-fault">{said}</p>' in answer.text
    assert 'value="blue" selected' in answer.text and "已处置" in answer.text
    assert read_records(office.workspace, "overrides").empty
    assert proposed(office, FORM | {"level": "yellow"})


def test_only_another_person_gets_the_button_that_confirms(office: Any) -> None:
    key = proposed(office, FORM | {"direction": "down"})
    own, other = page_of(office, "duty", key), page_of(office, "second", key)
    assert "/records/overrides/confirm" not in own and "等另一人复核" in own
    assert "/records/overrides/confirm" in other and "等另一人复核" not in other
    assert "<dt>复核人</dt><dd>待复核</dd>" in own
    office.post("second", f"/records/overrides/confirm?key={key}", {})
    for login in ("duty", "second"):
        page = page_of(office, login, key)
        assert "待复核" not in page and "/records/overrides/confirm" not in page


def test_a_colour_that_moved_since_is_not_confirmed(
    office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    known(monkeypatch, "orange")
    key = proposed(office, FORM | {"level": "yellow"})
    known(monkeypatch, "yellow")
    answer = office.post("second", f"/records/overrides/confirm?key={key}", {})
    assert answer.status_code == 422 and "颜色已不是提出时的那样" in answer.text
    assert read_records(office.workspace, "overrides")["second_person"].isna().all()
