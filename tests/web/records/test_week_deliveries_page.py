"""The page on which departments report a week: state, forms, a form sent back."""

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect

from riskmap.access import sessions, users
from riskmap.records.reading import read_records
from web.access import SESSION_COOKIE

WEEK, FIRE = "2026-W27", "消防救援大队"
PAGE = f"/weekly/{WEEK}/deliveries"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def form_of(office: Any, page: str = PAGE, **cells: Any) -> bytes:
    """Download the form of the fire brigade and type into its sheet."""
    answer = office.client("duty").get(f"{page}/template.xlsx", params={"department": FIRE})
    assert answer.status_code == 200
    book = load_workbook(io.BytesIO(answer.content))
    for cell, value in cells.items():
        book[FIRE][cell] = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def send(
    office: Any, content: bytes, login: str = "duty", name: str = "消防.xlsx", page: str = PAGE
) -> Any:
    return office.post(login, page, {}, files={"file": (name, content, XLSX)})


def test_the_page_says_who_has_reported_and_what_is_missing(office: Any) -> None:
    page = office.client().get(PAGE).text
    assert "0 / 4 个部门已报齐，7月3日 17:00 截止" in page
    assert page.count("<b>未报送</b>") == 4
    assert "全部 6 项" in page
    assert "由系统记录，可代报" in page and "A7.2 报警 2 小时处置率 由系统记录算出" in page
    assert 'type="file"' not in page
    send(office, form_of(office, C5=3, D5=4))
    page = office.client("duty").get(PAGE).text
    assert page.count("<b>未报送</b>") == 3
    assert re.search(r"A1\.1 消防[^：]*：东镇", page)
    assert 'type="file"' in page


def test_a_form_is_taken_whole_and_told(office: Any) -> None:
    answer = send(office, form_of(office, C5=3, D5=4, E6="85%"), "inspector")
    assert answer.status_code == 200
    assert "已登记：消防救援大队，2 个数，其中 2 个是新的或改过的" in answer.text
    rows = read_records(office.workspace, "indicators")
    assert rows["value"].tolist() == [0.75, 0.85]
    assert rows["source"].tolist() == [f"消防.xlsx:{FIRE}!C5", f"消防.xlsx:{FIRE}!E6"]
    assert "1 / 4 个部门已报齐" in answer.text


def test_every_fault_is_shown_and_nothing_is_stored(office: Any) -> None:
    content = form_of(office, C5=3, D5=4, E6=0.85, G4="<b>备注</b>")
    answer = send(office, content, name="<i>x</i>.xlsx")
    assert answer.status_code == 422
    assert "2 处错误，一个数也没有登记" in answer.text
    assert f"<td>{FIRE}</td><td>E6</td>" in answer.text
    assert f"<td>{FIRE}</td><td>G4</td>" in answer.text
    assert "<b>备注</b>" not in answer.text
    assert read_records(office.workspace, "indicators").empty


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"a,b", "不是 xlsx 文件"),
        ("a.xls", b"\xd0\xcf\x11\xe0" + b"\0" * 99, "旧版 xls"),
        ("a.xlsx", b"PK" + b"\0" * 50_000_000, "超过 5 MB"),
    ],
    ids=["csv", "xls", "50 MB"],
)
def test_what_is_no_form_is_said_beside_the_field(
    office: Any, name: str, content: bytes, words: str
) -> None:
    answer = send(office, content, name=name)
    assert answer.status_code == 422
    assert 'id="f-file-fault"' in answer.text
    assert words in answer.text


def test_no_file_and_an_empty_form_are_said(office: Any) -> None:
    assert "请选择一个文件" in office.post("duty", PAGE, {}).text
    answer = send(office, form_of(office))
    assert answer.status_code == 200
    assert "没有填任何数，按没有报送计" in answer.text


def test_after_the_cut_off_it_says_so(office: Any) -> None:
    """It is 30 June; the week before was cut off on Friday 26 June."""
    over = "/weekly/2026-W26/deliveries"
    answer = send(office, form_of(office, over, C5=3, D5=4), page=over)
    assert "本周不计入" in answer.text
    assert "已于 6月26日 17:00 截止，0 / 4 个部门按时报齐" in answer.text
    assert re.search(r"A1\.1 消防[^：]*：东镇", answer.text)
    assert re.search(r"A1\.1 消防[^：]*：西街道（截止后才到）", answer.text)


def test_what_came_whole_but_late_is_not_complete(office: Any) -> None:
    """The week counts it as missing; so does this page, or the two contradict each other."""
    over = "/weekly/2026-W26/deliveries"
    page = send(office, form_of(office, over, E5=90, E6=90), page=over).text
    assert "0 / 4 个部门按时报齐" in page
    assert ">齐" not in page
    assert re.search(r"A1\.1 消防[^：]*：全部镇街（截止后才到）", page)


def test_who_may_not_deliver_sees_the_page_and_is_refused(office: Any) -> None:
    content = form_of(office, C5=3, D5=4)
    for login in ("viewer", "town", "firm"):
        assert send(office, content, login).status_code == 403
        page = office.client(login).get(PAGE).text
        assert 'type="file"' not in page
        assert '/weekly/deliveries"' not in page.split("<main")[0]
    assert '/weekly/deliveries"' in office.client("inspector").get(PAGE).text.split("<main")[0]
    assert read_records(office.workspace, "indicators").empty


def test_the_form_is_named_after_its_week_and_department(office: Any) -> None:
    answer = office.client().get(f"{PAGE}/template.xlsx", params={"department": FIRE})
    assert answer.headers["content-type"] == XLSX
    named = unquote(answer.headers["content-disposition"])
    assert named == f"attachment; filename*=UTF-8''周指标报送表-{WEEK}-{FIRE}.xlsx"
    book = load_workbook(io.BytesIO(office.client().get(f"{PAGE}/template.xlsx").content))
    assert len(book.sheetnames) == 5
    unknown = office.client().get(f"{PAGE}/template.xlsx", params={"department": "气象局"})
    assert unknown.status_code == 404


def test_the_running_week_is_found_and_no_week_is_none(office: Any) -> None:
    client = office.client()
    assert client.get("/weekly/deliveries").headers["location"] == PAGE
    asked = client.get("/weekly/deliveries", params={"week": "2026-W20"})
    assert asked.headers["location"] == "/weekly/2026-W20/deliveries"
    assert client.get("/weekly/2026-W54/deliveries").status_code == 400
    assert "Department reports, Week 27 of 2026" in client.get(PAGE, params={"lang": "en"}).text


def test_a_form_goes_out_and_comes_back_in_the_browser(
    office: Any,
    serving: Callable[[Path], Any],
    visit: Callable[..., Any],
    tmp_path: Path,
    screenshots: Path,
) -> None:
    """Faulty first, then mended; at both widths, without a serious fault for axe."""
    faulty, good = tmp_path / "报送.xlsx", tmp_path / "改好.xlsx"
    faulty.write_bytes(form_of(office, C5=3, D5=4, E6=0.85))
    good.write_bytes(form_of(office, C5=3, D5=4, E6=85))
    user = users.find_user(office.workspace, "duty")
    assert user is not None
    with office.workspace.write() as connection:
        cookie, _ = sessions.open_session(
            connection, user, address="127.0.0.1", agent="test",
            settings=office.workspace.settings.access, now=datetime.now(UTC),
        )  # fmt: skip
    with serving(office.root) as address:
        for width, height, file in ((1440, 900, faulty), (390, 844, good)):
            one = visit(width, height, base=address)
            one.page.context.add_cookies(
                [{"name": SESSION_COOKIE, "value": cookie, "url": address}]
            )
            one.go(PAGE)
            one.page.set_input_files("#f-file", file)
            one.page.get_by_role("button", name="检查并登记").click()
            said = "1 处错误" if file is faulty else "已登记：消防救援大队"
            expect(one.page.get_by_text(said)).to_be_visible()
            wide = one.page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0
            one.page.screenshot(path=screenshots / f"week-deliveries-{width}.png", full_page=True)
            assert one.violations() == []
            assert one.complaints in ([], [
                "Failed to load resource: the server responded with a status of 422 "
                "(Unprocessable Entity)",
            ] if file is faulty else [])  # fmt: skip
            assert one.foreign == []
