"""A danger from the photo to closed, by three people in a real browser, the first on a phone."""

import contextlib
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from riskmap.ledger import dangers
from riskmap.ledger.states import State

PHONE, DESK = (390, 844), (1440, 900)
AT = {"longitude": 121.012, "latitude": 28.612}
AXE = Path(__file__).parents[3] / "web" / "node_modules" / "axe-core" / "axe.min.js"
EXPECTED = re.compile(r"status of 4(09|22) ")
"""What the console says of a form that came back."""
Opened = Callable[..., Page]


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where pictures go: RISKMAP_SCREENSHOTS (the docs keep some), else a temporary folder."""
    folder = Path(os.environ.get("RISKMAP_SCREENSHOTS") or tmp_path / "pictures")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def browse(browser: Browser, live_house: Any, serving: Any) -> Iterator[Opened]:
    """Open the service as somebody at a size; nothing but the service is reached."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    with contextlib.ExitStack() as stack:
        base = stack.enter_context(serving(live_house.root))

        def opened(login: str, size: tuple[int, int] = DESK, *, position: bool = True) -> Page:
            phone = size == PHONE
            context = browser.new_context(
                viewport={"width": size[0], "height": size[1]},
                is_mobile=phone,
                has_touch=phone,
                locale="zh-CN",
                reduced_motion="reduce",
                base_url=base,
                geolocation=AT if position else None,
                permissions=["geolocation"] if position else [],
            )
            contexts.append(context)
            cookie = {"name": "riskmap_session", "value": live_house.cookies[login], "url": base}
            context.add_cookies([cookie])
            host = urlsplit(base).netloc
            context.route(
                "**/*",
                lambda route: (
                    route.continue_()
                    if urlsplit(route.request.url).netloc == host
                    else route.abort()
                ),
            )
            page = context.new_page()
            page.on("console", lambda said: said.type == "error" and complaints.append(said.text))
            page.on("pageerror", lambda error: complaints.append(str(error)))
            return page

        yield opened
        for context in contexts:
            context.close()
    assert [said for said in complaints if not EXPECTED.search(said)] == []


def shoot(page: Page, folder: Path, name: str) -> None:
    """Keep a picture of what is seen, without a moving cursor or a page wider than the screen."""
    page.evaluate("document.fonts.ready.then(() => true)")
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0, f"{name}: {wide} px too wide"
    page.screenshot(path=folder / f"{name}.png")


def violations(page: Page) -> list[str]:
    """Return what axe-core finds serious or critical."""
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run(document)")
    return [
        f"{one['id']}: {node['html'][:200]}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


def tops(page: Page) -> dict[str, float]:
    """Return where the parts below the two status lines begin, in pixels from the page's top."""
    moved = page.evaluate(
        """Object.fromEntries([".place-map", "[name=town]", ".report-photos", ".report-send"].map(
          (one) => [one, document.querySelector(one).getBoundingClientRect().top + scrollY]))"""
    )
    return dict(moved)


def number_in(page: Page) -> str:
    """Return the number of the danger whose page is open."""
    found = re.search(r"/dangers/(\d{6}-\d{3}-\d{8}-\d{4})", page.url)
    assert found is not None, page.url
    return found[1]


def test_from_a_photo_on_a_phone_to_closed(
    browse: Opened, live_house: Any, tmp_path: Path, pictures: Path
) -> None:
    photo, after = tmp_path / "found.jpg", tmp_path / "after.jpg"
    photo.write_bytes(live_house.jpeg(90))
    after.write_bytes(live_house.jpeg(70))

    phone = browse("town", PHONE)
    phone.goto("/report")
    expect(phone.locator("[name=lon]")).not_to_have_value("")
    phone.locator('input[type="file"][capture]').set_input_files(photo)
    phone.locator(".photo-previews canvas").wait_for()
    phone.get_by_label("消防", exact=True).check(force=True)
    phone.get_by_label("描述").fill("三楼楼梯口堆放纸箱，疏散通道被堵")
    assert violations(phone) == []
    phone.evaluate("scrollTo(0, 0)")
    shoot(phone, pictures, "report-phone")
    phone.get_by_role("button", name="上报", exact=True).click()
    phone.wait_for_url("**/dangers/*?done=report")
    assert "已收到。编号" in phone.inner_text(".banner")
    assert phone.inner_text("h1") == "三楼楼梯口堆放纸箱，疏散通道被堵"
    number = number_in(phone)
    danger = dangers.read_danger(live_house.workspace, number)
    assert (danger.record["lon"], danger.record["lat"]) == (AT["longitude"], AT["latitude"])
    assert danger.record["town"] == "339901001" and len(danger.photos) == 1

    duty = browse("duty")
    duty.goto(f"/dangers/{number}")
    assert violations(duty) == []
    duty.locator("#act-assign").get_by_label("责任单位").fill("西街道某酒店")
    duty.locator("#act-assign").get_by_role("button", name="交办").click()
    duty.wait_for_url("**?done=assign")

    phone.goto(f"/dangers/{number}")
    form = phone.locator("#act-rectify")
    form.get_by_label("说明").fill("纸箱已清走，通道畅通")
    form.get_by_role("button", name="报送整改").click()
    expect(phone.locator(".form-faults")).to_contain_text("请附现场照片")
    form = phone.locator("#act-rectify")
    expect(form.get_by_label("说明")).to_have_value("纸箱已清走，通道畅通")
    form.locator('input[type="file"][capture]').set_input_files(after)
    form.get_by_role("button", name="报送整改").click()
    phone.wait_for_url("**?done=rectify")

    inspector = browse("inspector", PHONE)
    inspector.goto(f"/dangers/{number}")
    shoot(inspector, pictures, "danger-phone")
    assert violations(inspector) == []
    inspector.locator("#act-recheck_pass").get_by_label("说明").fill("现场核实，已整改")
    inspector.get_by_role("button", name="复查通过").click()
    inspector.wait_for_url("**?done=recheck_pass")

    duty.goto(f"/dangers/{number}")
    duty.locator("#act-close").get_by_role("button", name="销号").click()
    duty.wait_for_url("**?done=close")
    duty.goto(f"/dangers/{number}")
    shoot(duty, pictures, "danger-desk")
    closed = dangers.read_danger(live_house.workspace, number)
    assert closed.state is State.CLOSED
    assert [step.action for step in closed.steps] == [
        "report", "assign", "rectify", "recheck_pass", "close",
    ]  # fmt: skip
    duty.goto("/dangers?state=all")
    assert violations(duty) == []
    shoot(duty, pictures, "dangers-desk")


def test_without_a_position_the_map_is_tapped(browse: Opened, live_house: Any) -> None:
    phone = browse("duty", PHONE, position=False)
    phone.goto("/report")
    phone.get_by_text("没有取得位置").wait_for()
    phone.locator(
        ".place-map .leaflet-interactive, .place-map canvas, .place-map svg"
    ).first.wait_for()
    box = phone.locator(".place-map").bounding_box()
    assert box is not None
    phone.touchscreen.tap(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.5)
    expect(phone.locator("[name=town]")).to_have_value("339901002")
    expect(phone.locator(".town-status")).to_contain_text("按位置判定为东镇")


def test_what_the_page_says_of_the_place_moves_nothing(browse: Opened) -> None:
    phone = browse("duty", PHONE, position=False)
    phone.goto("/report")
    phone.get_by_text("没有取得位置").wait_for()
    said = phone.locator(".place-status, .town-status")
    said.evaluate_all("(lines) => lines.forEach((line) => { line.textContent = ''; })")
    silent = tops(phone)
    words = phone.evaluate("({...document.querySelector('.report-form').dataset})")
    for place in ("locating", "located", "picked", "refused", "outside"):
        for town in ("town", "other"):
            texts = [words[place].format(metres=1200, far="12.5 公里"), words[town]]
            texts[1] = texts[1].format(town="经济技术开发区街道")
            said.evaluate_all(
                "(lines, texts) => lines.forEach((line, i) => { line.textContent = texts[i]; })",
                texts,
            )
            assert tops(phone) == silent, (place, town)


def test_faults_on_a_phone_stand_beside_the_fields(
    browse: Opened, live_house: Any, tmp_path: Path
) -> None:
    photo = tmp_path / "found.jpg"
    photo.write_bytes(live_house.jpeg(70))
    phone = browse("duty", PHONE)
    phone.goto("/report")
    expect(phone.locator("[name=lon]")).not_to_have_value("")
    phone.locator('input[type="file"][capture]').set_input_files(photo)
    phone.get_by_label("重大", exact=True).check(force=True)
    phone.get_by_role("button", name="上报", exact=True).click()
    phone.locator(".form-faults").wait_for()
    phone.wait_for_load_state("load")
    assert violations(phone) == []
    expect(phone.get_by_label("重大", exact=True)).to_be_checked()
    assert phone.locator(".kept-photo img").evaluate("one => one.complete && one.naturalWidth > 0")
    phone.get_by_label("消防", exact=True).check(force=True)
    phone.get_by_label("描述").fill("气味很大")
    field, ribbon = (
        phone.locator(one).bounding_box() for one in ("[name=description]", ".report-send")
    )
    assert field and ribbon and field["y"] + field["height"] < ribbon["y"], "typed unseen"
    phone.get_by_role("button", name="上报", exact=True).click()
    phone.wait_for_url("**/dangers/*?done=report")
    assert len(dangers.read_danger(live_house.workspace, number_in(phone)).photos) == 1


def test_two_people_at_once_see_both_versions(
    browse: Opened, live_house: Any, pictures: Path
) -> None:
    from datetime import datetime  # noqa: PLC0415  (the only place that asks the clock)

    number = dangers.report(
        live_house.workspace,
        live_house.actor("second"),
        {"town": "339901001", "domain": "消防", "grade": "major", "description": "喷淋被关闭"},
        now=datetime.now().astimezone(),
    ).number
    one, two = browse("duty"), browse("second", PHONE)
    for page in (one, two):
        page.goto(f"/dangers/{number}")
    two.locator("#act-assign").get_by_label("责任单位").fill("乙公司")
    two.locator("#act-assign").get_by_role("button", name="交办").click()
    two.wait_for_url("**?done=assign")
    one.locator("#act-assign").get_by_label("责任单位").fill("甲公司")
    with one.expect_response(lambda answer: answer.status == 409):
        one.locator("#act-assign").get_by_role("button", name="交办").click()
    one.get_by_text("刚才有人先改了这条隐患").first.wait_for()
    one.wait_for_load_state("load")
    shoot(one, pictures, "danger-conflict-desk")
    assert violations(one) == []
    assert one.locator("#act-assign").get_by_label("责任单位").input_value() == "甲公司"
    one.locator("#act-assign").get_by_role("button").first.click()
    one.wait_for_url("**?done=assign")
    found = dangers.read_danger(live_house.workspace, number)
    assert found.version == 3 and found.record["responsible_unit"] == "甲公司"
