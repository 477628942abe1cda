"""Signs of gaming, each worked by hand on a small ledger; pairs of photos by brute force."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from riskmap.errors import RiskmapError
from riskmap.ledger.dangers import act, report
from riskmap.ledger.gaming import (
    SignKind,
    Window,
    counts_by_town,
    rules_in_use,
    signs,
    week_of,
    week_window,
)
from riskmap.ledger.likeness import PhotoUse, pairs_alike
from riskmap.ledger.same_place import metres_apart
from riskmap.ledger.tables import photos
from riskmap.schemes import scheme_in_use
from riskmap.workspace import Workspace
from tests.riskmap.ledger.conftest import DUTY, EAST_TOWN, FIELDS, NOW, WEST_TOWN

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FRIDAY = datetime(2026, 6, 12, 9, 0, tzinfo=UTC)
"""17:00 in the district: the cut-off of 2026-W24."""
WEEK = Window(FRIDAY - 7 * DAY, FRIDAY)


def photo(ws: Workspace, letter: str, likeness: int) -> str:
    digest = letter * 64
    with ws.write() as connection:
        connection.execute(
            sa.insert(photos).values(
                digest=digest, likeness=f"{likeness:016x}", width=8, height=8, bytes=100,
                stored_at=NOW, stored_by="test",
            )
        )  # fmt: skip
    return digest


def new(ws: Workspace, now: datetime = NOW, pictures: tuple[str, ...] = (), **more: Any) -> str:
    fields = {**FIELDS, "found_at": now - HOUR, **more}
    return report(ws, DUTY, fields, photos=pictures, now=now).number


def close(ws: Workspace, number: str, now: datetime, picture: str) -> None:
    rectify: dict[str, Any] = {"photos": [picture]}
    steps: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
        ("assign", {"responsible_unit": "甲"}, {}),
        ("rectify", {"comment": "已改"}, rectify),
        ("recheck_pass", {"comment": "已看"}, {}),
        ("close", {}, {}),
    )
    people = (DUTY, DUTY, CHECKER, DUTY)
    for version, ((action, fields, more), actor) in enumerate(
        zip(steps, people, strict=True), start=1
    ):
        act(ws, actor, number, action, fields, version=version, now=now, **more)


CHECKER = type(DUTY)("wu", "吴值班", DUTY.role)


def test_weeks_end_on_friday_or_the_last_working_day_before(ledger: Workspace) -> None:
    assert week_window(ledger, "2026-W24") == WEEK
    # Friday 2 October 2026 is a holiday: cut off on Wednesday 30 September
    golden = week_window(ledger, "2026-W40")
    assert golden.end.astimezone(UTC) == datetime(2026, 9, 30, 9, 0, tzinfo=UTC)
    assert week_of(ledger, FRIDAY) == "2026-W24"
    assert week_of(ledger, FRIDAY + timedelta(seconds=1)) == "2026-W25"
    # 24 January to 2 February 2020 were holidays: two Fridays are cut off on Thursday the 23rd
    assert week_window(ledger, "2020-W05").start == week_window(ledger, "2020-W05").end
    assert week_of(ledger, datetime(2020, 1, 25, tzinfo=UTC)) == "2020-W06"
    for week in ("2026-W54", "2026", "24"):
        with pytest.raises(RiskmapError, match="没有这一周"):
            week_window(ledger, week)


def test_many_closed_in_the_last_hour(ledger: Workspace) -> None:
    moments = [FRIDAY - DAY, FRIDAY - HOUR, *[FRIDAY - HOUR / 2] * 2, FRIDAY, FRIDAY + HOUR]
    numbers = [new(ledger) for _ in moments]
    for i, (number, moment) in enumerate(zip(numbers, moments, strict=True)):
        close(ledger, number, moment, photo(ledger, f"{i:x}", 0xFFF << (12 * (i % 5)) | i))
    east = new(ledger, town=EAST_TOWN)
    close(ledger, east, FRIDAY - HOUR / 2, photo(ledger, "e", 0x5555_5555_5555_5555))
    [sign] = [one for one in signs(ledger, WEEK) if one.kind is SignKind.LAST_HOUR]
    # three of five in the last hour (exactly an hour before is not in it); the sixth is too late
    assert sign.town == WEST_TOWN
    assert sign.numbers == tuple(sorted(numbers[2:5]))
    assert sign.facts == {"late": 3, "week": 5, "share": 0.6}
    assert sign.text == "截止前一小时销号 3 条，占本周 5 条的 60%"
    scheme = scheme_in_use(ledger)
    strict = replace(scheme, gaming=replace(rules_in_use(ledger)[1], few=4, many=4))
    assert [s for s in signs(ledger, WEEK, scheme=strict) if s.kind is SignKind.LAST_HOUR] == []
    before = signs(ledger, WEEK, FRIDAY - HOUR)
    assert [one for one in before if one.kind is SignKind.LAST_HOUR] == []


def test_a_closing_at_the_cut_off_counts_in_one_week_only(ledger: Workspace) -> None:
    scheme = scheme_in_use(ledger)
    one_is_many = replace(scheme, gaming=replace(rules_in_use(ledger)[1], many=1))
    for end, picture in ((FRIDAY, 0xFF), (FRIDAY + 7 * DAY, 0xFF00)):
        number = new(ledger)
        close(ledger, number, end, photo(ledger, f"{picture:x}"[-1], picture))
        [sign] = [
            one
            for one in signs(ledger, Window(end - 7 * DAY, end), scheme=one_is_many)
            if one.kind is SignKind.LAST_HOUR
        ]
        assert sign.numbers == (number,)
        assert sign.facts == {"late": 1, "week": 1, "share": 1.0}


def test_the_same_photo_twice(ledger: Workspace) -> None:
    first = photo(ledger, "a", 0b1111)
    copy = photo(ledger, "b", 0b0000)  # four bits away
    other = photo(ledger, "c", 0xFFFF_0000_0000_0000)
    near = photo(ledger, "d", 0xFFFF_0000_0000_001F)  # five bits from `other`
    one = new(ledger, pictures=(first, other))
    two = new(ledger, NOW + HOUR, pictures=(copy, near))
    found = [sign for sign in signs(ledger, WEEK) if sign.kind is SignKind.SAME_PHOTO]
    assert [(sign.numbers, sign.facts["bits"]) for sign in found] == [((one, two), 4)]
    assert found[0].facts["photos"] == [first, copy]
    assert one in found[0].text
    counted = {"last_hour": 0, "same_photo": 1, "found_again": 0, "late_entry": 0}
    assert counts_by_town(found) == {WEST_TOWN: counted}


def test_before_and_after_are_the_same_photo(ledger: Workspace) -> None:
    before = photo(ledger, "a", 0xABCD)
    number = new(ledger, pictures=(before,))
    act(ledger, DUTY, number, "assign", {"responsible_unit": "甲"}, version=1, now=NOW + HOUR)
    fields = {"comment": "已清理"}
    act(ledger, DUTY, number, "rectify", fields, version=2, photos=[before], now=NOW + 2 * HOUR)
    [sign] = signs(ledger, WEEK)
    assert (sign.kind, sign.numbers) == (SignKind.SAME_PHOTO, (number,))
    assert "上报、整改" in sign.text
    assert signs(ledger, Window(WEEK.start, NOW + HOUR)) == []


def test_closed_and_found_again(ledger: Workspace) -> None:
    point = {"lon": 120.05, "lat": 30.05}
    closed = new(ledger, **point)
    firm = new(ledger, enterprise_id="E1", domain="危化")
    close(ledger, closed, NOW + HOUR, photo(ledger, "a", 0xFF))
    close(ledger, firm, NOW + HOUR, photo(ledger, "b", 0xFF00))
    later = NOW + DAY
    east_45_m = {"lon": 120.05 + 45 / 96_400, "lat": 30.05}
    east_60_m = {"lon": 120.05 + 60 / 96_400, "lat": 30.05}
    again = new(ledger, later, **east_45_m)
    new(ledger, later, **east_60_m)
    new(ledger, later, **point, domain="危化")  # the same place, another domain
    same_firm = new(ledger, later, enterprise_id="E1", domain="危化")
    found = [sign for sign in signs(ledger, WEEK) if sign.kind is SignKind.FOUND_AGAIN]
    assert [sign.numbers for sign in found] == [(closed, again), (firm, same_firm)]
    assert found[0].facts["metres"] == pytest.approx(45, abs=0.1)
    assert "相距 45 米" in found[0].text
    assert "同一企业" in found[1].text
    july = Window(FRIDAY + 21 * DAY, FRIDAY + 35 * DAY)
    new(ledger, NOW + HOUR + 30 * DAY + HOUR, **point)  # found exactly 30 days later
    new(ledger, NOW + HOUR + 30 * DAY + 2 * HOUR, **point)
    late = [sign for sign in signs(ledger, july) if sign.kind is SignKind.FOUND_AGAIN]
    assert [sign.facts["days"] for sign in late] == [30]


def test_opened_again(ledger: Workspace) -> None:
    number = new(ledger)
    close(ledger, number, NOW + HOUR, photo(ledger, "a", 0xFF))
    fields = {"comment": "又堆上了"}
    act(ledger, DUTY, number, "reopen", fields, version=5, now=NOW + DAY)
    [sign] = signs(ledger, WEEK)
    assert (sign.kind, sign.numbers, sign.text) == (
        SignKind.FOUND_AGAIN, (number,), "销号 0 天后重新打开",
    )  # fmt: skip


def test_opened_again_counts_for_thirty_days(ledger: Workspace) -> None:
    closed = NOW + HOUR
    for days, letter, likeness in ((30, "a", 0xFF), (31, "b", 0xFF00)):
        number = new(ledger)
        close(ledger, number, closed, photo(ledger, letter, likeness))
        fields = {"comment": "又堆上了", "deadline": date(2026, 7, 20)}
        act(ledger, DUTY, number, "reopen", fields, version=5, now=closed + days * DAY)
    july = Window(FRIDAY + 21 * DAY, FRIDAY + 35 * DAY)
    assert [sign.text for sign in signs(ledger, july)] == ["销号 30 天后重新打开"]


def test_void_and_back_is_no_second_reopening(ledger: Workspace) -> None:
    number = new(ledger)
    close(ledger, number, NOW + HOUR, photo(ledger, "a", 0xFF))
    fields = {"comment": "又堆上了", "deadline": date(2026, 6, 24)}
    act(ledger, DUTY, number, "reopen", fields, version=5, now=NOW + 2 * HOUR)
    act(ledger, DUTY, number, "void", {"comment": "报重了"}, version=6, now=NOW + 3 * HOUR)
    fields = {"comment": "不是同一处", "deadline": date(2026, 6, 24)}
    act(ledger, DUTY, number, "reopen", fields, version=7, now=NOW + 4 * HOUR)
    assert [sign.text for sign in signs(ledger, WEEK)] == ["销号 0 天后重新打开"]


def void(ws: Workspace, number: str, now: datetime, *, assigned: bool = True) -> None:
    if assigned:
        act(ws, DUTY, number, "assign", {"responsible_unit": "甲"}, version=1, now=now)
    comment = {"comment": "报错了"}
    act(ws, DUTY, number, "void", comment, version=2 if assigned else 1, now=now)


def test_void_and_reported_again(ledger: Workspace) -> None:
    before = NOW - 3 * DAY
    one, other = new(ledger, before), new(ledger, before, description="灭火器过期")
    waiting = new(ledger, before, description="没有人要办")
    firm = new(ledger, before, enterprise_id="E1", domain="危化")
    for number in (one, other, firm):
        void(ledger, number, NOW)
    void(ledger, waiting, NOW, assigned=False)
    again = new(ledger, NOW + HOUR, found_at=before)  # the same words, found long before
    new(ledger, NOW + HOUR, town=EAST_TOWN, description="灭火器过期")
    new(ledger, NOW + HOUR, domain="危化", description="灭火器过期")
    new(ledger, NOW + HOUR, description="没有人要办")
    same_firm = new(ledger, NOW + HOUR, enterprise_id="E1", domain="危化", description="另一句")
    found = signs(ledger, WEEK)
    assert [(sign.kind, sign.numbers) for sign in found] == [
        (SignKind.FOUND_AGAIN, (one, again)), (SignKind.FOUND_AGAIN, (firm, same_firm)),
    ]  # fmt: skip
    assert found[0].text == f"隐患 {one} 作废 0 天后，以同样的描述在同一领域再次上报"
    assert "同一企业" in found[1].text
    assert found[0].facts["void"] is True
    assert signs(ledger, WEEK, NOW + HOUR / 2) == []
    late = new(ledger, NOW + 30 * DAY, description="灭火器过期")
    new(ledger, NOW + 30 * DAY + HOUR, description="灭火器过期")
    july = signs(ledger, Window(FRIDAY + 21 * DAY, FRIDAY + 35 * DAY))
    assert [sign.numbers for sign in july] == [(other, late)]
    act(ledger, DUTY, other, "reopen", {"comment": "没有作废"}, version=3, now=NOW + 31 * DAY)
    assert signs(ledger, Window(FRIDAY + 21 * DAY, FRIDAY + 35 * DAY)) == []


def test_closed_in_time_but_entered_when_its_day_was_over(ledger: Workspace) -> None:
    due = datetime(2026, 6, 10, 15, 59, tzinfo=UTC)  # 23:59 of its last day in the district
    moments = {
        "late": (due, due + timedelta(minutes=2)),
        "in time": (due, due),
        "over": (due + timedelta(minutes=2), due + 2 * HOUR),
        "next week": (due, FRIDAY + DAY),
    }
    numbers = {}
    for i, (name, (held, entered)) in enumerate(moments.items()):
        number = numbers[name] = new(ledger, found_at=NOW - 4 * HOUR, deadline=date(2026, 6, 10))
        picture = photo(ledger, "abcd"[i], 0xFFF << (12 * i))
        steps = ("assign", "rectify", "recheck_pass", "close")
        for version, step in enumerate(steps, start=1):
            own = {"assign": {"responsible_unit": "甲"}, "close": {}}
            wanted = own.get(step, {"comment": "已看"})
            act(
                ledger, CHECKER if step == "recheck_pass" else DUTY, number, step, wanted,
                version=version, photos=[picture] if step == "rectify" else [],
                held_at=held if step == "close" else None,
                now=entered if step == "close" else NOW,
            )  # fmt: skip
    [sign] = signs(ledger, WEEK)
    assert (sign.kind, sign.town, sign.numbers) == (
        SignKind.LATE_ENTRY, WEST_TOWN, (numbers["late"],),
    )  # fmt: skip
    assert sign.text == "期限 2026-06-10，销号时间登记为 2026-06-10，2026-06-11 才登记"
    assert signs(ledger, WEEK, due) == []


def test_distance_by_hand() -> None:
    # one hundredth of a degree of latitude at 30° is 1108.5 m on the ellipsoid
    one, two = {"lon": 120.0, "lat": 30.0}, {"lon": 120.0, "lat": 30.01}
    assert metres_apart(one, two) == pytest.approx(1108.5, abs=0.5)
    assert metres_apart(one, {"lon": None, "lat": 30.0}) is None


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1), st.integers(0, 2**64 - 1))))
def test_pairs_are_those_of_brute_force(drawn: list[tuple[int, int, int]]) -> None:
    near = [(number, step, value % 64 if value % 3 else value) for number, step, value in drawn]
    uses = [
        PhotoUse(str(number), step, ("report", "rectify")[step], NOW, f"{i}", value)
        for i, (number, step, value) in enumerate(near)
    ]
    expected = {
        (one.digest, two.digest)
        for one, two in combinations(uses, 2)
        if (one.likeness ^ two.likeness).bit_count() <= 4
        and (one.number, one.action) != (two.number, two.action)
    }
    assert {(one.digest, two.digest) for one, two, _ in pairs_alike(uses, 4)} == expected
