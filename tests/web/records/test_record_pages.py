"""Records by hand: entered, corrected, withdrawn; conflicts, files, alarms, decisions."""

import io
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from openpyxl import Workbook, load_workbook

from riskmap.records.contracts import RECORD_CONTRACTS
from riskmap.records.reading import read_records

WEST, EAST = "339901001", "339901002"
ACCIDENT = {
    "occurred_at": "2026-06-29T10:00", "town": WEST, "domain": "消防", "kind": "accident",
    "deaths": "1", "note": "<script>window.hostile=1</script>",
}  # fmt: skip


def entered(office: Any, login: str = "duty", kind: str = "accidents", **fields: str) -> str:
    """Enter a record; give its key."""
    given = ACCIDENT if kind == "accidents" else {}
    answer = office.post(login, f"/records/{kind}/new", given | fields)
    assert answer.status_code == 303, re.findall(r"field-fault[^<]*<?[^<]*", answer.text)
    return parse_qs(urlsplit(answer.headers["location"]).query)["key"][0]


def version_of(office: Any, kind: str, key: str, login: str = "duty") -> str:
    page = office.client(login).get(f"/records/{kind}/edit", params={"key": key}).text
    found = re.search(r'name="expect" value="(\d+)"', page)
    assert found is not None
    return found[1]


def test_a_record_is_entered_shown_corrected_and_withdrawn(office: Any) -> None:
    key = entered(office)
    page = office.client("duty").get("/records/accidents/item", params={"key": key}).text
    assert "西街道" in page
    assert "&lt;script&gt;" in page
    assert "<script>window.hostile" not in page
    expect = version_of(office, "accidents", key)
    answer = office.post(
        "duty", f"/records/accidents/edit?key={key}", ACCIDENT | {"deaths": "2", "expect": expect}
    )
    assert answer.status_code == 303
    page = office.client("duty").get(answer.headers["location"]).text
    assert "死亡人数" in page
    assert "1 → 2" in page
    assert read_records(office.workspace, "accidents")["deaths"].tolist() == [2]
    refused = office.post(
        "duty", f"/records/accidents/withdraw?key={key}", {"expect": "0", "reason": ""}
    )
    assert refused.status_code == 422
    expect = version_of(office, "accidents", key)
    office.post(
        "duty", f"/records/accidents/withdraw?key={key}", {"expect": expect, "reason": "重复登记"}
    )
    assert read_records(office.workspace, "accidents").empty
    page = office.client("duty").get("/records/accidents/item", params={"key": key}).text
    assert "撤回：重复登记" in page
    assert "1 → 2" in page


def test_faults_stand_beside_their_fields_and_nothing_typed_is_lost(office: Any) -> None:
    bad = ACCIDENT | {"occurred_at": "2026-13-01T00:00", "deaths": "-1", "town": ""}
    answer = office.post("duty", "/records/accidents/new", bad)
    assert answer.status_code == 422
    for name in ("occurred_at", "deaths", "town"):
        assert f'id="f-{name}-fault"' in answer.text
    assert "&lt;script&gt;window.hostile=1&lt;/script&gt;" in answer.text
    assert 'value="-1"' in answer.text
    assert read_records(office.workspace, "accidents").empty


def test_a_stale_correction_shows_both_versions_and_can_be_sent_again(office: Any) -> None:
    key = entered(office)
    expect = version_of(office, "accidents", key)
    path = f"/records/accidents/edit?key={key}"
    office.post("second", path, ACCIDENT | {"deaths": "3", "expect": expect})
    answer = office.post("duty", path, ACCIDENT | {"deaths": "2", "expect": expect})
    assert answer.status_code == 409
    row = re.search(r'<tr class="used"><th scope="row">死亡人数.*?</tr>', answer.text)
    assert row is not None
    assert re.findall(r'<td class="cell">(.*?)</td>', row[0]) == ["2", "3"]
    again = re.search(r'name="expect" value="(\d+)"', answer.text)
    assert again is not None
    answer = office.post("duty", path, ACCIDENT | {"deaths": "2", "expect": again[1]})
    assert answer.status_code == 303
    assert read_records(office.workspace, "accidents")["deaths"].tolist() == [2]


def test_who_may_not_is_refused_and_is_not_offered_the_form(office: Any) -> None:
    assert office.post("viewer", "/records/accidents/new", ACCIDENT).status_code == 403
    assert (
        office.post("town", "/records/accidents/new", ACCIDENT | {"town": EAST}).status_code == 403
    )
    assert office.client("viewer").get("/records/accidents/new").status_code == 403
    assert office.client().get("/records/accidents/new").status_code in (303, 401)
    key = entered(office, "town")
    page = office.client("viewer").get("/records/accidents/item", params={"key": key}).text
    assert "/edit?" not in page
    assert "/withdraw" not in page
    listed = office.client("viewer").get("/records/accidents").text
    assert "/records/accidents/new" not in listed
    assert "/records/accidents/item?key=" in listed
    assert "/records/accidents/new" in office.client("town").get("/records/accidents").text


def test_persons_are_masked_for_viewers(office: Any) -> None:
    fields = {"inspected_at": "2026-06-29T10:00", "town": WEST, "domain": "消防"}
    key = entered(office, "inspector", "inspections", **fields, inspector="王检查")
    params = {"key": key}
    assert "王检查" in office.client("duty").get("/records/inspections/item", params=params).text
    assert (
        "王检查" not in office.client("viewer").get("/records/inspections/item", params=params).text
    )
    assert "王检查" not in office.client().get("/records/inspections/item", params=params).text


@pytest.mark.parametrize("kind", [kind for kind in RECORD_CONTRACTS if kind != "hidden_dangers"])
def test_every_kind_has_its_pages_and_an_empty_sheet(office: Any, kind: str) -> None:
    client = office.client("duty")
    for path in (f"/records/{kind}", f"/records/{kind}/upload"):
        assert client.get(path).status_code == 200, path
        assert client.get(path, params={"lang": "en"}).status_code == 200, path
    assert client.get(f"/records/{kind}/new").status_code == (303 if kind == "overrides" else 200)
    book = load_workbook(io.BytesIO(client.get(f"/records/{kind}/template.xlsx").content))
    headers = [cell.value for cell in book.worksheets[0][1]]
    assert headers == [column.title_zh for column in RECORD_CONTRACTS[kind].columns]
    book.close()


def sheet(*rows: list[Any]) -> bytes:
    book = Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    book.close()
    return out.getvalue()


def test_a_file_is_taken_and_every_fault_is_listed(office: Any) -> None:
    data = sheet(
        ["事故编号", "发生时间", "所属镇街", "行业领域", "死亡人数"],
        ["S1", "2026-06-29 10:00", "西街道", "消防", 0],
        ["S2", "前天", "西街道", "消防", 0],
        ["S3", "2026-06-29 10:00", "北镇", "消防", 0],
    )
    files = {"file": ("事故.xlsx", data)}
    answer = office.post("duty", "/records/accidents/upload", {}, files=files)
    assert answer.status_code == 422
    assert "登记 1 行" in answer.text
    assert "退回 2 行" in answer.text
    assert "第 3 行" in answer.text
    assert "北镇" in answer.text
    assert read_records(office.workspace, "accidents")["id"].tolist() == ["S1"]
    for login in ("town", "viewer", "firm"):
        files = {"file": ("事故.xlsx", data)}
        answer = office.post(login, "/records/accidents/upload", {}, files=files)
        assert answer.status_code == 403, login


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("", b"", "请选择一个文件"),
        ("a.exe", b"MZ", "不是 xlsx 或 csv 文件"),
        ("a.xlsx", b"not a sheet", "a.xlsx"),
        ("../../a.csv", "你好".encode(), "a.csv"),
    ],
)
def test_a_file_that_is_none_says_why(office: Any, name: str, data: bytes, said: str) -> None:
    files = {"file": (name, data)} if name else None
    answer = office.post("duty", "/records/accidents/upload", {}, files=files)
    assert answer.status_code == 422
    fault = re.search(r'id="f-file-fault">(.*?)</p>', answer.text, re.DOTALL)
    assert fault is not None
    assert said in fault[1]
    assert "/tmp/" not in fault[1]


def test_an_alarm_is_acknowledged_and_dealt_with(office: Any) -> None:
    key = entered(office, "town", "alarms", raised_at="2026-06-30T08:00", town=WEST)
    expect = version_of(office, "alarms", key)
    answer = office.post("town", f"/records/alarms/acknowledge?key={key}", {"expect": expect})
    assert answer.status_code == 303
    expect = version_of(office, "alarms", key)
    path = f"/records/alarms/handle?key={key}"
    assert office.post("town", path, {"expect": expect}).status_code == 422
    answer = office.post("town", path, {"expect": expect, "handled_note": "阀门已关"})
    assert answer.status_code == 303
    alarm = read_records(office.workspace, "alarms").iloc[0]
    assert alarm["handled_note"] == "阀门已关"
    assert alarm["acknowledged_at"] == alarm["handled_at"]
    page = office.client("viewer").get("/records/alarms/item", params={"key": key}).text
    assert "alarms/handle" not in page


def test_lowering_a_colour_needs_a_second_person_on_the_page_too(office: Any) -> None:
    form = {
        "town": WEST,
        "date": "2026-06-30",
        "level": "yellow",
        "direction": "down",
        "reason": "已处置",
    }
    missing = office.post("duty", "/records/overrides/propose", form | {"reason": ""})
    assert missing.status_code == 422
    assert 'id="f-reason-fault"' in missing.text
    answer = office.post("duty", "/records/overrides/propose", form)
    assert answer.status_code == 303
    key = parse_qs(urlsplit(answer.headers["location"]).query)["key"][0]
    page = office.client("second").get("/records/overrides/item", params={"key": key}).text
    assert "尚待另一人复核" in page
    path = f"/records/overrides/confirm?key={key}"
    assert office.post("duty", path, {}).status_code == 403
    assert office.post("second", path, {}).status_code == 303
    page = office.client("second").get("/records/overrides/item", params={"key": key}).text
    assert "尚待另一人复核" not in page


def test_an_enterprise_commits_with_one_tap_and_sees_only_its_own(office: Any) -> None:
    page = office.client("firm").get("/records/commitments/today").text
    assert "今日尚未承诺" in page
    assert re.search(r'value="normal"[^>]* checked', page)
    assert office.post("firm", "/records/commitments/today", {"state": "normal"}).status_code == 303
    page = office.client("firm").get("/records/commitments/today").text
    assert "今日已承诺" in page
    [row] = read_records(office.workspace, "commitments").to_dict("records")
    assert (row["town"], row["committed_by"]) == (WEST, "钱厂长")
    expect = re.search(r'name="expect" value="(\d+)"', page)
    assert expect is not None
    form = {"state": "maintenance", "special_work": "动火", "expect": expect[1]}
    assert office.post("firm", "/records/commitments/today", form).status_code == 303
    assert read_records(office.workspace, "commitments")["state"].tolist() == ["maintenance"]
    assert office.post("duty", "/records/commitments/today", form).status_code == 403
    for firm, town in (("91339901MA0000001X", WEST), ("91339901MA0000002X", EAST)):
        key = entered(
            office, "duty", "commitments", enterprise_id=firm, date="2026-06-29", town=town,
            committed_at="2026-06-29T08:00", state="normal",
        )  # fmt: skip
    listed = office.client("firm").get("/records/commitments").text
    assert listed.count("/records/commitments/item?key=") == 2
    assert "91339901MA0000002X" not in listed
    assert "91339901MA0000002X" not in office.client("firm").get("/records/commitments.csv").text
    page = office.client("firm").get("/records/commitments/item", params={"key": key})
    assert page.status_code == 403


def test_the_page_of_all_kinds_says_what_never_came(office: Any) -> None:
    entered(office)
    page = office.client().get("/records").text
    assert "从未有过" in page
    assert re.search(r"事故</a></p>\s*<p class=\"kind-state\">1 条", page)
    assert "/new" not in page
    assert "/records/accidents/new" in office.client("duty").get("/records").text


def test_unknown_kinds_and_keys_are_not_found(office: Any) -> None:
    client = office.client("duty")
    for path in (
        "/records/nothing/item?key=x", "/records/accidents/item?key=x",
        "/records/accidents/edit?key=x", "/records/nothing/upload",
        "/records/nothing/template.xlsx",
    ):  # fmt: skip
        assert client.get(path).status_code == 404, path
