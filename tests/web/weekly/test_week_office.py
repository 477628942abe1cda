"""The office's Friday on the web: compute, see what would be raised, publish, hold back, correct.

Three towns at 97, 88 and 70 points: the last one gets a white card.
"""

import io
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from openpyxl import load_workbook
from playwright.sync_api import expect

from riskmap.access import sessions, users
from riskmap.access.actors import command_line
from riskmap.access.tables import users as user_table
from riskmap.daily.computing import compute_day, store_day
from riskmap.weekly.cards.deciding import act, list_cards
from riskmap.weekly.weeks import list_revisions, list_weeks
from riskmap.workspace import open_workspace
from tests.riskmap.weekly.weeks.conftest import (
    CODES,
    CUTOFF,
    MONDAY,
    WEEK,
    WeekDistrict,
    make_three_towns,
    usual_week,
)
from web.access import SESSION_COOKIE
from web.app import create_app
from web.daily.town_view import facts
from web.texts.lookup import Texts
from web.weekly.week_view import week_name

ROOT = command_line("test")
LAST = CODES[2]
PEOPLE: Mapping[str, Mapping[str, Any]] = {
    "duty": {"name": "周值班", "role": "duty"},
    "viewer": {"name": "赵查看", "role": "viewer"},
    "town": {"name": "李填报", "role": "reporter", "town": LAST},
    "inspector": {"name": "王检查", "role": "inspector", "domains": ("消防",)},
}
FORM = 'action="/weekly/2026-W24/'


@dataclass
class Friday:
    """The three towns, the service with a clock that the test sets, and its people."""

    district: WeekDistrict
    app: Any
    now: datetime = MONDAY
    signed: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def ws(self) -> Any:
        return self.district.ws

    def later(self, moment: datetime) -> None:
        """Let it be another moment; people sign in anew."""
        self.now = moment
        self.signed.clear()

    def sign_in(self, login: str, now: datetime | None = None) -> tuple[str, str]:
        """Return cookie and form token of somebody."""
        user = users.find_user(self.ws, login)
        assert user is not None
        with self.ws.write() as connection:
            cookie, session = sessions.open_session(
                connection, user, address="127.0.0.1", agent="test",
                settings=self.ws.settings.access, now=now or self.now,
            )  # fmt: skip
        return cookie, session.csrf

    def client(self, login: str = "") -> TestClient:
        client = TestClient(self.app, follow_redirects=False, headers={"accept": "text/html"})
        if login:
            if login not in self.signed:
                self.signed[login] = self.sign_in(login)
            client.cookies.set(SESSION_COOKIE, self.signed[login][0])
        return client

    def page(self, path: str = f"/weekly/{WEEK}", login: str = "duty") -> str:
        return str(self.client(login).get(path).text)

    def post(self, action: str, login: str = "duty", week: str = WEEK, **fields: str) -> Any:
        client = self.client(login)
        data = {"csrf": self.signed[login][1], **fields}
        return client.post(f"/weekly/{week}/{action}", data=data)

    def cards(self) -> list[tuple[str, str, str]]:
        return [(card.town, card.card, str(card.state)) for card in list_cards(self.ws)]


@pytest.fixture(scope="session")
def three_towns(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The towns with one delivered week and the people, made once."""
    folder = tmp_path_factory.mktemp("three")
    root = folder / "w"
    make_three_towns(root, None)
    with open_workspace(root) as ws:
        usual_week(WeekDistrict(ws, folder))
        for login, attributes in PEOPLE.items():
            users.add_user(ws, ROOT, login=login, now=CUTOFF, **attributes)
        with ws.write() as connection:
            connection.execute(sa.update(user_table).values(must_change_password=False))
    return root


@pytest.fixture
def friday(three_towns: Path, tmp_path: Path) -> Iterator[Friday]:
    """A copy of it on Monday morning; nothing is computed yet."""
    root = tmp_path / "w"
    shutil.copytree(three_towns, root)
    app = create_app(root)
    with open_workspace(root) as ws:
        one = Friday(WeekDistrict(ws, tmp_path), app)
        app.state.clock = lambda: one.now
        yield one
    app.state.workspace.close()


def test_a_week_is_computed_seen_and_published(friday: Friday) -> None:
    assert "还没有计算过任何一周" in friday.page("/weekly", "viewer")
    assert "2026年第24周还没有计算" not in friday.page("/weekly/2026-W24", "viewer")
    first = friday.page("/weekly")
    assert f"{FORM}compute" in first and "riskmap weekly" not in first
    done = friday.post("compute")
    assert (done.status_code, done.headers["location"]) == (
        303, f"/weekly/{WEEK}?revision=1&done=computed#office",
    )  # fmt: skip
    page = friday.page(f"/weekly/{WEEK}?revision=1&done=computed")
    assert "已算出第 1 版草稿" in page
    assert "发布即发出 1 张牌" in page
    assert f'name="hold-{LAST}"' in page and page.count('name="hold-') == 1
    assert '<input type="hidden" name="revision" value="1">' in page
    assert friday.cards() == []
    done = friday.post("publish", revision="1")
    assert done.headers["location"] == f"/weekly/{WEEK}?done=published#office"
    assert friday.cards() == [(LAST, "white", "given")]
    assert list_weeks(friday.ws)[0]["published_by"] == "周值班"
    page = friday.page(f"/weekly/{WEEK}?done=published")
    assert "已发布第 1 版" in page and f"{FORM}publish" not in page
    again = friday.post("publish", revision="1")
    assert again.headers["location"] == f"/weekly/{WEEK}?done=already#office"
    assert "第 1 版早已发布，没有再发一次" in friday.page(f"/weekly/{WEEK}?done=already")
    assert len(friday.cards()) == 1


def test_a_card_is_held_back_with_its_reason(friday: Friday) -> None:
    friday.post("compute")
    wrong = friday.post("publish", revision="1", **{f"hold-{LAST}": "长" * 2001})
    assert wrong.status_code == 422
    assert f'id="f-publish-hold-{LAST}-fault">最多 2000 字' in wrong.text
    assert "长" * 2001 in wrong.text, "what was typed is kept"
    none = friday.post("publish", revision="1", **{f"hold-{CODES[0]}": "<b>核实</b>"})
    assert none.status_code == 422
    assert "这一稿不会给该镇街发牌，不用暂缓" in none.text and "<b>核实</b>" not in none.text
    assert friday.cards() == []
    done = friday.post("publish", revision="1", **{f"hold-{LAST}": "数据待核实", "hold-": " "})
    assert done.status_code == 303
    [card] = list_cards(friday.ws)
    assert (str(card.state), card.steps[0].reason) == ("held", "数据待核实")


def test_a_newer_revision_is_shown_and_not_published_unseen(friday: Friday) -> None:
    friday.post("compute")
    friday.district.deliver(WEEK, dict.fromkeys(CODES, 0.95), learnt=friday.now)
    friday.later(friday.now + timedelta(hours=1))
    newer = friday.post("compute", reason="补报")
    assert newer.headers["location"].startswith(f"/weekly/{WEEK}?revision=2&done=computed")
    refused = friday.post("publish", revision="1", **{f"hold-{LAST}": "数据待核实"})
    assert refused.status_code == 409
    assert "您看的是第 1 版，现在最新的是第 2 版。没有发布" in refused.text
    assert "数据待核实" in refused.text
    assert '<input type="hidden" name="revision" value="2">' in refused.text
    assert [one["status"] for one in list_revisions(friday.ws, WEEK)] == ["draft", "draft"]
    for wrong in ("", "x", "１", "99999999"):
        unseen = friday.post("publish", revision=wrong)
        assert unseen.status_code == 422 and "没有说明看过的是哪一版" in unseen.text
    assert friday.post("publish", revision="7").status_code == 409
    assert friday.post("publish", revision="2").status_code == 303
    assert friday.cards() == []


def test_reasons_come_back_where_somebody_else_published_first(friday: Friday) -> None:
    friday.post("compute")
    friday.post("publish", revision="1")
    late = friday.post("publish", revision="1", **{f"hold-{LAST}": "<i>数据待核实</i>"})
    assert late.status_code == 409
    assert "第 1 版刚刚已发布，牌已发出" in late.text
    assert '<p class="kept-words">&lt;i&gt;数据待核实' in late.text
    assert friday.cards() == [(LAST, "white", "given")]


def test_a_published_week_is_corrected_with_a_reason(friday: Friday) -> None:
    friday.post("compute")
    friday.post("publish", revision="1")
    friday.district.deliver(WEEK, dict.fromkeys(CODES, 0.95), learnt=friday.now)
    friday.later(friday.now + timedelta(hours=1))
    corrected = friday.page()
    assert "重算为更正稿" in corrected and "此后有报送，本版未计入" in corrected
    assert "各部门都已按时报齐" in corrected, "a correction makes nobody late"
    wrong = friday.post("compute")
    assert wrong.status_code == 422
    assert 'id="f-compute-reason-fault">这一周已发布，更正须写明理由' in wrong.text
    assert friday.post("compute", reason="长" * 2001).status_code == 422
    done = friday.post("compute", reason="丙街道报送有误")
    assert done.headers["location"] == f"/weekly/{WEEK}?revision=2&done=computed#office"
    again = friday.post("compute", reason="丙街道报送有误")
    assert again.headers["location"] == f"/weekly/{WEEK}?revision=2&done=same#office"
    standing = friday.page()
    assert "第 2 版草稿待发布，不是您在看的这一版" in standing
    assert (
        f'href="/weekly/{WEEK}?revision=2#office"' in standing and f"{FORM}publish" not in standing
    )
    draft = friday.page(f"/weekly/{WEEK}?revision=2")
    assert "发布后替代第 1 版" in draft and "不会发牌" in draft
    assert "依据已更正" not in friday.page("/cards")
    assert friday.post("publish", revision="2").status_code == 303
    [card] = list_cards(friday.ws)
    page = friday.page("/cards")
    doubted = page.index("依据已更正，待办公室决定去留")
    told = f"{week_name(WEEK, Texts('zh'))}第 2 版更正后"
    assert doubted < page.index(told) < page.index("在身的牌")
    assert "依据已更正" not in friday.page(f"/cards?town={CODES[0]}")
    for login in ("viewer", "town", "inspector", ""):
        assert "依据已更正" not in friday.page("/cards", login)
    act(friday.ws, ROOT, card.number, "withdraw", "依据已更正", version=card.version,
        now=friday.now)  # fmt: skip
    assert "依据已更正，待办公室决定去留" not in friday.page("/cards")


def test_a_reason_is_masked_in_the_file_as_on_the_page(friday: Friday) -> None:
    assert friday.post("compute", reason="a\x00b").status_code == 400
    assert friday.post("compute", reason="=1+1 王某 13812345678 补报").status_code == 303
    assert "138****5678" in friday.page()
    for login in ("duty", "viewer", ""):
        answer = friday.client(login).get(f"/weekly/{WEEK}.xlsx")
        book = load_workbook(io.BytesIO(answer.content))
        cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
        [kept] = [cell for cell in cells if "补报" in str(cell.value)]
        assert (kept.value, kept.data_type) == ("=1+1 王某 138****5678 补报", "s")


def test_before_the_cut_off_it_is_preliminary(friday: Friday) -> None:
    friday.later(CUTOFF - timedelta(minutes=30))
    assert friday.post("compute", week="2026-W26").status_code == 400
    assert "这一周还没有开始" in friday.post("compute", week="2026-W26").text
    page = friday.page()
    assert friday.client("duty").get(f"/weekly/{WEEK}").status_code == 404
    assert "还没有截止，算出的是初稿" in page and 'name="reason"' not in page
    friday.post("compute")
    page = friday.page()
    assert "本周还没有截止，不能发布" in page and f"{FORM}publish" not in page
    refused = friday.post("publish", revision="1")
    assert refused.status_code == 400 and "本周还没有截止，不能发布" in refused.text
    friday.later(CUTOFF + timedelta(minutes=5))
    assert "现在已经截止：先重算，再发布" in friday.page()
    friday.post("compute")
    assert friday.post("publish", revision="2").status_code == 303


def test_the_week_that_waits_is_named_on_every_week(friday: Friday) -> None:
    friday.post("compute")
    friday.post("publish", revision="1")
    assert "2026年第25周还没有截止。" in friday.page()
    friday.later(MONDAY + timedelta(days=7))
    page = friday.page()
    assert 'action="/weekly/2026-W25/compute"' in page
    assert page.count("2026年第25周已截止，还没有计算。") == 2, "above the map and with the forms"
    assert "已截止" not in friday.page(login="viewer")


@pytest.mark.parametrize("login", ["viewer", "town", "inspector"])
def test_others_see_no_form_and_are_refused(friday: Friday, login: str) -> None:
    friday.post("compute")
    page = friday.page(login=login)
    assert 'id="office"' not in page and "待发布" not in page and FORM not in page
    assert friday.post("compute", login).status_code == 403
    assert friday.post("compute", login, week="2026-W26").status_code == 403, "not begun: 400"
    assert friday.post("publish", login, revision="1").status_code == 403
    assert friday.client(login).get("/weekly/2026-W23").status_code == 404
    assert len(list_revisions(friday.ws, WEEK)) == 1 and friday.cards() == []


def test_a_week_of_no_calendar_and_a_form_of_another_site(friday: Friday) -> None:
    assert friday.post("compute", week="2026-W99").status_code == 422
    assert friday.post("publish", week="2026-W22", revision="1").status_code == 404
    client = friday.client("duty")
    assert client.post(f"/weekly/{WEEK}/compute", data={"csrf": "x"}).status_code == 403
    assert list_weeks(friday.ws) == []


def test_english_has_no_chinese_but_names(friday: Friday) -> None:
    friday.post("compute")
    html = friday.page(f"/weekly/{WEEK}?lang=en&done=computed")
    office = html.split('id="office"', 1)[1].split("</section>", 1)[0]
    words = re.sub(r"<[^>]+>", " ", office).replace("丙街道", "").replace("周值班", "")
    assert "Publish revision 1" in words and re.findall(r"[一-鿿]+", words) == []


def test_the_signs_of_a_week_lead_the_office_to_the_dangers(friday: Friday) -> None:
    """Nine of ten closed in the last half hour: one sign, half a point of A5.3."""
    closed = CUTOFF - timedelta(minutes=30)
    rows = [
        {
            "number": f"D{i}", "town": LAST, "domain": "消防", "grade": "general",
            "found_at": "2026-06-08T09:00:00+08:00", "description": f"堵塞{i}", "state": "closed",
            "deadline": "2026-06-20", "closed_at": closed.isoformat(),
        }
        for i in range(10)
    ]  # fmt: skip
    friday.district.record("hidden_dangers", rows, CUTOFF - timedelta(minutes=5))
    friday.post("compute")
    path = f"/weekly/{WEEK}/towns/{LAST}"
    said = "本周有 1 个疑似凑数的迹象，扣 0.5 分（A5.3）"
    office = friday.page(path)
    assert said in office and f'href="/gaming?week={WEEK}"' in office
    assert friday.client("duty").get(f"/gaming?week={WEEK}").status_code == 200
    for login in ("viewer", "town", ""):
        page = friday.page(path, login)
        assert said in page and "/gaming?week" not in page
    assert "疑似凑数" not in friday.page(f"/weekly/{WEEK}/towns/{CODES[0]}")


def test_the_day_names_the_week_of_its_index(friday: Friday) -> None:
    friday.post("compute")
    friday.post("publish", revision="1")
    day = MONDAY.date() + timedelta(days=2)
    friday.later(MONDAY + timedelta(days=2))
    store_day(friday.ws, compute_day(friday.ws, day, now=friday.now))
    page = friday.page(f"/towns/{LAST}", "viewer")
    said = f'<a href="/weekly/{WEEK}?revision=1">{WEEK}</a>，已发布的第 1 版，该周结束后第 2 天'
    assert said in page


@pytest.mark.parametrize(
    ("inputs", "source"),
    [
        ({"index_revision": None}, "报送的数，不是本系统发布的"),
        ({}, ""),
    ],
    ids=["delivered", "a day that was stored before"],
)
def test_an_index_that_was_delivered_is_no_link(inputs: dict[str, Any], source: str) -> None:
    told = {"index": 84.0, "index_week": WEEK, "index_age_days": 3.0, **inputs}
    [fact] = [one for one in facts(told, Texts("zh")) if one["said"]]
    assert fact["said"] == {
        "week": WEEK, "href": "", "source": source, "age": "该周结束后第 3 天",
    }  # fmt: skip
    assert all(one["said"] is None for one in facts({**told, "index_week": None}, Texts("zh")))


@pytest.mark.browser
@pytest.mark.parametrize("size", [(1440, 900), (390, 844)], ids=["desk", "phone"])
def test_the_forms_in_the_browser(
    friday: Friday,
    size: tuple[int, int],
    visit: Callable[..., Any],
    serving: Callable[[Path], AbstractContextManager[str]],
    screenshots: Path,
) -> None:
    """By a click from the draft to the published week; whole at both sizes, nothing serious."""
    friday.post("compute")
    cookie, _ = friday.sign_in("duty", datetime.now(UTC))
    with serving(friday.ws.root) as address:
        one = visit(*size, base=address)
        one.page.context.add_cookies([{"name": SESSION_COOKIE, "value": cookie, "url": address}])
        one.go(f"/weekly/{WEEK}")
        page = one.page
        page.locator(".week-lead a").click()
        expect(page.locator("#office")).to_be_in_viewport()
        name = "desk" if size[0] > 640 else "phone"
        page.screenshot(path=screenshots / f"week-office-{name}.png")
        page.locator("#office").screenshot(path=screenshots / f"week-office-form-{name}.png")
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        assert one.violations() == []
        page.locator(".office-cards summary").click()
        page.locator(f"[name=hold-{LAST}]").fill("数据待核实")
        page.get_by_role("button", name="发布第 1 版").click()
        expect(page.get_by_text("已发布第 1 版。")).to_be_visible()
        expect(page.locator(".week-towns .card-badge")).to_have_text("白牌（暂缓）")
        page.screenshot(path=screenshots / f"week-office-done-{name}.png", full_page=True)
        page.locator("#office > .act > summary").click()
        page.get_by_role("button", name="重算为更正稿").click()
        expect(page.locator("#f-compute-reason-fault")).to_be_visible()
        assert one.foreign == []
        assert one.violations() == []
