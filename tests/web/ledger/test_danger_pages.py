"""The page of one danger: buttons by person, steps, kept input, two versions, markup as text."""

import re
from datetime import timedelta
from typing import Any

import pytest

from riskmap.ledger import dangers
from riskmap.ledger.photos import take_photo

HOSTILE = "<script>alert(1)</script><img src=x>"


def buttons(page: str) -> set[str]:
    """Return the actions that the buttons of a page send."""
    return set(re.findall(r'(?:form)?action="/dangers/[^"/]+/([a-z_]+)"', page))


def fault_of(page: str, form: str, field: str) -> str:
    """Return the sentence beside a field, "" when there is none."""
    found = re.search(rf'id="f-{form}-{field}-fault">([^<]*)<', page)
    return found[1] if found else ""


def page_of(house: Any, login: str | None, number: str) -> str:
    answer = house.client(login).get(f"/dangers/{number}")
    assert answer.status_code == 200
    return str(answer.text)


def test_each_person_sees_only_own_buttons(house: Any) -> None:
    danger = house.report()
    assert buttons(page_of(house, None, danger.number)) == set()
    assert buttons(page_of(house, "viewer", danger.number)) == set()
    assert buttons(page_of(house, "town", danger.number)) == {"edit", "comment"}
    office = {"assign", "expose", "transfer", "void", "edit", "comment"}
    assert buttons(page_of(house, "duty", danger.number)) == office
    danger = house.act("duty", danger, "assign", responsible_unit="甲公司")
    assert buttons(page_of(house, "town", danger.number)) == {
        "rectify", "extend_ask", "edit", "comment",
    }  # fmt: skip


def test_a_reporter_of_another_town_sees_no_button(house: Any) -> None:
    danger = house.report(town="339901002")
    assert buttons(page_of(house, "town", danger.number)) == set()


def test_the_loop_by_forms(house: Any) -> None:
    danger = house.report()
    path, version = f"/dangers/{danger.number}", {"version": "1"}
    sent = house.post("duty", f"{path}/assign", {**version, "responsible_unit": "甲公司"})
    assert sent.status_code == 303 and sent.headers["location"] == f"{path}?done=assign"
    photo = ("after.jpg", house.jpeg(), "image/jpeg")
    done = {"version": "2", "comment": "已清走"}
    assert house.post("town", f"{path}/rectify", done, photos=[photo]).status_code == 303
    failed = {"version": "3", "comment": "仍有纸箱"}
    assert house.post("inspector", f"{path}/recheck_fail", failed).status_code == 303
    assert house.post("town", f"{path}/rectify", {**done, "version": "4"},
                      photos=[photo]).status_code == 303  # fmt: skip
    passed = {"version": "5", "comment": "现场核实"}
    assert house.post("inspector", f"{path}/recheck_pass", passed).status_code == 303
    assert house.post("duty", f"{path}/close", {"version": "6"}).status_code == 303
    page = page_of(house, "duty", danger.number)
    steps = re.findall(r'class="history-what"><b>([^<]+)<', page)
    assert steps == ["销号", "复查通过", "整改", "复查未通过，退回", "整改", "交办", "发现并上报"]
    assert buttons(page) == {"reopen", "edit", "comment"}


def test_who_rectified_is_told_why_another_must_recheck(house: Any) -> None:
    danger = house.act("duty", house.report(), "assign", responsible_unit="甲公司")
    photo = take_photo(house.workspace, house.actor("duty"), house.jpeg(), now=danger.learnt_at)
    house.act("duty", danger, "rectify", comment="好了", photos=(photo.digest,))
    page = page_of(house, "duty", danger.number)
    assert "复查要由整改填报人以外的人进行" in page
    assert {"recheck_pass", "recheck_fail"} & buttons(page) == set()
    assert {"recheck_pass", "recheck_fail"} <= buttons(page_of(house, "second", danger.number))


def test_faults_stand_beside_their_fields_and_nothing_typed_is_lost(house: Any) -> None:
    danger = house.act("duty", house.report(), "assign", responsible_unit="甲公司")
    answer = house.post(
        "town", f"/dangers/{danger.number}/rectify", {"version": "2", "comment": "已清走纸箱"}
    )
    assert answer.status_code == 422
    assert fault_of(answer.text, "rectify", "photos") == "请附现场照片"
    assert "已清走纸箱</textarea>" in answer.text
    assert dangers.read_danger(house.workspace, danger.number).version == 2


def test_a_photo_is_kept_while_another_field_is_wrong(house: Any) -> None:
    danger = house.act("duty", house.report(), "assign", responsible_unit="甲公司")
    path = f"/dangers/{danger.number}/rectify"
    photo = ("a.jpg", house.jpeg(), "image/jpeg")
    answer = house.post("town", path, {"version": "2", "comment": ""}, photos=[photo])
    assert answer.status_code == 422 and fault_of(answer.text, "rectify", "comment")
    kept = re.findall(r'name="kept" value="([0-9a-f]{64})"', answer.text)
    assert len(kept) == 1
    again = house.post("town", path, {"version": "2", "comment": "好了", "kept": kept[0]})
    assert again.status_code == 303
    step = dangers.read_danger(house.workspace, danger.number).last("rectify")
    assert step is not None and step.photos == (kept[0],)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"not a picture", "照片"),
        (b"\xff\xd8\xff" + b"0" * 300, "照片"),
        (b"\xff\xd8\xff" + b"\0" * 50_000_000, "20"),
    ],
    ids=["text", "damaged", "50 MB"],
)
def test_a_bad_photo_changes_nothing_and_is_named(house: Any, data: bytes, said: str) -> None:
    danger = house.act("duty", house.report(), "assign", responsible_unit="甲公司")
    photos = [("ok.jpg", house.jpeg(), "image/jpeg"), ("bad.jpg", data, "image/jpeg")]
    fields = {"version": "2", "comment": "好了"}
    answer = house.post("town", f"/dangers/{danger.number}/rectify", fields, photos=photos)
    assert answer.status_code == 422
    fault = fault_of(answer.text, "rectify", "photos")
    assert fault.startswith("bad.jpg：") and said in fault
    assert answer.text.count('name="kept"') == 1
    assert dangers.read_danger(house.workspace, danger.number).version == 2


def test_a_stale_edit_shows_both_versions_and_keeps_what_was_typed(house: Any) -> None:
    danger = house.report()
    house.act("second", danger, "assign", responsible_unit="乙公司")
    answer = house.post(
        "duty", f"/dangers/{danger.number}/assign", {"version": "1", "responsible_unit": "甲公司"}
    )
    assert answer.status_code == 409
    rows = re.findall(r'<th scope="row">([^<]+)</th><td class="long"[^>]*>([^<]*)</td>'
                      r'<td class="long"[^>]*>([^<]*)</td>', answer.text)  # fmt: skip
    assert ("责任单位", "甲公司", "乙公司") in rows and ("版本", "第 1 版", "第 2 版") in rows
    assert 'value="甲公司"' in answer.text and 'name="version" value="2"' in answer.text
    assert "吴值班" in answer.text
    assert (
        dangers.read_danger(house.workspace, danger.number).record["responsible_unit"] == "乙公司"
    )


def test_a_stale_edit_that_is_no_longer_possible_keeps_the_words(house: Any) -> None:
    danger = house.act("duty", house.report(), "assign", responsible_unit="甲公司")
    house.act("second", danger, "transfer", transferred_to="水利局", comment="不归我们管")
    answer = house.post(
        "town", f"/dangers/{danger.number}/rectify", {"version": "2", "comment": "已清走纸箱"}
    )
    assert answer.status_code == 409
    assert "<dd>已清走纸箱</dd>" in answer.text and "已移送" in answer.text


def test_an_action_that_the_state_does_not_allow_is_refused_with_the_reason(house: Any) -> None:
    danger = house.report()
    answer = house.post("duty", f"/dangers/{danger.number}/close", {"version": "1"})
    assert answer.status_code == 409 and "不能销号" in answer.text
    assert house.post("duty", f"/dangers/{danger.number}/burn", {}).status_code == 404


def test_an_empty_ledger_names_no_button_that_is_not_there(house: Any) -> None:
    assert "“报隐患”" in house.client("town").get("/dangers").text
    for login in (None, "viewer"):
        page = house.client(login).get("/dangers").text
        assert "台账里还没有隐患" in page and "报隐患" not in page


def test_markup_is_shown_as_text(house: Any) -> None:
    danger = house.report(description=HOSTILE, place=HOSTILE)
    house.act("duty", danger, "comment", comment=HOSTILE)
    for path in (f"/dangers/{danger.number}", "/dangers"):
        page = house.client("duty").get(path).text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "<script>alert" not in page and "<img src=x>" not in page


def test_persons_and_phones_are_masked_for_viewers(house: Any) -> None:
    danger = house.report(description="找王某 13812345678")
    danger = house.act(
        "duty", danger, "assign", responsible_unit="甲公司", responsible_person="张建国"
    )
    house.act("duty", danger, "comment", comment="电话 13812345678")
    seen = page_of(house, "duty", danger.number)
    assert "13812345678" in seen and "张建国" in seen and "周值班" in seen
    for login in (None, "viewer"):
        masked = page_of(house, login, danger.number)
        assert "13812345678" not in masked and "138****5678" in masked
        assert "张建国" not in masked and "周值班" not in masked and "张**" in masked


def test_a_form_without_its_token_is_refused(house: Any) -> None:
    danger = house.report()
    client = house.client("duty")
    answer = client.post(f"/dangers/{danger.number}/expose", data={"version": "1"})
    assert answer.status_code == 403
    assert dangers.read_danger(house.workspace, danger.number).version == 1


def test_a_correction_sends_only_what_was_changed(house: Any) -> None:
    # Inputs show six decimals and minutes: what was not touched must not come back rounded.
    danger = house.report(lon=121.01234567, lat=28.612345)
    fields = {
        "version": "1", "comment": "写错了", "description": "消防栓被埋压",
        "found_at": "2026-06-30T09:00", "town": "339901001", "domain": "消防", "grade": "general",
        "lon": "121.012346", "lat": "28.612345", "deadline": "2026-07-15", "term": "town",
        "community": "", "enterprise_id": "", "place": "", "responsible_unit": "",
        "responsible_person": "",
    }  # fmt: skip
    answer = house.post("duty", f"/dangers/{danger.number}/edit", fields)
    assert answer.status_code == 303
    step = dangers.read_danger(house.workspace, danger.number).steps[-1]
    assert set(step.changes) == {"description"}


def test_a_step_may_be_entered_later_than_it_happened(house: Any) -> None:
    danger = house.report(found_at="2026-06-28T10:00")
    fields = {"version": "1", "held_at": "2026-06-29T15:00"}
    assert house.post("duty", f"/dangers/{danger.number}/expose", fields).status_code == 303
    page = page_of(house, "duty", danger.number)
    assert "2026年6月29日 15:00（2026年6月30日 09:00 录入）" in page
    early = {"version": "2", "held_at": "2026-06-27T15:00", "responsible_unit": "甲"}
    answer = house.post("duty", f"/dangers/{danger.number}/assign", early)
    assert answer.status_code == 422 and fault_of(answer.text, "assign", "held_at")


def test_the_list_filters_pages_and_says_how_many(house: Any) -> None:
    late = house.report(found_at=house.now - timedelta(days=20), description="早先发现的")
    house.report(town="339901002", domain="危化", grade="major", description="气味很大")
    client = house.client("duty")
    page = client.get("/dangers").text
    assert "未销号 2 条" in page and "超期 5 天" in page
    assert late.number in client.get("/dangers", params={"overdue": "1"}).text
    found = client.get("/dangers", params={"town": "339901002", "grade": "major"}).text
    assert "气味很大" in found and "早先发现的" not in found and "符合条件 1 条" in found
    assert "没有符合条件的隐患" in client.get("/dangers", params={"q": "不存在的"}).text
    assert client.get("/dangers", params={"page": 2}).status_code == 422
    assert client.get("/dangers", params={"state": "burnt"}).status_code == 422
    upload = "/records/hidden_dangers/upload"
    shown = {
        who: upload in house.client(who).get("/dangers").text for who in (None, "town", "duty")
    }
    assert shown == {None: False, "town": False, "duty": True}
    assert client.get(upload).status_code == 200
