"""A lowering goes one step at most: its page shows the colour that the day has."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.web.records.conftest import WEST


def test_the_page_of_a_lowering_shows_what_holds(
    office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = {"town": WEST[0], "date": "2026-06-30", "level": "green", "reason": "已处置"}
    form |= {"direction": "down"}
    answer = office.post("duty", "/records/overrides/propose", form)
    key = parse_qs(urlsplit(answer.headers["location"]).query)["key"][0]
    label = "<dt>当日颜色（下调至多一级）</dt>"

    def page() -> str:
        text: str = office.client("duty").get(f"/records/overrides/item?key={key}").text
        return text

    assert f'{label}<dd class="missing">' in page()  # the day was never computed
    day = {"towns": [{"code": WEST[0], "level": "blue"}]}
    monkeypatch.setattr("web.records.record.read_day", lambda ws, date: day)
    assert f"{label}<dd>蓝</dd>" in page()
