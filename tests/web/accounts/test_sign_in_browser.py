"""The pages of accounts in a real browser, by keyboard and on a phone."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from riskmap.access import users
from riskmap.access.actors import command_line
from riskmap.workspace import init_workspace, open_workspace

OWN = "江边的风今天不大也不小啊"
SIZES = {"desk": (1440, 900), "phone": (390, 844)}
EXPECTED = ("401", "422")
"""Answers of this test that the browser notes as failed: wrong passwords, faults of forms."""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("accounts") / "district"
    init_workspace(folder, "江北区", "330110")
    return folder


@pytest.fixture(scope="module")
def base(root: Path, serving: Callable[[Path], AbstractContextManager[str]]) -> Iterator[str]:
    with serving(root) as address:
        yield address


def account(root: Path, login: str) -> str:
    with open_workspace(root) as workspace:
        _, password = users.add_user(
            workspace, command_line("test"), login=login, name="王建国", role="administrator",
            now=datetime.now(UTC),
        )  # fmt: skip
    return password


@pytest.mark.parametrize("size", SIZES)
def test_from_the_first_password_to_a_new_colleague(
    root: Path, base: str, visit: Callable[..., Any], screenshots: Path, size: str
) -> None:
    first = account(root, f"chief-{size}")
    seen = visit(*SIZES[size], base=base)
    page = seen.page

    def look(name: str) -> None:
        page.wait_for_load_state("networkidle")
        page.screenshot(path=screenshots / f"{name}-{size}.png", full_page=True)
        assert seen.violations() == [], name
        assert page.evaluate("document.documentElement.scrollWidth") == SIZES[size][0], name

    seen.go("/people")
    assert page.url.endswith("/sign-in?next=%2Fpeople")
    look("sign-in")
    page.keyboard.type(f"chief-{size}")
    page.keyboard.press("Tab")
    page.keyboard.type("not the password")
    page.keyboard.press("Enter")
    expect(page.locator(".form-faults")).to_be_visible()
    expect(page.locator("#f-login")).to_have_value(f"chief-{size}")
    look("sign-in-wrong")
    page.fill("#f-password", first)
    page.keyboard.press("Enter")
    page.wait_for_url("**/account")
    page.fill("#f-password-old", first)
    page.fill("#f-password-new", OWN)
    page.fill("#f-password-again", "something else")
    page.get_by_role("button", name="修改密码").click()
    expect(page.locator("#f-password-again-fault")).to_contain_text("不一样")
    look("first-password")
    for name, value in (("old", first), ("new", OWN), ("again", OWN)):
        page.fill(f"#f-password-{name}", value)
    page.get_by_role("button", name="修改密码").click()
    page.wait_for_url("**/account?done=password")
    page.click("#second-factor summary")
    look("account")
    page.click(".bar-menu summary")
    page.click(".bar-list a[href='/people']")
    page.wait_for_url("**/people")
    expect(page.locator("[name=domains]").first).to_be_hidden()
    page.select_option("#f-role", "inspector")
    expect(page.locator("#f-town")).to_be_hidden()
    page.fill("#f-login", f"fire-{size}")
    page.click("#add .form-send button")
    expect(page.locator(".form-faults")).to_be_focused()
    expect(page.locator("#f-login")).to_have_value(f"fire-{size}")
    look("people-fault")
    page.fill("#f-name", "李检查")
    page.check("[name=domains][value=消防]")
    page.click("#add .form-send button")
    expect(page.locator(".secret").first).to_be_visible()
    look("person-added")
    seen.go(f"/people/fire-{size}")
    look("person")
    seen.go("/tokens")
    look("tokens")
    page.click(".bar-menu summary")
    page.click(".bar-list button")
    page.wait_for_url("**/sign-in?out=1")
    seen.go("/account")
    assert "/sign-in" in page.url
    assert [said for said in seen.complaints if not any(code in said for code in EXPECTED)] == []
    assert seen.foreign == []
