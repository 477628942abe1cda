"""The pages of a week in a real browser: whole at two sizes, sorted, drawn; without script."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

SIZES = {"desk": (1440, 900), "phone": (390, 844)}
PAGES = {"weekly": "/weekly/2026-W25", "week-town": "/weekly/2026-W25/towns/339901004"}
SMALL = """() => Array.from(document.querySelectorAll("a[href], button, select, summary"))
  .filter((one) => !one.closest(".table, .leaflet-control-attribution"))
  .map((one) => [one.textContent.trim().slice(0, 30), one.getBoundingClientRect()])
  .filter(([, box]) => box.height > 0 && box.left >= 0 && box.height < 43.5)
  .map(([text, box]) => `${text} ${box.height}`)"""
INK = """(canvas) => {
  const pen = canvas.getContext("2d");
  const seen = pen.getImageData(0, 0, canvas.width, canvas.height).data;
  let count = 0;
  for (let i = 3; i < seen.length; i += 4) if (seen[i] > 128) count++;
  return count;
}"""


@pytest.fixture(scope="module")
def weeks_server(
    weeks_root: Path, serving: Callable[[Path], AbstractContextManager[str]]
) -> Iterator[str]:
    with serving(weeks_root) as address:
        yield address


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", PAGES)
def test_page_of_a_week_is_whole(
    name: str, size: str, visit: Callable[..., Any], weeks_server: str, screenshots: Path
) -> None:
    one = visit(*SIZES[size], base=weeks_server).go(PAGES[name])
    page = one.page
    if name == "week-town":
        expect(page.locator("#radar canvas")).to_be_visible()
        expect(page.locator("#radar")).to_have_attribute("data-drawn", "fonts")
        assert page.locator("#radar canvas").evaluate(INK) > 2000
    else:
        expect(page.locator("path.town")).to_have_count(11)
        expect(page.locator(".town-label")).to_have_count(11)
    page.screenshot(path=screenshots / f"{name}-{size}.png")
    assert one.foreign == [] and one.complaints == []
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]
    assert page.evaluate("window.shift") < 0.1
    if size == "phone":
        assert page.evaluate(SMALL) == []
    assert one.violations() == []
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 760, "height": 1000})
    assert page.evaluate("document.documentElement.scrollWidth") <= 760
    assert one.complaints == []


def test_headers_sort_weeks_are_chosen_and_towns_opened(
    visit: Callable[..., Any], weeks_server: str
) -> None:
    one = visit(base=weeks_server).go("/weekly/2026-W20")
    page = one.page
    first = page.locator("[data-sortable] tbody th").first
    expect(first).to_have_text("望江街道")
    page.locator("th[data-column=A2] a").click()
    expect(page.locator("th[data-column=A2]")).to_have_attribute("aria-sort", "descending")
    page.locator("th[data-column=A2] a").click()
    expect(first).to_have_text("<b>青墩镇</b>")
    expect(page.locator("[data-sortable] tbody th").last).to_have_text("临溪街道")
    expect(page).to_have_url(f"{weeks_server}/weekly/2026-W20?sort=A2")
    page.locator("path.town").first.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{weeks_server}/weekly/2026-W20/towns/339901001")
    page.locator(".crumb a").click()
    page.locator("#week-pick").select_option("2026-W24")
    expect(page).to_have_url(f"{weeks_server}/weekly/2026-W24")
    assert one.complaints == []


def test_a_link_to_the_evidence_unfolds_it(visit: Callable[..., Any], weeks_server: str) -> None:
    one = visit(base=weeks_server).go("/weekly/2026-W20/towns/339901002")
    evidence = one.page.locator("#e-A5\\.3")
    expect(evidence.locator("ul")).to_be_hidden()
    one.page.locator("a[href='#i-A5.3']").first.click()
    expect(evidence.locator("ul")).to_be_visible()
    assert one.complaints == []


def test_weeks_without_scripts(browser: Any, weeks_server: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{weeks_server}/weekly/2026-W25")
    expect(page.locator("[data-sortable] tbody tr")).to_have_count(11)
    page.locator("th[data-column=A5] a").click()
    expect(page.locator("th[data-column=A5]")).to_have_attribute("aria-sort", "descending")
    page.locator("#week-pick").select_option("2026-W24")
    page.locator(".week-pick button").click()
    expect(page).to_have_url(f"{weeks_server}/weekly/2026-W24")
    page.goto(f"{weeks_server}/weekly/2026-W25/towns/339901004")
    expect(page.locator("#radar")).to_be_hidden()
    expect(page.locator("#trend svg")).to_be_visible()
    context.close()
