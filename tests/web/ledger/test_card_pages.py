"""The pages of cards: who sees what, who may do what, what is kept when it cannot be taken."""

import os
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, expect

from riskmap.schemes import scheme_in_use
from riskmap.weekly.cards import deciding as cards
from riskmap.weekly.cards.states import (
    CARD_STATE_ZH,
    CARD_ZH,
    GIVEN_BY_RULE,
    PROPOSED_BY_RULE,
    STEP_ZH,
    CardState,
)
from riskmap.weekly.cards.versions import Card, NewStep, due_after, insert_card
from web.access import SESSION_COOKIE
from web.texts.lookup import Texts
from web.weekly.card_view import step_name

WEST, EAST = "339901001", "339901002"
NOW = datetime(2026, 6, 30, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
WHITE = f"2026-W26-{WEST}-white"
EVIDENCE = [
    {"kind": "weeks", "key": "2026-W26#2", "text": "本周指数 74.20，第 2 名"},
    {"kind": "hidden_dangers", "key": "330110-7", "text": "期限 2026-06-20，超期 6 天：堵塞"},
    {"kind": "accidents", "key": "AC-3", "text": "一般事故"},
    {"kind": "cards", "key": f"2026-W23-{WEST}-white", "text": "2026-W23 周"},
]
TRIGGERS = [
    {"trigger": "level", "text": "本周橙或更差，指数 74.20，把握 93%", "odds": 0.936,
     "facts": {"level": "orange", "weeks": ["2026-W26"], "index": 74.2}},
    {"trigger": "fall", "text": "环比下降 11.30 分（2026-W25 为 85.50），把握 90%", "odds": 0.9,
     "facts": {"fell": 11.3, "previous": {"week": "2026-W25", "index": 85.5}, "limit": 10.0}},
    {"trigger": "last_below", "text": "全区末位（第 2 名），指数 74.20 低于 90", "odds": 1.0,
     "facts": {"rank": 2, "index": 74.2, "below": 90.0}},
    {"trigger": "lesser", "text": "4 周内 2 次白牌", "odds": 1.0,
     "facts": {"cards": [], "needed": 2, "weeks": 4}},
    {"trigger": "overdue_major", "text": "重大隐患超期 1 项：330110-7", "odds": 1.0,
     "facts": {"dangers": ["330110-7"]}},
    {"trigger": "accident", "text": "发生较大及以上事故", "odds": 1.0,
     "facts": {"accidents": ["AC-3"]}},
]  # fmt: skip


def raise_card(house: Any, kind: str = "white", *, odds: float = 0.936, now: Any = NOW) -> Card:
    """Store a card of the western town as a rule raises it."""
    weekly = scheme_in_use(house.workspace).weekly
    assert weekly is not None
    rule = next(one for one in weekly.cards if one.card == kind)
    document = {
        "town_name": "西街道", "revision": 2, "index": 74.2, "level": "orange", "rank": 2,
        "weakest_aspect": "A5", "triggers": TRIGGERS, "odds": odds, "threshold": 0.8,
        "evidence": EVIDENCE, "named": {"dangers": [], "accidents": [], "cards": []},
        "terms": asdict(rule), "scheme": {"version": "x", "digest": "x"},
    }  # fmt: skip
    number = f"2026-W26-{WEST}-{kind}"
    card = Card(number, WEST, kind, "2026-W26", now, "level", document, ())
    due = {"answer_due": due_after(now, rule).isoformat()}
    given = NewStep(GIVEN_BY_RULE, CardState.GIVEN, None, due)
    step = given if odds >= 0.8 else NewStep(PROPOSED_BY_RULE, CardState.PROPOSED)
    with house.workspace.write() as connection:
        return insert_card(connection, house.actor("duty"), card, step)


def test_without_cards_the_list_says_so_to_everybody(house: Any) -> None:
    page = house.client().get("/cards")
    assert page.status_code == 200
    assert "现在没有镇街在身的牌。" in page.text
    assert 'action="/cards" novalidate' not in page.text


def test_the_list_has_what_waits_stands_and_is_past(house: Any) -> None:
    raise_card(house, "white")
    raise_card(house, "yellow", odds=0.62)
    page = house.client("viewer").get("/cards").text
    assert "在身 1 张 · 白牌 1 张 · 待办公室决定 1 张" in page
    waiting, standing = page.index("待定（建议发牌）"), page.index("已发，待答复")
    assert page.index("<h2>待办公室决定") < waiting < page.index("<h2>在身的牌") < standing
    assert "还有 7 天" in page and "7月7日" in page
    assert "在身 0" not in house.client().get(f"/cards?town={EAST}").text
    assert WHITE not in house.client().get(f"/cards?town={EAST}").text


def test_a_card_is_named_by_its_week_and_its_number_stands_small(house: Any) -> None:
    raise_card(house)
    listed = house.client().get("/cards").text
    assert "2026年第26周" in listed
    assert WHITE not in listed.replace(f'href="/cards/{WHITE}"', "")
    page = house.client().get(f"/cards/{WHITE}").text
    head, body = page.split("</header>")[-2:]
    assert "2026年第26周 · 按规则提出" in head and WHITE not in head.split("<header")[-1]
    assert f"编号 {WHITE}" in body


def test_an_overdue_answer_is_said(house: Any) -> None:
    raise_card(house, "white")
    house.app.state.clock = lambda: house.now.replace(month=7, day=9)
    page = house.client().get("/cards").text
    assert "逾期 2 天" in page and "逾期未答复 1 张" in page


def test_a_card_says_why_what_it_asks_and_leads_to_the_records(house: Any) -> None:
    raise_card(house)
    page = house.client().get(f"/cards/{WHITE}").text
    for text in (
        "本周橙或更差，指数 74.20，把握 93%",
        "规则成立的把握 93%，达到方案要求的 80%。",
        "2026年7月7日前书面答复（发牌之日起 7 日）",
        "须发牌后连续 1 周指数不低于 80",
        "2026年第26周 第 2 版",
    ):
        assert text in page
    for href in (
        "/weekly/2026-W26?revision=2", "/dangers/330110-7", "/records/accidents/item?key=AC-3",
        f"/cards/2026-W23-{WEST}-white", f"/weekly/2026-W26/towns/{WEST}",
    ):  # fmt: skip
        assert f'href="{href}"' in page
    assert "周**" in page and "周值班" not in page
    assert "<form" not in page.split("<main")[1]


def test_the_english_page_has_no_chinese_reasons(house: Any) -> None:
    raise_card(house)
    page = house.client().get(f"/cards/{WHITE}?lang=en").text
    for text in (
        "orange or worse in 1 week(s), index 74.20, 93% sure",
        "fell by 11.30 since Week 25 of 2026 (85.50), 90% sure",
        "last of the district (rank 2), index 74.20 below 90",
        "2 lighter cards within 4 weeks",
        "1 major dangers overdue: 330110-7",
        "grave accident: AC-3",
        "answer due",
    ):
        assert text in page, text


def test_an_unsure_card_is_for_the_office(house: Any) -> None:
    raise_card(house, "yellow", odds=0.796)
    number = f"2026-W26-{WEST}-yellow"
    page = house.client("duty").get(f"/cards/{number}").text
    assert "规则成立的把握 79%，低于方案要求的 80%，由办公室决定是否发牌。" in page
    assert page.index(f"{number}/give") < page.index('<details class="act"')
    for action in ("give", "decline", "hold"):
        assert f'action="/cards/{number}/{action}"' in page
    assert 'action="/cards' not in house.client("town").get(f"/cards/{number}").text
    given = house.post("duty", f"/cards/{number}/give", {"version": "1", "reason": "情况属实"})
    assert given.headers["location"] == f"/cards/{number}?done=give"
    page = house.client("duty").get(given.headers["location"]).text
    assert "已办理：发牌。" in page and "情况属实" in page and "已发，待答复" in page


def test_the_town_answers_its_own_card_and_the_office_releases(house: Any) -> None:
    raise_card(house)
    sent = {"version": "1", "reason": "已全部整改，联系 13812345678"}
    assert house.post("town", f"/cards/{WHITE}/answer", sent).status_code == 303
    page = house.client("town").get(f"/cards/{WHITE}").text
    assert "13812345678" in page and "李填报" in page
    page = house.client("viewer").get(f"/cards/{WHITE}").text
    assert "138****5678" in page and "李**" in page and "13812345678" not in page
    office = house.client("duty").get(f"/cards/{WHITE}").text
    assert f"/cards/{WHITE}/release" not in office
    assert "解除条件还没有满足" in office
    early = house.post("duty", f"/cards/{WHITE}/release", {"version": "2", "reason": "已复核"})
    assert early.status_code == 409 and "须发牌后连续 1 周指数不低于 80" in early.text
    assert "已复核" in early.text
    assert cards.read_card(house.workspace, WHITE).state is CardState.ANSWERED


def test_a_form_without_words_is_shown_again(house: Any) -> None:
    raise_card(house)
    answer = house.post("town", f"/cards/{WHITE}/answer", {"version": "1", "reason": "  "})
    assert answer.status_code == 422
    assert "请写明整改情况" in answer.text
    assert cards.read_card(house.workspace, WHITE).version == 1


def test_the_second_of_two_keeps_what_was_typed(house: Any) -> None:
    raise_card(house)
    house.post("duty", f"/cards/{WHITE}/hold", {"version": "1", "reason": "数据待核"})
    late = house.post("second", f"/cards/{WHITE}/withdraw", {"version": "1", "reason": "误发的牌"})
    assert late.status_code == 409
    assert "别人先办了“暂缓”" in late.text
    assert "误发的牌" in late.text and 'name="version" value="2"' in late.text
    gone = house.post("town", f"/cards/{WHITE}/answer", {"version": "1", "reason": "已整改完"})
    assert gone.status_code == 409 and "您写的内容" in gone.text and "已整改完" in gone.text


@pytest.mark.parametrize(
    ("login", "action"),
    [("viewer", "hold"), ("inspector", "answer"), ("town", "withdraw"), ("town", "hold")],
)
def test_who_may_not_is_refused_and_nothing_changes(house: Any, login: str, action: str) -> None:
    raise_card(house)
    sent = house.post(login, f"/cards/{WHITE}/{action}", {"version": "1", "reason": "试"})
    assert sent.status_code == 403
    assert cards.read_card(house.workspace, WHITE).version == 1


def test_who_is_not_signed_in_is_led_to_the_door(house: Any) -> None:
    raise_card(house)
    page = house.client().get(f"/cards/{WHITE}").text
    assert f"/sign-in?next=%2Fcards%2F{WHITE}" in page


def test_the_office_gives_a_card_by_hand(house: Any) -> None:
    form = {"town": WEST, "card": "yellow", "reason": "瞒报事故 <b>经查属实</b>"}
    given = house.post("duty", "/cards", form)
    assert given.status_code == 303
    page = house.client().get(given.headers["location"]).text
    assert "办公室人工发牌" in page and "&lt;b&gt;经查属实" in page and "<b>经查属实" not in page
    assert "没有随附的记录" in page
    again = house.post("duty", "/cards", form)
    assert again.status_code == 409 and "该镇街已有黄牌" in again.text
    assert house.post("town", "/cards", form).status_code == 403


def test_every_fault_of_a_card_by_hand_stands_at_its_field(house: Any) -> None:
    sent = house.post("duty", "/cards", {"town": "9", "card": "black", "reason": ""})
    assert sent.status_code == 422
    assert all(text in sent.text for text in ("没有这个镇街", "可用：", "请写明理由"))
    assert '<details class="act card-give" open>' in sent.text
    assert cards.list_cards(house.workspace) == []


def test_every_state_and_step_has_its_words() -> None:
    for language in ("zh", "en"):
        t = Texts(language)
        assert all(t(f"card_state_{state}") for state in CardState)
        assert all(step_name(action, t) for action in STEP_ZH)
    zh = Texts("zh")
    assert {state: zh(f"card_state_{state}") for state in CardState} == CARD_STATE_ZH
    assert {action: step_name(action, zh) for action in STEP_ZH} == STEP_ZH
    assert {card: zh(f"card_{card}") for card in CARD_ZH} == CARD_ZH


def test_a_number_that_is_none(house: Any) -> None:
    assert house.client().get("/cards/2026-W26-9-white").status_code == 404
    sent = house.post("duty", f"/cards/{WHITE}/give", {"version": "1", "reason": "x"})
    assert sent.status_code == 404


DESK, PHONE = (1440, 900), (390, 844)
AXE = Path(__file__).parents[3] / "web" / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = """axe.run(document).then(found => found.violations
  .filter(one => ["serious", "critical"].includes(one.impact))
  .flatMap(one => one.nodes.map(node => one.id + " " + node.html.slice(0, 120))))"""


def test_in_the_browser(browser: Browser, live_house: Any, serving: Any, tmp_path: Path) -> None:
    """List and card at both sizes: no serious fault, nothing wider than the screen; then act."""
    now = datetime.now(ZoneInfo("Asia/Shanghai"))
    raise_card(live_house, "white", now=now)
    raise_card(live_house, "yellow", odds=0.62, now=now)
    cards.give(live_house.workspace, live_house.actor("duty"), EAST, "red", "瞒报事故", now=now)
    folder = Path(os.environ.get("RISKMAP_SCREENSHOTS") or tmp_path / "pictures")
    folder.mkdir(parents=True, exist_ok=True)
    with serving(live_house.root) as base:
        for name, (width, height) in (("desk", DESK), ("phone", PHONE)):
            context = browser.new_context(
                viewport={"width": width, "height": height}, base_url=base,
                locale="zh-CN", reduced_motion="reduce", is_mobile=name == "phone",
            )  # fmt: skip
            cookie = {"name": SESSION_COOKIE, "value": live_house.cookies["duty"], "url": base}
            context.add_cookies([cookie])
            page = context.new_page()
            said: list[str] = []
            page.on("console", lambda one, said=said: said.append(one.text))
            page.on("pageerror", lambda one, said=said: said.append(str(one)))
            for path, picture in (("/cards", "cards"), (f"/cards/{WHITE}", "card")):
                page.goto(path, wait_until="networkidle")
                expect(page.locator("h1")).to_be_visible()
                page.screenshot(path=folder / f"{picture}-{name}.png", full_page=True)
                page.evaluate(AXE.read_text("utf-8"))
                assert page.evaluate(SERIOUS) == []
                assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert said == []
            if name == "desk":
                page.emulate_media(media="print")
                expect(page.locator(".danger-acts")).to_be_hidden()
                expect(page.locator(".card-printed")).to_be_visible()
                expect(page.locator(".card-evidence")).to_be_visible()
                page.screenshot(path=folder / "card-print.png", full_page=True)
                page.emulate_media(media="screen")
                page.get_by_text("暂缓", exact=True).first.click()
                form = page.locator("#act-hold")
                form.get_by_label("理由").fill("数据待核")
                form.get_by_role("button").click()
                expect(page.locator(".banner")).to_have_text("已办理：暂缓。")
                expect(page.locator(".history")).to_contain_text("数据待核")
            context.close()
