"""A hidden danger from found to closed, worked by hand: numbers, days, times, who and what."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from riskmap.access.actors import Actor, anonymous
from riskmap.access.tables import audit
from riskmap.errors import (
    ConflictError,
    FieldsError,
    ForbiddenError,
    NotFoundError,
    SignInError,
    TransitionError,
)
from riskmap.ledger.dangers import act, allowed, read_danger, report
from riskmap.ledger.states import State
from riskmap.ledger.tables import danger_serials, danger_steps
from riskmap.ledger.versions import Danger, load, periods
from riskmap.records.reading import read_deliveries, read_records
from riskmap.storage.database import deliveries, record_tables
from riskmap.workspace import Workspace
from tests.riskmap.ledger.conftest import (
    ADMIN,
    DUTY,
    DUTY_2,
    EAST_TOWN,
    EASTERNER,
    FIELDS,
    INSPECTOR,
    NOW,
    REPORTER,
    REPORTER_2,
    VIEWER,
    WEST_TOWN,
    add_photo,
)

PROMOTED = Actor("zhao", "赵镇员", DUTY.role)
"""The reporter zhao, on duty now."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def rows_in(ws: Workspace, table: sa.Table) -> int:
    with ws.read() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def after(ws: Workspace, danger: Danger, actor: Actor, action: str, **more: Any) -> Danger:
    """Do an action on the danger as it is, by default an hour after it was learnt."""
    now = more.pop("now", danger.learnt_at + HOUR)
    photos, held_at = more.pop("photos", ()), more.pop("held_at", None)
    return act(
        ws, actor, danger.number, action, more,
        version=danger.version, photos=photos, held_at=held_at, now=now,
    )  # fmt: skip


def rectified(ws: Workspace, **fields: Any) -> Danger:
    danger = report(ws, DUTY, FIELDS | fields, now=NOW)
    danger = after(ws, danger, DUTY, "assign", responsible_unit="物业")
    return after(ws, danger, REPORTER, "rectify", comment="已清", photos=[add_photo(ws, "a")])


def test_from_found_to_closed(ledger: Workspace) -> None:
    photo, later = add_photo(ledger, "a"), add_photo(ledger, "b")
    danger = report(ledger, REPORTER, FIELDS, photos=[photo], now=NOW)
    assert danger.number == "330106-001-20260610-0001"
    assert (danger.version, danger.state) == (1, State.FOUND)
    assert danger.record["found_at"] == datetime(2026, 6, 10, 0, 30, tzinfo=UTC)
    assert danger.record["deadline"] == date(2026, 6, 25)  # found day + 15
    assert danger.record["reported_by"] == "王镇员"

    danger = after(ledger, danger, DUTY, "expose")
    danger = after(ledger, danger, INSPECTOR, "assign", responsible_unit="和平物业", term="区级")
    assert danger.record["deadline"] == date(2026, 7, 10)  # the district's 30 days from 06-10
    danger = after(ledger, danger, REPORTER, "rectify", comment="已清走", photos=[later])
    danger = after(ledger, danger, INSPECTOR, "recheck_pass", comment="属实")
    danger = after(ledger, danger, INSPECTOR, "close")
    assert (danger.version, danger.state) == (6, State.CLOSED)
    for position, column in enumerate(
        ("exposed_at", "assigned_at", "rectified_at", "rechecked_at", "closed_at"), start=1
    ):
        assert danger.record[column] == NOW + position * HOUR, column
    assert [step.action for step in danger.steps] == [
        "report", "expose", "assign", "rectify", "recheck_pass", "close",
    ]  # fmt: skip
    assert danger.photos == ((1, photo), (4, later))
    assert danger.steps[3].changes["state"] == ["assigned", "rectified"]
    assert read_danger(ledger, danger.number) == danger


def test_what_was_known_then_is_read_then(ledger: Workspace) -> None:
    danger = rectified(ledger)
    then = read_danger(ledger, danger.number, NOW + HOUR)
    assert (then.state, then.version, len(then.steps)) == (State.ASSIGNED, 2, 2)
    with pytest.raises(NotFoundError, match=danger.number):
        read_danger(ledger, danger.number, NOW - HOUR)
    with pytest.raises(NotFoundError, match="核对"):
        read_danger(ledger, "330106-001-20260610-9999")


def test_each_action_is_a_version_a_delivery_and_an_audit_row(ledger: Workspace) -> None:
    danger = rectified(ledger)
    frame = read_records(ledger, "hidden_dangers")
    assert len(frame) == 1
    assert frame["state"][0] == "rectified"
    assert frame["source"][0] == f"ledger:{danger.number}#3"
    assert rows_in(ledger, record_tables["hidden_dangers"]) == 3
    assert rows_in(ledger, danger_steps) == 3
    given = read_deliveries(ledger, "hidden_dangers")
    assert given["file"].tolist() == ["ledger"] * 3
    with ledger.read() as connection:
        rows = connection.execute(sa.select(audit).order_by(audit.c.number)).mappings().all()
    rows = [row for row in rows if row["action"] != "layer.import"]
    shown = [(row["actor"], row["action"], row["subject"]) for row in rows]
    subject = f"danger:{danger.number}"
    assert shown == [
        ("zhou", "danger.report", subject),
        ("zhou", "danger.assign", subject),
        ("wang", "danger.rectify", subject),
    ]
    assert '"state":"assigned"' in rows[2]["before"]
    assert '"state":"rectified"' in rows[2]["after"]


def test_numbers_run_by_town_and_day_found(ledger: Workspace) -> None:
    numbers = [
        report(ledger, DUTY, FIELDS | fields, now=NOW).number
        for fields in (
            {},
            {"town": "东山街道"},
            {"found_at": "2026-06-09T23:59"},
            {"found_at": "2026-06-09T16:00+00:00"},  # 2026-06-10 00:00 in the district
        )
    ]
    assert numbers == [
        "330106-001-20260610-0001",
        "330106-002-20260610-0001",
        "330106-001-20260609-0001",
        "330106-001-20260610-0002",
    ]


def test_what_is_not_said_is_taken_from_the_place_the_clock_and_the_scheme(
    ledger: Workspace,
) -> None:
    short = {"domain": "危化", "grade": "重大", "description": "管线渗漏"}
    danger = report(ledger, INSPECTOR, short | {"lon": "120.15", "lat": "30.05"}, now=NOW)
    record = danger.record
    assert (record["town"], record["found_at"], record["grade"]) == (EAST_TOWN, NOW, "major")
    assert (record["lon"], record["lat"]) == (120.15, 30.05)
    assert record["place"] is None


def test_a_refused_report_takes_no_number_and_leaves_nothing(ledger: Workspace) -> None:
    with pytest.raises(FieldsError) as caught:
        report(ledger, REPORTER, FIELDS, photos=["f" * 64], now=NOW)
    assert caught.value.faults == {"photos": "照片没有存好，请重新上传"}
    with pytest.raises(FieldsError) as caught:
        report(ledger, REPORTER, FIELDS | {"domain": ""}, photos=["f" * 64], now=NOW)
    assert set(caught.value.faults) == {"domain", "photos"}
    assert rows_in(ledger, danger_serials) == 0
    assert rows_in(ledger, deliveries) == 0
    assert report(ledger, REPORTER, FIELDS, now=NOW).number.endswith("-0001")


def test_only_the_own_town_and_domain(ledger: Workspace) -> None:
    with pytest.raises(ForbiddenError, match="只能办理本镇街的"):
        report(ledger, EASTERNER, FIELDS, now=NOW)
    with pytest.raises(ForbiddenError, match="只能办理本领域的"):
        report(ledger, INSPECTOR, FIELDS | {"domain": "旅游"}, now=NOW)
    with pytest.raises(ForbiddenError):
        report(ledger, VIEWER, FIELDS, now=NOW)
    with pytest.raises(SignInError):
        report(ledger, anonymous(), {}, now=NOW)
    danger = report(ledger, REPORTER, FIELDS, now=NOW)
    with pytest.raises(ForbiddenError):
        after(ledger, danger, EASTERNER, "comment", comment="路过")
    with pytest.raises(ForbiddenError):  # nor moved into a domain of others
        after(ledger, danger, INSPECTOR, "edit", domain="旅游", comment="错了")
    with pytest.raises(ForbiddenError):  # nor into another town
        after(ledger, danger, REPORTER, "edit", town=EAST_TOWN, comment="错了")
    with ledger.read() as connection:
        refused = sa.select(audit.c.actor).where(audit.c.result == "refused")
        assert connection.execute(refused.order_by(audit.c.number)).scalars().all() == [
            "qian", "li", "sun", "qian", "li", "wang",
        ]  # fmt: skip


def test_a_stale_version_is_refused_with_both(ledger: Workspace) -> None:
    danger = report(ledger, REPORTER, FIELDS, now=NOW)
    after(ledger, danger, DUTY, "assign", responsible_unit="甲物业")
    with pytest.raises(ConflictError, match="周值班（交办）") as caught:
        after(ledger, danger, DUTY_2, "assign", responsible_unit="乙物业")
    yours, theirs = caught.value.yours, caught.value.theirs
    assert yours == {"action": "assign", "version": 1, "responsible_unit": "乙物业"}
    assert (theirs["version"], theirs["responsible_unit"]) == (2, "甲物业")
    assert read_danger(ledger, danger.number).version == 2


def test_a_comment_overwrites_nothing_and_needs_no_version(ledger: Workspace) -> None:
    danger = report(ledger, REPORTER, FIELDS, now=NOW)
    more = {"version": None, "now": NOW}
    with_comment = act(ledger, DUTY, danger.number, "comment", {"comment": "已电话提醒"}, **more)
    assert with_comment.version == 2
    assert with_comment.steps[-1].changes == {}
    with pytest.raises(FieldsError, match="版本号"):
        act(ledger, DUTY, danger.number, "expose", {}, **more)


def test_what_is_not_allowed_says_why_and_what_is(ledger: Workspace) -> None:
    danger = report(ledger, REPORTER, FIELDS, now=NOW)
    with pytest.raises(TransitionError, match="已发现") as caught:
        after(ledger, danger, DUTY, "close")
    assert caught.value.allowed == ("expose", "assign", "transfer", "void", "edit", "comment")
    with pytest.raises(NotFoundError, match="没有这种操作"):
        after(ledger, danger, DUTY, "delete")
    with pytest.raises(FieldsError) as missing:
        danger = after(ledger, danger, DUTY, "transfer")
    assert set(missing.value.faults) == {"transferred_to", "comment"}


def test_the_same_person_does_not_recheck_what_he_rectified(ledger: Workspace) -> None:
    danger = report(ledger, DUTY, FIELDS, now=NOW)
    danger = after(ledger, danger, DUTY, "assign", responsible_unit="物业")
    photo = [add_photo(ledger, "a")]
    danger = after(ledger, danger, DUTY, "rectify", comment="好了", photos=photo)
    assert "recheck_pass" not in [one.action for one in allowed(danger, DUTY)]
    assert "recheck_pass" in [one.action for one in allowed(danger, DUTY_2)]
    for action in ("recheck_pass", "recheck_fail"):
        with pytest.raises(ForbiddenError, match="以外的人"):
            after(ledger, danger, DUTY, action, comment="好")
    assert after(ledger, danger, DUTY_2, "recheck_pass", comment="好").state is State.RECHECKED


def test_a_failed_recheck_sends_it_back(ledger: Workspace) -> None:
    danger = after(ledger, rectified(ledger), INSPECTOR, "recheck_fail", comment="又堆上了")
    assert danger.state is State.RETURNED
    assert danger.record["rectified_at"] is None
    again = add_photo(ledger, "c")
    danger = after(ledger, danger, REPORTER_2, "rectify", comment="再清", photos=[again])
    assert danger.state is State.RECTIFIED
    # who rectified last may not recheck, who rectified before may
    with pytest.raises(ForbiddenError):
        after(ledger, danger, PROMOTED, "recheck_pass", comment="好")


def test_an_extension_takes_two_persons(ledger: Workspace) -> None:
    danger = report(ledger, REPORTER, FIELDS, now=NOW)
    danger = after(ledger, danger, DUTY, "assign", responsible_unit="物业")
    with pytest.raises(FieldsError, match="应晚于现在的整改期限 2026-06-25"):
        after(ledger, danger, DUTY, "extend_ask", extension_until="2026-06-25", comment="材料")
    with pytest.raises(TransitionError, match="没有等待批复"):
        after(ledger, danger, DUTY, "extend_approve")
    asked = after(ledger, danger, DUTY, "extend_ask", extension_until="2026-07-05", comment="料")
    assert asked.record["deadline"] == date(2026, 6, 25)
    with pytest.raises(TransitionError, match="已有一个"):
        after(ledger, asked, DUTY_2, "extend_ask", extension_until="2026-07-06", comment="料")
    with pytest.raises(ForbiddenError, match="以外的人批复"):
        after(ledger, asked, DUTY, "extend_approve")
    approved = after(ledger, asked, DUTY_2, "extend_approve")
    assert approved.record["deadline"] == date(2026, 7, 5)
    assert approved.record["extension_until"] is None
    assert approved.state is State.ASSIGNED
    asked = after(ledger, approved, DUTY, "extend_ask", extension_until="2026-08-01", comment="料")
    refused = after(ledger, asked, INSPECTOR, "extend_refuse", comment="不必")
    assert refused.record["deadline"] == date(2026, 7, 5)
    assert refused.record["extension_until"] is None


def test_a_deadline_is_not_put_off_by_the_back_door(ledger: Workspace) -> None:
    danger = report(ledger, REPORTER, FIELDS, now=NOW)
    with pytest.raises(FieldsError, match="最迟到 2026-06-25"):
        report(ledger, REPORTER, FIELDS | {"deadline": "2026-06-26"}, now=NOW)
    with pytest.raises(FieldsError, match="最迟到 2026-06-25"):
        report(ledger, REPORTER, FIELDS | {"term": "district"}, now=NOW)
    with pytest.raises(FieldsError, match="最迟到 2026-06-25"):
        after(ledger, danger, REPORTER, "edit", deadline="2026-06-26", comment="错了")
    danger = after(ledger, danger, REPORTER, "edit", deadline="2026-06-20", comment="错了")
    danger = after(ledger, danger, DUTY, "assign", responsible_unit="物业")
    for actor, action in ((DUTY, "edit"), (REPORTER, "edit"), (DUTY, "assign")):
        with pytest.raises(FieldsError, match="请申请延期"):
            after(
                ledger, danger, actor, action, deadline="2026-06-21", comment="x",
                **({"responsible_unit": "物业"} if action == "assign" else {}),
            )  # fmt: skip
    danger = after(ledger, danger, DUTY, "edit", deadline="2026-06-18", comment="早些")
    assert danger.record["deadline"] == date(2026, 6, 18)


def test_no_single_person_puts_off_by_what_the_deadline_follows_from(ledger: Workspace) -> None:
    """A town edits the day of finding, or the term; the office voids and opens again."""
    late = NOW + timedelta(days=30)
    danger = report(ledger, REPORTER, FIELDS | {"found_at": "2026-06-01T08:00"}, now=NOW)
    assert danger.record["deadline"] == date(2026, 6, 16)
    moved: dict[str, object] = {"found_at": "2026-06-10T08:00", "comment": "日期写错"}
    for change in ({"term": "district"}, {**moved, "deadline": ""}, {"deadline": "2026-06-17"}):
        fields = {"comment": "x", **change}
        with pytest.raises(FieldsError, match="最迟到 2026-06-16"):
            act(ledger, REPORTER, danger.number, "edit", fields, version=1, now=late)
    kept = act(ledger, REPORTER, danger.number, "edit", moved, version=1, now=late)
    assert (kept.record["found_at"].day, kept.record["deadline"]) == (10, date(2026, 6, 16))
    act(ledger, DUTY, danger.number, "void", {"comment": "重复"}, version=2, now=late)
    again = {"comment": "不重复", "responsible_unit": "物业"}
    far = {**again, "deadline": "2026-12-01"}
    with pytest.raises(FieldsError, match="作废前的期限是 2026-06-16"):
        act(ledger, DUTY, danger.number, "reopen", far, version=3, now=late)
    back = act(ledger, DUTY, danger.number, "reopen", again, version=3, now=late)
    assert (back.state, back.record["deadline"]) == (State.ASSIGNED, date(2026, 6, 16))


def test_handed_on_after_it_was_opened_again_it_is_not_new(ledger: Workspace) -> None:
    """Opened again nobody notes a moment of 交办; by 移送 its deadline is not free either."""
    danger = report(ledger, REPORTER, FIELDS, now=NOW)
    danger = after(ledger, danger, DUTY, "void", comment="重复")
    danger = after(ledger, danger, DUTY, "reopen", comment="不重复", responsible_unit="物业")
    danger = after(ledger, danger, DUTY, "transfer", transferred_to="住建局", comment="移送")
    assert (danger.state, danger.record["assigned_at"]) == (State.TRANSFERRED, None)
    for action in ("assign", "edit"):
        with pytest.raises(FieldsError, match="不能改得比 2026-06-25 更晚"):
            after(ledger, danger, DUTY, action, responsible_unit="物业二", deadline="2026-12-01",
                  comment="换单位")  # fmt: skip
    again = after(ledger, danger, DUTY, "assign", responsible_unit="物业二")
    assert again.record["deadline"] == date(2026, 6, 25)


def test_who_may_assign_moves_it_with_the_day_of_finding(ledger: Workspace) -> None:
    danger = report(ledger, REPORTER, FIELDS | {"found_at": "2026-06-01T08:00"}, now=NOW)
    fields = {"found_at": "2026-06-05T08:00", "comment": "日期写错"}
    moved = after(ledger, danger, DUTY, "edit", **fields)
    assert moved.record["deadline"] == date(2026, 6, 20)


def test_a_major_danger_is_listed_closed_and_lowered_by_the_office_only(ledger: Workspace) -> None:
    danger = rectified(ledger, grade="major")
    with pytest.raises(ForbiddenError, match="改为一般由安委办"):
        after(ledger, danger, REPORTER, "edit", grade="general", comment="没那么重")
    danger = after(ledger, danger, DUTY, "list", listed_until="2026-07-31")
    assert danger.record["listed_at"] == NOW + 3 * HOUR
    with pytest.raises(TransitionError, match="已经挂牌"):
        after(ledger, danger, DUTY, "list", listed_until="2026-08-31")
    danger = after(ledger, danger, INSPECTOR, "recheck_pass", comment="属实")
    with pytest.raises(ForbiddenError, match="由安委办销号"):
        after(ledger, danger, INSPECTOR, "close")
    assert after(ledger, danger, ADMIN, "close").state is State.CLOSED
    plain = report(ledger, DUTY, FIELDS, now=NOW)
    with pytest.raises(TransitionError, match="只有重大"):
        after(ledger, plain, DUTY, "list", listed_until="2026-07-31")


def test_reopened_it_is_open_again(ledger: Workspace) -> None:
    danger = after(ledger, rectified(ledger), INSPECTOR, "recheck_pass", comment="好")
    danger = after(ledger, danger, INSPECTOR, "close")
    with pytest.raises(FieldsError, match="不能早于 2026-06-10"):
        after(ledger, danger, DUTY, "reopen", deadline="2026-06-09", comment="又发现")
    with pytest.raises(FieldsError, match="最迟到 2026-06-25"):  # a new term, from the 10th on
        after(ledger, danger, INSPECTOR, "reopen", deadline="2026-06-26", comment="又发现")
    again = after(ledger, danger, DUTY, "reopen", deadline="2026-06-24", comment="又发现")
    assert again.state is State.ASSIGNED
    assert again.record["closed_at"] is None
    assert again.record["rectified_at"] is None
    assert again.record["deadline"] == date(2026, 6, 24)
    assert read_records(ledger, "hidden_dangers")["closed_at"].isna().all()


def test_done_earlier_holds_from_then(ledger: Workspace) -> None:
    danger = report(ledger, DUTY, FIELDS | {"found_at": "2026-06-01T08:00"}, now=NOW)
    danger = after(
        ledger, danger, DUTY, "assign", responsible_unit="物业", held_at="2026-06-02T09:00"
    )
    assert danger.record["assigned_at"] == datetime(2026, 6, 2, 1, 0, tzinfo=UTC)
    assert danger.record["held_from"] == datetime(2026, 6, 2, 1, 0, tzinfo=UTC)
    assert danger.learnt_at == NOW + HOUR
    photo = add_photo(ledger, "a")
    for held, said in (
        ("2026-06-01T09:00", "早于上一步（2026-06-02 09:00）"),
        ("2026-07-01T09:00", "晚于现在"),
        ("1999-01-01T09:00", "早于 2000 年"),
        ("昨天", "不是有效的时间"),
    ):
        with pytest.raises(FieldsError) as caught:
            after(ledger, danger, DUTY, "rectify", comment="好", photos=[photo], held_at=held)
        assert said in caught.value.faults["held_at"]


def test_a_corrected_fact_holds_for_every_past_moment_and_states_stay(ledger: Workspace) -> None:
    danger = report(ledger, DUTY, FIELDS | {"found_at": "2026-06-01T08:00"}, now=NOW)
    danger = after(
        ledger, danger, DUTY, "assign", responsible_unit="物业", held_at="2026-06-02T09:00"
    )
    danger = after(
        ledger, danger, DUTY, "edit",
        town=EAST_TOWN, found_at="2026-05-30T08:00", responsible_unit="别家", comment="写错了",
    )  # fmt: skip
    with ledger.read() as connection:
        held = periods(connection, danger.number)
    shown = [(one["state"], one["town"], one["responsible_unit"]) for one in held]
    assert shown[-2:] == [("assigned", EAST_TOWN, "物业"), ("assigned", EAST_TOWN, "别家")]
    assert {(state, town) for state, town, _ in shown[:-2]} == {("found", EAST_TOWN)}
    assert len(shown) == 4
    assert held[0]["held_from"] == datetime(2026, 5, 30, 0, 0, tzinfo=UTC)
    assert danger.record["found_at"] == datetime(2026, 5, 30, 0, 0, tzinfo=UTC)
    assert danger.record["deadline"] == date(2026, 6, 14)  # 15 days from the corrected day
    assert danger.number == "330106-001-20260601-0001"  # a number never changes
    with pytest.raises(FieldsError, match="晚于已办的步骤"):
        after(ledger, danger, DUTY, "edit", found_at="2026-06-03T08:00", comment="又错了")
    with pytest.raises(FieldsError, match="没有改动"):
        after(ledger, danger, DUTY, "edit", comment="看看")


def test_a_writer_whose_clock_runs_behind_does_not_hide_behind_the_newer_version(
    ledger: Workspace,
) -> None:
    danger = report(ledger, REPORTER, FIELDS, now=NOW)
    exposed = after(ledger, danger, DUTY, "expose", now=NOW + HOUR)
    assigned = after(ledger, exposed, DUTY, "assign", responsible_unit="物业", now=NOW)
    assert assigned.learnt_at == NOW + HOUR
    assert read_danger(ledger, danger.number).state is State.ASSIGNED
    assert read_records(ledger, "hidden_dangers")["state"].tolist() == ["assigned"]


def test_a_danger_from_a_file_goes_on_in_the_ledger(ledger: Workspace) -> None:
    key = "JT-17"
    row = {
        "key": key, "number": key, "found_at": NOW - 5 * DAY, "town": WEST_TOWN, "domain": "消防",
        "grade": "general", "state": "整改中", "learnt_at": NOW - 4 * DAY, "source": "a.xlsx:2",
    }  # fmt: skip
    with ledger.write() as connection:
        given = connection.execute(
            sa.insert(deliveries).values(
                kind="hidden_dangers", file="a.xlsx", sha256="0", delivered_at=NOW - 4 * DAY,
                accepted=1, changed=1, rejected=0,
            )
        )  # fmt: skip
        key_of = given.inserted_primary_key
        assert key_of is not None
        connection.execute(
            sa.insert(record_tables["hidden_dangers"]).values(**row, delivery_id=key_of[0])
        )
        danger = load(connection, key)
    assert (danger.version, danger.state, danger.steps) == (0, State.ASSIGNED, ())
    photo = add_photo(ledger, "a")
    danger = after(ledger, danger, REPORTER, "rectify", comment="好", photos=[photo], now=NOW)
    assert (danger.version, danger.state) == (1, State.RECTIFIED)
    assert danger.record["number"] == key


def test_photos_are_counted_and_need_a_place(ledger: Workspace) -> None:
    danger = report(ledger, DUTY, FIELDS, now=NOW)
    photo = add_photo(ledger, "a")
    with pytest.raises(FieldsError, match="附了两次"):
        after(ledger, danger, DUTY, "comment", comment="x", photos=[photo, photo])
    with pytest.raises(FieldsError, match="不附照片"):
        after(ledger, danger, DUTY, "expose", photos=[photo])
    with pytest.raises(FieldsError, match="最多 9 张"):
        after(ledger, danger, DUTY, "comment", comment="x", photos=list("0123456789"))
    danger = after(ledger, danger, DUTY, "assign", responsible_unit="物业")
    with pytest.raises(FieldsError) as caught:
        after(ledger, danger, DUTY, "rectify")
    assert caught.value.faults == {"comment": "请填写说明", "photos": "请附现场照片"}
