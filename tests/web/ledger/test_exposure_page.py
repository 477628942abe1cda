"""The page of 每日曝光: by domain, what is earlier, few domains said, published once and fixed."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from riskmap.errors import ConflictError
from riskmap.ledger import dangers
from riskmap.ledger.states import State
from riskmap.workspace import init_workspace
from web.app import create_app


def shown(page: str) -> list[tuple[str, str]]:
    """Return (number, description) of the rows of a page."""
    found = re.findall(
        r'class="exposed-place">(\d+)</span>\s*<a [^>]*><span class="exposed-what">(.*?)</span>',
        page,
    )
    return [(number, re.sub("<[^>]+>", "", text).split()[-1]) for number, text in found]


def test_the_list_of_a_day(house: Any) -> None:
    house.report(found_at=house.now - timedelta(days=20), description="早先的")
    house.report(description="消防一")
    page = house.client().get("/exposures").text
    assert "只在 1 个领域" in page and "2026年6月30日 星期二" in page
    house.report(domain="危化", grade="major", description="危化二 13812345678")
    page = house.client().get("/exposures").text
    assert "不足 2 个" not in page and "未发布" in page
    assert [text for _, text in shown(page)] == ["消防一", "138****5678", "早先的"]
    assert [number for number, _ in shown(page)] == ["1", "2", "3"]
    assert "当日发现 2 条，涉及 2 个领域；此前发现仍未整改 1 条，其中超期 1 条。" in page
    before = house.client().get("/exposures", params={"date": "2026-06-29"}).text
    assert [text for _, text in shown(before)] == ["早先的"]
    assert "当日没有登记新发现的隐患" in before


def test_only_the_office_publishes_and_an_issue_stays_as_it_is(house: Any) -> None:
    danger = house.report(description="通道被堵")
    day = {"date": "2026-06-30"}
    for login in ("viewer", "town", "inspector"):
        assert "发布本期" not in house.client(login).get("/exposures").text
        assert house.post(login, "/exposures", day).status_code == 403
    assert "发布本期" in house.client("duty").get("/exposures").text
    sent = house.post("duty", "/exposures", day)
    assert sent.status_code == 303 and sent.headers["location"] == "/exposures?date=2026-06-30"
    assert dangers.read_danger(house.workspace, danger.number).state is State.EXPOSED
    house.report(description="后来的")
    page = house.client("duty").get("/exposures", params=day).text
    assert "第 1 期" in page and "2026年6月30日 09:00 发布" in page and "发布本期" not in page
    assert [text for _, text in shown(page)] == ["通道被堵"]
    assert house.post("duty", "/exposures", day).status_code == 303
    assert house.client().get("/exposures").text.count("第 1 期") == 2


def test_what_went_on_while_an_issue_was_published_is_said(
    house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = house.report(description="通道被堵")
    second = house.report(description="灭火器失效")
    real = dangers.act

    def faster(*given: Any, **more: Any) -> Any:
        if given[2] == second.number:
            raise ConflictError("已有新的版本")
        return real(*given, **more)

    monkeypatch.setattr("riskmap.ledger.exposures.act", faster)
    sent = house.post("duty", "/exposures", {"date": "2026-06-30"})
    monkeypatch.undo()
    assert sent.status_code == 303
    page = house.client("duty").get(sent.headers["location"]).text
    said = re.search(r'<p class="form-note" role="status">(.*?)</p>', page)
    assert said is not None and "发布时有 1 条已另有进展" in said[1]
    place = next(number for number, text in shown(page) if text == "灭火器失效")
    assert f'href="/dangers/{second.number}">第 {place} 条</a>' in said[1]
    assert first.number not in said[1]
    for query in ({}, {"passed": ["x", "<b>"]}):  # later, and what nobody published
        asked = {"date": "2026-06-30", **query}
        assert "已另有进展" not in house.client("duty").get("/exposures", params=asked).text


def test_days_that_cannot_be_shown(house: Any) -> None:
    client = house.client("duty")
    assert client.get("/exposures", params={"date": "2026-07-01"}).status_code == 422
    assert client.get("/exposures", params={"date": "heute"}).status_code == 422
    assert house.post("duty", "/exposures", {"date": "2026-06-30"}).status_code == 404
    assert house.post("duty", "/exposures", {"date": ""}).status_code == 422


def test_before_the_first_import_the_page_says_how_to_begin(tmp_path: Path) -> None:
    init_workspace(tmp_path / "new", "新区", "339902")
    app = create_app(tmp_path / "new")
    answer = TestClient(app).get("/exposures")
    app.state.workspace.close()
    assert answer.status_code == 200 and "riskmap import towns" in answer.text


def test_what_is_due_today_stands_before_what_is_due_later(house: Any) -> None:
    for days, text in ((1, "后到期"), (15, "今天到期"), (20, "超期")):  # general: 15 days
        house.report(found_at=house.now - timedelta(days=days), description=text)
    listed = [text for _, text in shown(house.client().get("/exposures").text)]
    assert listed == ["超期", "今天到期", "后到期"]


def test_markup_is_shown_as_text(house: Any) -> None:
    house.report(description="<script>alert(1)</script>")
    page = house.client("duty").get("/exposures").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page and "<script>alert" not in page
