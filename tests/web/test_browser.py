"""The pages in a real browser: nothing foreign, nothing broken, readable, at two sizes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

pytestmark = pytest.mark.browser

SIZES = {"desk": (1440, 900), "phone": (390, 844)}
PAGES = {
    "map": "/map/2026-06-30",
    "map-en": "/map/2026-06-30?lang=en",
    "today": "/",
    "town": "/towns/{code}?date=2026-06-30",
    "town-en": "/towns/{code}?date=2026-06-30&lang=en",
    "shelters": "/shelters",
    "rows": "/layers/hazard_sources",
    "hazard-source": "/hazard-sources/{source}",
    "docs": "/docs",
    "not-found": "/map/2001-01-01",
}
WORDS = {"red": "红", "orange": "橙", "yellow": "黄", "blue": "蓝", "green": "绿", "no_data": "缺"}
PIXELS = """(text) => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 40;
  const pen = canvas.getContext("2d");
  pen.font = "32px " + getComputedStyle(document.body).fontFamily;
  pen.fillText(text, 2, 34);
  return Array.from(pen.getImageData(0, 0, 40, 40).data).join();
}"""


@pytest.fixture(scope="session")
def places(sample_client: TestClient) -> dict[str, str]:
    """The town with the highest score, and a hazard source."""
    towns = sample_client.get("/api/v1/days/2026-06-30").json()["towns"]
    worst = max(towns, key=lambda town: town["score"] or 0)
    found = sample_client.get("/api/v1/layers/hazard_sources?limit=1").json()
    return {"code": worst["code"], "source": found["features"][0]["id"]}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", PAGES)
def test_page_is_whole(
    name: str, size: str, visit: Callable[..., Any], places: dict[str, str], screenshots: Path
) -> None:
    one = visit(*SIZES[size]).go(PAGES[name].format(**places))
    page = one.page
    page.wait_for_timeout(200)
    page.screenshot(path=screenshots / f"{name}-{size}.png")
    assert one.foreign == []
    complaints = [text for text in one.complaints if "404" not in text or name != "not-found"]
    assert complaints == []
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]
    assert page.evaluate("window.shift") < 0.1
    assert page.evaluate("window.hostile") is None
    if name != "docs":
        assert one.violations() == []


def test_every_town_says_its_level_in_words(
    visit: Callable[..., Any], sample_client: TestClient
) -> None:
    towns = sample_client.get("/api/v1/days/2026-06-30").json()["towns"]
    for size in SIZES.values():
        page = visit(*size).go("/map/2026-06-30").page
        assert page.locator("path.town").count() == len(towns) == 11
        labels = page.locator(".town-label .label-level b")
        shown = [labels.nth(i).inner_text() for i in range(labels.count())]
        assert sorted(shown) == sorted(WORDS[town["level"]] for town in towns)


OUTSIDE = """() => [...document.querySelectorAll(".town-label")].filter((label) => {
  const shown = [".name-full", ".name-core", "b", ".label-score"].map(
    (part) => label.querySelector(part)?.offsetWidth > 0);
  const box = label.getBoundingClientRect();
  const nine = [box.left + 1, (box.left + box.right) / 2, box.right - 1].flatMap((x) =>
    [box.top + 3, (box.top + box.bottom) / 2, box.bottom - 3].map((y) =>
      document.elementsFromPoint(x, y).filter((one) => one.matches("path.town"))));
  const inside = nine[4].some((town) => nine.filter((towns) => towns.includes(town)).length >= 6);
  const outside = nine.every((towns) => !towns.length)
    && getComputedStyle(label).color === "rgb(26, 26, 26)";
  return shown[0] === shown[1] || !shown[2] || !shown[3] || !(inside || outside);
}).map((label) => label.innerText)"""


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_label_is_whole_and_mostly_in_its_town_or_beside_the_district(
    lang: str, size: str, visit: Callable[..., Any]
) -> None:
    page = visit(*SIZES[size]).go(f"/map/2026-06-30?lang={lang}").page
    assert page.locator(".town-label").count() == 11
    assert page.evaluate(OUTSIDE) == []
    for mark in (".label-mark", ".label-ruled"):
        marks = page.locator(mark)
        assert marks.count() == marks.filter(visible=True).count() > 0


def test_english_list_and_floors_do_not_print_over_themselves(
    visit: Callable[..., Any], places: dict[str, str]
) -> None:
    page = visit(390, 844).go("/map/2026-06-30?lang=en").page
    over = """() => [...document.querySelectorAll(".town-link")].filter((row) => {
      const [name, score] = [".town-sector", ".town-score"].map((part) => row.querySelector(part));
      return name && name.getBoundingClientRect().right > score.getBoundingClientRect().right
        - score.scrollWidth; }).length"""
    assert page.evaluate(over) == 0
    page.goto(page.url.split("/map")[0] + PAGES["town-en"].format(**places))
    narrow = """() => [...document.querySelectorAll(".floors .chip")]
      .filter((chip) => chip.scrollWidth > chip.clientWidth).length"""
    assert page.evaluate(narrow) == 0


def test_map_fits_the_phone_and_leaves_the_page_scrollable(visit: Callable[..., Any]) -> None:
    page = visit(390, 844).go("/map/2026-06-30").page
    box = page.locator(".map-frame").bounding_box()
    assert box is not None and box["width"] <= 390
    assert 0.4 * 844 <= box["height"] <= 0.62 * 844
    assert page.evaluate("window.riskmap.map.dragging.enabled()") is False


@pytest.mark.parametrize("name", ["map", "town"])
def test_touch_targets_are_large_enough(
    name: str, visit: Callable[..., Any], places: dict[str, str]
) -> None:
    page = visit(390, 844).go(PAGES[name].format(**places)).page
    small = page.evaluate(
        """() => Array.from(document.querySelectorAll(
             "a[href], button, input[type=range], label.switch, summary"))
           .filter((one) => !one.closest(".table, .floors, .leaflet-control-attribution"))
           .map((one) => [one.textContent.trim().slice(0, 30), one.getBoundingClientRect()])
           .filter(([, box]) => box.height > 0 && box.left >= 0 && box.height < 43.5)
           .map(([text, box]) => `${text} ${box.height}`)"""
    )
    assert small == []


def test_a_click_and_the_keyboard_open_the_town(
    visit: Callable[..., Any], places: dict[str, str]
) -> None:
    page = visit().go("/map/2026-06-30").page
    page.locator("path.town").first.focus()
    assert page.locator("path.town.town-on").count() == 1
    assert page.evaluate("document.activeElement.classList.contains('town-on')")
    page.keyboard.press("Enter")
    page.wait_for_url("**/towns/*")
    page.go_back()
    page.wait_for_load_state("networkidle")
    page.evaluate(
        """code => { let to; window.riskmap.towns.eachLayer((one) => {
             if (one.feature.properties.code === code) to = one; });
             to.fire("click"); }""",
        places["code"],
    )
    page.wait_for_url(f"**/towns/{places['code']}?date=2026-06-30")


def test_hostile_name_stays_text_on_town_page_and_in_popup(
    visit: Callable[..., Any], sample_client: TestClient
) -> None:
    towns = sample_client.get("/api/v1/days/2026-06-30").json()["towns"]
    details = [
        sample_client.get(f"/api/v1/days/2026-06-30/towns/{town['code']}").json() for town in towns
    ]
    named = next(
        detail["code"]
        for detail in details
        if any("window.hostile" in risk["name"] for risk in detail["top_risks"])
    )
    one = visit().go(f"/towns/{named}?date=2026-06-30")
    assert "<script>window.hostile=1</script>" in one.page.locator(".risks").first.inner_text()
    one.go("/map/2026-06-30")
    one.page.locator("input[data-layer=hazard_sources]").check()
    one.page.wait_for_selector("path.point-hazard_sources")
    one.page.evaluate(
        """() => window.riskmap.map.eachLayer((each) => {
             const name = each.feature && each.feature.properties.name;
             if (name && name.includes("hostile")) each.openPopup(); })"""
    )
    assert "<script>" in one.page.locator(".row-popup .row-name").inner_text()
    assert one.page.evaluate("window.hostile") is None
    assert one.complaints == []


@pytest.mark.parametrize("layer", ["hazard_sources", "shelters", "risk_points"])
def test_layers_come_when_switched_on_and_go(layer: str, visit: Callable[..., Any]) -> None:
    one = visit().go("/map/2026-06-30")
    asked: list[str] = []
    one.page.on("request", lambda request: asked.append(request.url))
    assert one.page.locator(f".point-{layer}").count() == 0
    one.page.locator(f"input[data-layer={layer}]").check()
    one.page.wait_for_selector(f".point-{layer}")
    one.page.locator(f"input[data-layer={layer}]").uncheck()
    assert one.page.locator(f".point-{layer}").count() == 0
    one.page.locator(f"input[data-layer={layer}]").check()
    assert sum(f"/api/v1/layers/{layer}" in url for url in asked) == 1
    assert one.complaints == []


def test_slider_goes_to_another_day(visit: Callable[..., Any]) -> None:
    page = visit().go("/map/2026-06-30").page
    page.locator("#day-range").focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_url("**/map/2026-06-29")
    assert "2026年6月29日" in page.locator(".map-date").inner_text()


def test_page_works_without_scripts(browser: Any, sample_server: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{sample_server}/map/2026-06-30")
    assert page.locator(".town-row").count() == 11
    assert page.locator(".still-town").count() == 11
    facts, picture = page.locator(".map-facts"), page.locator(".map-no-script")
    assert facts.bounding_box()["y"] >= sum(
        picture.bounding_box()[side] for side in ("y", "height")
    )
    assert not page.locator(".slider input, .switches").filter(visible=True).count()
    page.locator("a[rel=prev]").click()
    page.wait_for_url("**/map/2026-06-29")
    context.close()


def test_chinese_is_drawn_by_the_served_font(visit: Callable[..., Any]) -> None:
    one = visit()
    fonts: list[str] = []
    one.page.on("request", lambda request: fonts.append(request.url))
    one.go("/map/2026-06-30")
    assert any(url.endswith(".woff2") for url in fonts)
    first, second = one.page.evaluate(PIXELS, "云"), one.page.evaluate(PIXELS, "溪")
    assert first != second, "both characters are drawn as the same empty box"


@pytest.mark.parametrize("size", SIZES)
def test_file_and_row_of_the_source_are_never_cut(size: str, visit: Callable[..., Any]) -> None:
    """`file.csv:48` for `file.csv:485` would name another row."""
    page = visit(*SIZES[size]).go("/layers/enterprises").page
    cut = """() => [...document.querySelectorAll('.rows tbody .place')]
        .filter(place => place.scrollWidth > place.clientWidth)
        .map(place => place.innerText)"""
    assert page.locator(".rows tbody .place").count() == 100
    assert page.evaluate(cut) == []
