"""Records by hand: entered, corrected, withdrawn; conflicts, files, alarms, decisions."""

import io
import re
from datetime import datetime
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


def test_phones_in_texts_are_masked_for_who_may_not_see_them(office: Any) -> None:
    key = entered(office, note="找王某 +8613812345678，0571-88887777")
    for login, shown in (("duty", True), ("town", True), ("viewer", False), (None, False)):
        for path in ("/records/accidents/item", "/records/accidents"):
            page = office.client(login).get(path, params={"key": key}).text
            assert ("0571-****7777" in page) is not shown or path == "/records/accidents"
            assert "0571-88887777" not in page or shown


def test_the_office_states_that_a_kind_is_complete(office: Any) -> None:
    entered(office)
    page = office.client("duty").get("/records/accidents").text
    assert "还没有人声明过" in page
    assert "截至此刻已报全" not in office.client("town").get("/records/accidents").text
    assert office.post("town", "/records/accidents/complete", {}).status_code == 403
    assert office.post("duty", "/records/inspections/complete", {}).status_code == 400
    assert office.post("duty", "/records/accidents/complete", {}).status_code == 303
    page = office.client("second").get("/records/accidents").text
    assert "最近声明：周值班，2026-06-30 09:00" in page
    assert "声明已报全" in page


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
    assert re.findall(r'<td class="cell" data-head="(.*?)">(.*?)</td>', row[0]) == [
        ("您填的", "2"),
        ("现在库里的", "3"),
    ]  # on a phone the head of the table is not shown: each cell names its column
    again = re.search(r'name="expect" value="(\d+)"', answer.text)
    assert again is not None
    answer = office.post("duty", path, ACCIDENT | {"deaths": "2", "expect": again[1]})
    assert answer.status_code == 303
    assert read_records(office.workspace, "accidents")["deaths"].tolist() == [2]


def test_a_number_in_use_in_another_town_shows_nothing_of_its_record(office: Any) -> None:
    key = entered(office, town=EAST, note="王某 13812345678")
    taken = ACCIDENT | {"id": key}
    client, csrf = office.client("town"), {"x-csrf-token": office.tokens["town"]}
    for accept in ("text/html", "application/json"):
        headers = csrf | {"accept": accept}
        answer = client.post("/records/accidents/new", data=taken, headers=headers)
        assert answer.status_code == 403
        assert "13812345678" not in answer.text and "东镇" not in answer.text
    assert office.post("duty", "/records/accidents/new", taken).status_code == 409


def test_only_who_raised_a_colour_is_offered_to_take_it_back(office: Any) -> None:
    form = {"town": WEST, "date": "2026-06-30", "level": "red", "direction": "up", "reason": "试"}
    answer = office.post("duty", "/records/overrides/propose", form)
    key = parse_qs(urlsplit(answer.headers["location"]).query)["key"][0]
    path, said = f"/records/overrides/withdraw?key={key}", "上调由提出人撤回；别人要解除"
    for login, own in (("duty", True), ("second", False)):
        page = office.client(login).get("/records/overrides/item", params={"key": key}).text
        assert ("/records/overrides/withdraw" in page) is own
        assert (said in page) is not own
    assert office.post("second", path, {"reason": "不需要了"}).status_code == 403
    expect = re.search(r'name="expect" value="(\d+)"', office.client("duty").get(
        "/records/overrides/item", params={"key": key}).text)  # fmt: skip
    assert expect is not None
    own = {"reason": "看错了", "expect": expect[1]}
    assert office.post("duty", path, own).status_code == 303


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


def test_an_inspector_sees_persons_of_the_own_domain_on_a_records_own_page(office: Any) -> None:
    for domain, shown in (("消防", True), ("危化", False)):
        fields = {"inspected_at": "2026-06-29T10:00", "town": WEST, "domain": domain}
        person = f"李{domain}"
        key = entered(office, "duty", "inspections", **fields, inspector=person)
        inspector = office.client("inspector")
        page = inspector.get("/records/inspections/item", params={"key": key}).text
        assert (person in page) is shown
        assert person not in inspector.get("/records/inspections").text


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
    assert "本类不算报全" in answer.text
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


def test_the_direction_follows_from_the_colours_where_both_are_known(
    office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = {"town": WEST, "date": "2026-06-30", "level": "yellow", "reason": "已处置"}
    page = office.client("duty").get("/records/overrides/propose").text
    assert 'name="direction"' not in page
    unknown = office.post("duty", "/records/overrides/propose", form)
    assert unknown.status_code == 422 and 'id="f-direction-fault"' in unknown.text
    for current, directions in (("blue", ["up"]), ("orange", ["down", "up"])):
        colours = {(datetime(2026, 6, 30).date(), WEST): current}
        monkeypatch.setattr("riskmap.records.lowering.colours_of", lambda ws, days, c=colours: c)
        answer = office.post("duty", "/records/overrides/propose", form)
        assert answer.status_code == 303
        stored = read_records(office.workspace, "overrides")["direction"]
        assert sorted(stored) == directions
    colours = {(datetime(2026, 6, 30).date(), WEST): "yellow"}
    monkeypatch.setattr("riskmap.records.lowering.colours_of", lambda ws, days: colours)
    assert office.post("duty", "/records/overrides/propose", form).status_code == 422


def test_later_deaths_are_rows_of_a_day_and_a_number(office: Any) -> None:
    page = office.client("duty").get("/records/accidents/new").text
    assert page.count('name="late_day_') == 3 and "单位：元" not in page and ">—<" not in page
    moment = re.search(r'name="occurred_at" value="([^"]*)"', page)
    assert moment is not None and moment[1] == "2026-06-30T09:00"
    rows = {"late_day_1": "2026-06-30", "late_persons_1": "2",
            "late_day_3": "2026-06-29", "late_persons_3": "1"}  # fmt: skip
    key = entered(office, **rows)
    table = read_records(office.workspace, "accidents")
    assert table["late_deaths"].tolist() == ["2026-06-29:1;2026-06-30:2"]
    page = office.client("duty").get("/records/accidents/edit", params={"key": key}).text
    assert 'name="late_day_2" value="2026-06-30"' in page
    half = office.post("duty", "/records/accidents/new", ACCIDENT | {"late_day_1": "2026-06-30"})
    assert half.status_code == 422 and "每行写明日期和人数" in half.text
    assert 'name="late_day_1" value="2026-06-30"' in half.text


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
    assert "只显示本企业的" in listed
    page = office.client("firm").get("/records/commitments/item", params={"key": key})
    assert page.status_code == 403


def test_an_enterprise_is_not_asked_when_and_where_it_commits(office: Any) -> None:
    page = office.client("firm").get("/records/commitments/new").text
    offered = set(re.findall(r'name="(date|committed_at|town|state)"', page))
    assert offered == {"state"}
    assert 'name="committed_at"' in office.client("duty").get("/records/commitments/new").text
    own = {"enterprise_id": "91339901MA0000001X", "state": "normal"}
    back = own | {"date": "2026-06-28", "committed_at": "2026-06-28T07:00"}
    answer = office.post("firm", "/records/commitments/new", back)
    assert answer.status_code == 422 and "企业只能作今日的承诺" in answer.text
    moved = own | {"town": EAST, "committed_at": "2026-06-30T07:00"}
    key = entered(office, "firm", "commitments", **moved)
    [row] = read_records(office.workspace, "commitments").to_dict("records")
    assert (row["town"], row["committed_at"].hour) == (WEST, 1)  # 09:00 in Shanghai
    assert "/edit?" in office.client("firm").get(f"/records/commitments/item?key={key}").text
    told = {"town": WEST, "date": "2026-06-29", "committed_at": "2026-06-29T08:00"}
    key = entered(office, "duty", "commitments", **own | told)
    client = office.client("firm")
    page = client.get("/records/commitments/item", params={"key": key}).text
    assert "以前的承诺请值班室更正" in page
    assert "/edit?" not in page and "/withdraw" not in page
    assert client.get("/records/commitments/edit", params={"key": key}).status_code == 403
    form = {"expect": version_of(office, "commitments", key), "state": "stopped", "reason": "错"}
    for act in ("edit", "withdraw"):
        answer = office.post("firm", f"/records/commitments/{act}?key={key}", form)
        assert answer.status_code == 403 and "请值班室更正" in answer.text


def test_commitments_are_for_people_who_signed_in_and_their_number_for_all(office: Any) -> None:
    firm = "91339901MA0000001X"
    key = entered(
        office, "duty", "commitments", enterprise_id=firm, date="2026-06-29", town=WEST,
        committed_at="2026-06-29T08:00", state="normal", special_work="动火作业",
    )  # fmt: skip
    nobody, item = office.client(), "/records/commitments/item"
    page = nobody.get("/records/commitments").text
    assert "共 1 行。各企业的承诺和特殊作业登录后可看" in page
    assert 'href="/sign-in?next=%2Frecords%2Fcommitments"' in page
    assert firm not in page and "动火作业" not in page
    for path, params in (("/records/commitments.csv", {}), (item, {"key": key})):
        assert nobody.get(path, params=params).status_code == 303, path
        machine = {"Authorization": f"Bearer {office.machine}"}
        assert nobody.get(path, params=params, headers=machine).status_code == 403, path
        assert "动火作业" in office.client("viewer").get(path, params=params).text, path
    page = office.client("viewer").get("/records/commitments").text
    assert firm in page and "只显示本企业的" not in page


def test_the_same_commitment_sent_once_more_is_the_one_that_stands(office: Any) -> None:
    path, form = "/records/commitments/today", {"state": "normal", "special_work": "动火"}
    assert office.post("firm", path, form).status_code == 303
    office.app.state.clock = lambda: datetime.fromisoformat("2026-06-30T09:05+08:00")
    again = office.post("firm", path, form)
    assert (again.status_code, again.headers["location"]) == (303, f"{path}?done=1")
    assert len(read_records(office.workspace, "commitments")) == 1
    other = office.post("firm", path, form | {"special_work": "受限空间"})
    assert other.status_code == 422
    assert "今日已经承诺过" in other.text


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


def test_a_form_offers_only_what_its_person_may_record(office: Any) -> None:
    def options(login: str, path: str, name: str) -> list[str]:
        page = office.client(login).get(path).text
        select = re.search(rf'<select id="f-{name}".*?</select>', page, re.DOTALL)
        assert select is not None
        return re.findall(r'<option value="([^"]+)"', select[0])

    assert options("town", "/records/accidents/new", "town") == [WEST]
    assert len(options("duty", "/records/accidents/new", "town")) == 2
    assert options("inspector", "/records/inspections/new", "domain") == ["消防"]
    assert len(options("duty", "/records/inspections/new", "domain")) > 2
    forged = ACCIDENT | {"town": "339901002"}
    assert office.post("town", "/records/accidents/new", forged).status_code == 403


def test_what_is_missing_is_said_once_beside_its_field(office: Any) -> None:
    answer = office.post("duty", "/records/accidents/new", ACCIDENT | {"town": ""})
    assert '<a href="#f-town">所属镇街：必填</a>' in answer.text
    assert '<p class="field-fault" id="f-town-fault">必填</p>' in answer.text
