"""A session that ends while a form is filled in: after signing in again the texts are back."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from playwright.sync_api import Browser, expect

from riskmap.access import users
from riskmap.access.actors import command_line
from riskmap.access.tables import users as user_table

PHONE = {"width": 390, "height": 844}
TYPED = "三楼楼梯口堆放纸箱"


def signed_out(house: Any, login: str) -> str:
    """End every session of somebody; return the password to come in again with."""
    now = datetime.now(UTC)
    _, password = users.reset_password(house.workspace, command_line("test"), login, now=now)
    with house.workspace.write() as connection:
        mine = sa.update(user_table).where(user_table.c.login == login)
        connection.execute(mine.values(must_change_password=False))
    return password


def test_a_session_ended_while_typing_loses_no_text(
    browser: Browser,
    live_house: Any,
    serving: Callable[[Path], AbstractContextManager[str]],
    screenshots: Path,
) -> None:
    with (
        serving(live_house.root) as base,
        browser.new_context(base_url=base, viewport=PHONE) as one,
    ):
        cookie = {"name": "riskmap_session", "value": live_house.cookies["duty"], "url": base}
        one.add_cookies([cookie])
        page = one.new_page()
        page.goto("/report")
        page.get_by_label("镇街").select_option("339901002")
        page.get_by_label("消防", exact=True).check(force=True)
        page.get_by_label("描述").fill(TYPED)
        password = signed_out(live_house, "duty")
        page.get_by_role("button", name="上报", exact=True).click()
        expect(page.locator("[data-kept]")).to_contain_text("已填的文字还在")
        page.screenshot(path=screenshots / "kept-sign-in.png")
        page.locator(".sign-in-again").click()
        page.get_by_label("登录名").fill("duty")
        page.get_by_label("密码").fill(password)
        page.get_by_role("button", name="登录", exact=True).click()
        page.wait_for_url("**/report")
        expect(page.get_by_role("status").first).to_have_text(
            "已恢复未提交的内容，照片请重新选择。"
        )
        expect(page.get_by_label("描述")).to_have_value(TYPED)
        expect(page.get_by_label("镇街")).to_have_value("339901002")
        expect(page.get_by_label("消防", exact=True)).to_be_checked()
        page.screenshot(path=screenshots / "kept-back.png")
        page.get_by_role("button", name="上报", exact=True).click()
        page.wait_for_url("**/dangers/*?done=report")
        page.goto("/report")
        expect(page.get_by_label("描述")).to_have_value("")
        assert page.evaluate("sessionStorage.length") == 0
        page.evaluate("sessionStorage.setItem('riskmap-kept', '{\"wanted\": true}')")
        page.locator(".bar-menu summary").click()
        page.get_by_role("button", name="退出登录", exact=True).click()
        page.wait_for_url("**/sign-in?out=1")
        assert page.evaluate("sessionStorage.length") == 0, "nothing stays for who comes next"
