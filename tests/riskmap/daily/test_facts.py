"""What records say at a moment: hand-worked cases first, then laws."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap.daily.control import read_control, week_end
from riskmap.moment import Moment
from riskmap.paths import default_scheme_path
from riskmap.places import Places
from riskmap.records.accidents import accident_triggers, read_accidents
from riskmap.records.dangers import listed_triggers, read_dangers
from riskmap.records.frames import typed_frame
from riskmap.records.incidents import (
    alarm_triggers,
    override_effects,
    response_triggers,
    special_severity,
)
from riskmap.records.notes import record_notes
from riskmap.storage.database import RECORD_COLUMNS, UtcDateTime
from scoring.schemes.scheme import Scheme, load_scheme

SCHEME: Scheme = load_scheme(default_scheme_path().read_text("utf-8"))
PLACES = Places(
    ("339901001", "339901002"),
    ("甲镇", "乙街道"),
    SCHEME.sector_codes,
    {code: i for i, code in enumerate(SCHEME.sector_codes)} | dict(SCHEME.domains),
)
AT = pd.Timestamp("2026-06-30T08:30:00+08:00")
MOMENT = Moment(date(2026, 6, 30), AT.tz_convert("Asia/Shanghai"), AT)
FIRE, CHEMICAL = SCHEME.sector_codes.index("消防"), SCHEME.sector_codes.index("危化")


def records(kind: str, *rows: dict[str, object]) -> pd.DataFrame:
    """Return rows of a kind as `read_records` would give them."""
    names = [*RECORD_COLUMNS[kind], "key", "source", "delivery_id", "learnt_at"]
    filled = []
    for i, row in enumerate(rows):
        basis = dict.fromkeys(names) | {"key": f"k{i}", "source": f"f.csv:{i + 2}"}
        times = {
            name: pd.Timestamp(value).tz_convert("UTC")
            for name, value in row.items()
            if RECORD_COLUMNS[kind][name] is UtcDateTime and value is not None
        }
        filled.append(basis | row | times | {"delivery_id": 1, "learnt_at": AT})
    return typed_frame(kind, pd.DataFrame(filled, columns=names))


def danger(**columns: object) -> dict[str, object]:
    return {
        "number": "D1",
        "found_at": "2026-06-20T10:00:00+08:00",
        "town": "339901001",
        "domain": "消防",
        "grade": "general",
        "deadline": date(2026, 7, 5),
    } | columns


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({}, (1, 0, 0, 0)),
        ({"deadline": date(2026, 6, 30)}, (1, 0, 0, 0)),  # due today: not yet overdue
        ({"deadline": date(2026, 6, 29)}, (0, 1, 0, 0)),
        ({"grade": "major"}, (0, 0, 1, 0)),
        ({"grade": "major", "deadline": date(2026, 6, 1)}, (0, 0, 0, 1)),
        ({"found_at": "2026-06-30T08:30:01+08:00"}, (0, 0, 0, 0)),  # found a second too late
        ({"found_at": "2026-06-30T08:30:00+08:00"}, (1, 0, 0, 0)),
        ({"closed_at": "2026-06-30T08:30:00+08:00"}, (0, 0, 0, 0)),
        ({"closed_at": "2026-06-30T08:30:01+08:00"}, (1, 0, 0, 0)),  # still open at 08:30
        ({"deadline": None}, (1, 0, 0, 0)),  # 20 June + 15 days
        ({"deadline": None, "found_at": "2026-06-14T23:30:00+08:00"}, (0, 1, 0, 0)),
    ],
)
def test_open_and_overdue(columns: dict[str, object], expected: tuple[int, ...]) -> None:
    found = read_dangers(records("hidden_dangers", danger(**columns)), PLACES, MOMENT, SCHEME)
    assert tuple(found.backlog[0, FIRE]) == expected
    assert found.backlog.sum() == sum(expected)


def test_a_danger_that_fits_nowhere_is_told_not_lost() -> None:
    rows = records("hidden_dangers", danger(domain="没见过"), danger(town="别处"))
    found = read_dangers(rows, PLACES, MOMENT, SCHEME)
    assert found.backlog.sum() == 0
    assert found.unplaced["source"].tolist() == ["f.csv:2", "f.csv:3"]


def test_closure_rate_of_the_last_30_days() -> None:
    rows = records(
        "hidden_dangers",
        danger(deadline=date(2026, 6, 25), closed_at="2026-06-25T23:59:00+08:00"),  # in time
        danger(deadline=date(2026, 6, 25), closed_at="2026-06-26T00:01:00+08:00"),  # a day late
        danger(deadline=date(2026, 6, 26)),  # open
        danger(deadline=date(2026, 6, 30)),  # due today: not counted yet
        danger(deadline=date(2026, 5, 30), found_at="2026-05-01T08:00:00+08:00"),  # 31 days ago
        danger(
            deadline=date(2026, 5, 31),
            found_at="2026-05-01T08:00:00+08:00",
            closed_at="2026-05-20T08:00:00+08:00",
        ),  # 30 days ago, in time
    )
    closure = read_dangers(rows, PLACES, MOMENT, SCHEME).closure
    assert closure[0] == 2 / 4
    assert np.isnan(closure[1])  # none due: not 0, not 1


def test_listed_major_danger_holds_yellow_then_orange() -> None:
    listed = {"grade": "major", "listed_at": "2026-06-21T00:00:00+08:00"}
    rows = records(
        "hidden_dangers",
        danger(number="Y", listed_until=date(2026, 7, 30), **listed),
        danger(number="O", listed_until=date(2026, 6, 29), **listed),
        danger(number="P", deadline=date(2026, 6, 25), **listed),
        danger(number="N", grade="major"),
    )
    found = listed_triggers(read_dangers(rows, PLACES, MOMENT, SCHEME), MOMENT, SCHEME)
    assert dict(zip(found["record"], found["level"], strict=True)) == {
        "hidden_dangers:Y": 2,
        "hidden_dangers:O": 3,
        "hidden_dangers:P": 3,
    }
    assert set(found["sector"]) == {FIRE}


def accident(when: str, **columns: object) -> dict[str, object]:
    return {
        "id": "A1",
        "occurred_at": when,
        "town": "339901001",
        "domain": "危化",
        "kind": "accident",
        "deaths": 0,
    } | columns


def test_accidents_fade_by_whole_days() -> None:
    # 0.5·2^(−0/7) + 0.5·2^(−7/7) + 0.2·2^(−1/7): the reference gives 0.75 for the first two
    rows = records(
        "accidents",
        accident("2026-06-30T00:10:00+08:00"),
        accident("2026-06-23T23:50:00+08:00"),
        accident("2026-06-29T23:59:00+08:00", kind="near_miss"),
        accident("2026-06-30T08:31:00+08:00"),  # not yet
    )
    total = read_accidents(rows, PLACES, MOMENT, SCHEME).total(PLACES.shape)
    assert total[0, CHEMICAL] == pytest.approx(0.75 + 0.2 * 2 ** (-1 / 7))
    assert total.sum() == total[0, CHEMICAL]


@pytest.mark.parametrize(
    ("when", "columns", "expected"),
    [
        ("2026-06-27T08:30:00+08:00", {"deaths": 1}, ("E4", 3)),  # 72 h exactly
        ("2026-06-27T08:29:00+08:00", {"deaths": 1}, ("E4", 2)),
        ("2026-06-23T00:01:00+08:00", {"deaths": 1}, ("E4", 2)),  # day 7
        ("2026-06-22T23:59:00+08:00", {"deaths": 1}, None),
        ("2026-06-29T08:30:00+08:00", {"deaths": 3}, ("E5", 4)),
        ("2026-06-25T08:30:00+08:00", {"deaths": 3}, ("E5", 3)),
        ("2026-06-29T08:30:00+08:00", {"serious_injuries": 10}, ("E5", 4)),
        ("2026-06-29T08:30:00+08:00", {"loss_cny": 1e7}, ("E5", 4)),
        ("2026-06-29T08:30:00+08:00", {"deaths": 0}, None),
    ],
)
def test_floors_of_accidents(when: str, columns: dict[str, object], expected: object) -> None:
    found = read_accidents(records("accidents", accident(when, **columns)), PLACES, MOMENT, SCHEME)
    rows = accident_triggers(found, MOMENT, SCHEME)
    got = None if rows.empty else (rows["rule"].iloc[0], int(rows["level"].iloc[0]))
    assert got == expected


@pytest.mark.parametrize(
    ("raised", "columns", "source", "floors"),
    [
        ("2026-06-30T08:15:00+08:00", {}, "HS1", 1),  # 15 minutes exactly
        ("2026-06-30T08:16:00+08:00", {}, "HS1", 0),
        ("2026-06-30T07:00:00+08:00", {"handled_at": "2026-06-30T08:00:00+08:00"}, "HS1", 0),
        ("2026-06-30T07:00:00+08:00", {"handled_at": "2026-06-30T08:40:00+08:00"}, "HS1", 1),
        ("2026-06-30T07:00:00+08:00", {"cleared_at": "2026-06-30T08:00:00+08:00"}, "HS1", 0),
        ("2026-06-30T07:00:00+08:00", {"acknowledged_at": "2026-06-30T07:05:00+08:00"}, "HS1", 1),
        ("2026-06-30T07:00:00+08:00", {}, "HS3", 0),  # a third-level source
        ("2026-06-30T07:00:00+08:00", {}, "HS9", 1),  # level unknown: never reassures
        ("2026-06-30T07:00:00+08:00", {}, "not there", 1),
    ],
)
def test_alarms(raised: str, columns: dict[str, object], source: str, floors: int) -> None:
    row = {"id": "AL", "hazard_source_id": source, "town": "339901002", "raised_at": raised}
    sources = {"HS1": (1, 0), "HS3": (3, 0), "HS9": (-1, 0)}
    found, lost = alarm_triggers(records("alarms", row | columns), PLACES, MOMENT, sources, SCHEME)
    assert (len(found), len(lost)) == (floors, 0)
    if floors:
        assert (found["level"].iloc[0], found["town"].iloc[0]) == (3, int(source == "not there"))


def test_the_listing_is_the_deadline_of_a_danger_without_one() -> None:
    # Found 50 days ago: the 15 days of a town are long over, the listing runs until 1 July.
    listed = {
        "grade": "major",
        "found_at": "2026-05-11T10:00:00+08:00",
        "listed_at": "2026-05-20T00:00:00+08:00",
        "deadline": None,
    }
    rows = records(
        "hidden_dangers",
        danger(number="in", listed_until=date(2026, 6, 30), **listed),
        danger(number="out", town="339901002", listed_until=date(2026, 6, 29), **listed),
    )
    found = read_dangers(rows, PLACES, MOMENT, SCHEME)
    assert found.backlog[:, FIRE].tolist() == [[0, 0, 1, 0], [0, 0, 0, 1]]
    assert listed_triggers(found, MOMENT, SCHEME)["level"].tolist() == [2, 3]


def test_an_alarm_without_a_town_is_lost_and_told() -> None:
    row = {"id": "AL", "hazard_source_id": "?", "raised_at": "2026-06-30T07:00:00+08:00"}
    found, lost = alarm_triggers(records("alarms", row), PLACES, MOMENT, {}, SCHEME)
    assert found.empty
    assert lost["source"].tolist() == ["f.csv:2"]


def test_an_unknown_domain_does_not_lift_the_floors_of_a_town() -> None:
    listed = {"grade": "major", "listed_at": "2026-06-21T00:00:00+08:00", "domain": "没见过"}
    rows = records(
        "hidden_dangers",
        danger(number="A", **listed),
        danger(number="B", town="339901002", deadline=date(2026, 6, 29), **listed),
        danger(number="C", town="别处", **listed),
    )
    dangers = read_dangers(rows, PLACES, MOMENT, SCHEME)
    found = listed_triggers(dangers, MOMENT, SCHEME)
    columns = ["town", "level", "sector", "column"]
    assert found[columns].to_numpy().tolist() == [[0, 2, -1, -1], [1, 3, -1, -1]]
    assert dangers.backlog.sum() == 0
    fatal = accident("2026-06-29T10:00:00+08:00", deaths=3.0, domain="没见过")
    accidents = read_accidents(records("accidents", fatal), PLACES, MOMENT, SCHEME)
    floors = accident_triggers(accidents, MOMENT, SCHEME)
    assert floors[["rule", "town", "level"]].to_numpy().tolist() == [["E5", 0, 4]]
    assert accidents.total(PLACES.shape).sum() == 0


def test_what_cannot_be_placed_is_told() -> None:
    begun = "2026-06-29T20:00:00+08:00"
    tables = {
        "responses": records(
            "responses",
            {"id": "R", "name": "防汛", "level": 4, "started_at": begun, "towns": "甲镇;丙乡"},
            {"id": "O", "name": "防汛", "level": 4, "started_at": begun, "towns": "丁乡"}
            | {"ended_at": "2026-06-30T08:30:00+08:00"},  # over: not worth a word
        ),
        "special_periods": records(
            "special_periods",
            {"id": "S", "name": "节", "severity": 0.6, "starts_at": begun, "sectors": "航天"}
            | {"ends_at": "2026-07-02T00:00:00+08:00"},
        ),
        "overrides": records(
            "overrides",
            {"id": "U", "date": date(2026, 6, 30), "town": "戊镇", "direction": "up"},
        ),
    }
    notes = record_notes(
        tables,
        PLACES,
        MOMENT,
        dangers=read_dangers(
            records("hidden_dangers", danger(domain=None)), PLACES, MOMENT, SCHEME
        ),
        accidents=read_accidents(records("accidents"), PLACES, MOMENT, SCHEME),
        alarms=pd.DataFrame({"source": ["alarms.csv:9"]}),
        signals=pd.DataFrame({"listed": [], "type": []}).astype({"listed": bool}),
        district_code="339901",
    )
    assert sorted(notes) == [
        "alarms",
        "hidden_dangers",
        "overrides",
        "responses",
        "special_periods",
    ]
    said = "\n".join(line for lines in notes.values() for line in lines)
    for word in ("丙乡", "航天", "alarms.csv:9", "f.csv:2（339901001，—）"):
        assert word in said
    assert "丁乡" not in said


def test_responses_hold_in_their_towns() -> None:
    base = {"id": "R", "name": "防汛", "started_at": "2026-06-29T20:00:00+08:00"}
    rows = records(
        "responses",
        base | {"level": 4, "towns": "全区"},
        base | {"level": 1, "towns": "乙街道"},
        base | {"level": 1, "towns": "甲镇", "ended_at": "2026-06-30T08:30:00+08:00"},
    )
    found = response_triggers(rows, PLACES, MOMENT, SCHEME)
    assert sorted(zip(found["town"], found["level"], strict=True)) == [(0, 1), (1, 1), (1, 4)]


def test_overrides_up_with_reason_down_with_two_persons() -> None:
    base = {
        "date": date(2026, 6, 30),
        "town": "339901001",
        "reason": "集会",
        "decided_by": "张三",
    }
    rows = records(
        "overrides",
        base | {"id": "U", "level": "orange", "direction": "up"},
        base | {"id": "N", "level": "red", "direction": "up", "reason": " "},
        base | {"id": "Y", "level": "red", "direction": "up", "date": date(2026, 6, 29)},
        base | {"id": "D1", "direction": "down"},
        base | {"id": "D2", "direction": "down", "town": "339901002", "second_person": "李四"},
        base | {"id": "D3", "direction": "down", "second_person": "张三"},
    )
    raised, lowered, used = override_effects(rows, PLACES, MOMENT)
    assert raised["record"].tolist() == ["overrides:U"]
    assert raised["level"].tolist() == [3]
    assert raised["text"].tolist() == ["人工上调：集会"]  # a day's document names no person
    assert lowered.tolist() == [0, 1]
    assert used["id"].tolist() == ["D2"]


def test_special_periods_take_the_most_severe() -> None:
    base = {"starts_at": "2026-06-30T00:00:00+08:00", "ends_at": "2026-07-01T00:00:00+08:00"}
    rows = records(
        "special_periods",
        base | {"id": "S1", "name": "高考", "severity": 0.3, "towns": "全区", "sectors": None},
        base | {"id": "S2", "name": "庙会", "severity": 0.6, "towns": "乙街道", "sectors": "消防"},
        base | {"id": "S3", "severity": 1.0, "ends_at": "2026-06-30T08:30:00+08:00"},
    )
    severity, names = special_severity(rows, PLACES, MOMENT)
    assert severity[1, FIRE] == 0.6
    assert np.delete(severity.ravel(), 7 + FIRE).tolist() == [0.3] * 13
    assert (names[1, FIRE], names[0, FIRE]) == ("庙会", "高考")


def test_control_takes_the_latest_complete_week() -> None:
    def week(week: str, indicator: str, **values: object) -> dict[str, object]:
        return {"week": week, "town": "339901001", "indicator": indicator} | values

    rows = records(
        "indicators",
        week("2026-W25", "index", value=70.0),
        week("2026-W26", "index", value=84.0),  # 22–28 June: complete on Monday 29 June
        week("2026-W27", "index", value=10.0),  # this week: not yet
        week("2026-W26", "A7.1", value=95.0),  # per cent
        week("2026-W26", "patrol", numerator=8.0, denominator=10.0),
    )
    control = read_control(rows, PLACES, MOMENT, SCHEME)
    assert (control.index[0], control.index_week[0], control.index_age_days[0]) == (
        84.0,
        "2026-W26",
        1.0,
    )
    assert control.online[0] == pytest.approx(0.95 * 0.8)
    assert np.isnan(control.index[1]) and np.isnan(control.online[1])
    assert week_end("2026-W26") == date(2026, 6, 29)
    assert week_end("26-6") is None


def test_an_index_that_is_too_old_is_unknown() -> None:
    row = {"week": "2026-W23", "town": "339901001", "indicator": "index", "value": 84.0}
    assert np.isnan(read_control(records("indicators", row), PLACES, MOMENT, SCHEME).index[0])


MINUTES = st.integers(-60 * 24 * 60, 60 * 24 * 60)


@given(st.lists(st.tuples(MINUTES, st.one_of(st.none(), MINUTES), MINUTES, st.booleans())))
@settings(deadline=None)
def test_every_open_danger_counts_exactly_once(
    rows: list[tuple[int, int | None, int, bool]],
) -> None:
    def at(minutes: int) -> str:
        return (AT + pd.Timedelta(minutes=minutes)).isoformat()

    table = records(
        "hidden_dangers",
        *(
            danger(
                found_at=at(found),
                closed_at=None if closed is None else at(closed),
                deadline=(AT + pd.Timedelta(minutes=due)).date(),
                grade="major" if major else "general",
            )
            for found, closed, due, major in rows
        ),
    )
    expected = sum(f <= 0 and (c is None or c > 0) for f, c, _, _ in rows)
    found = read_dangers(table, PLACES, MOMENT, SCHEME)
    assert found.backlog.sum() == expected == len(found.opened)
    assert found.backlog[:, :, 2:].sum() == sum(
        major and f <= 0 and (c is None or c > 0) for f, c, _, major in rows
    )


@given(st.lists(st.integers(0, 60), min_size=1, max_size=8), st.integers(1, 30))
@settings(deadline=None)
def test_accidents_only_fade(days_ago: list[int], later: int) -> None:
    table = records(
        "accidents",
        *(accident((AT - timedelta(days=d)).isoformat()) for d in days_ago),
    )
    moved = Moment(
        MOMENT.day + timedelta(days=later), MOMENT.at + timedelta(days=later), MOMENT.known_until
    )
    today = read_accidents(table, PLACES, MOMENT, SCHEME).total(PLACES.shape)
    after = read_accidents(table, PLACES, moved, SCHEME).total(PLACES.shape)
    assert after.sum() == pytest.approx(today.sum() * 2 ** (-later / 7))
