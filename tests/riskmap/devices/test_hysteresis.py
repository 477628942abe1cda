"""Alarms from ordered readings, worked by hand, then laws."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from riskmap.devices.hysteresis import Alarm, stated_alarms, value_alarms

T = datetime(2026, 6, 30, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return T + timedelta(minutes=minutes)


def spans(*readings: tuple[float, float], hold: float = 60, clear: float = 40):
    """Raise at 50, clear at 40, hold 1 minute; (raised, cleared, highest) in minutes."""
    found = value_alarms([(at(m), v) for m, v in readings], 50, clear, hold)
    return [
        (
            (one.raised_at - T) / timedelta(minutes=1),
            one.cleared_at and (one.cleared_at - T) / timedelta(minutes=1),
            one.value,
        )
        for one in found
    ]


def test_a_value_that_holds_raises_after_its_time_and_clears_at_the_lower_threshold() -> None:
    assert spans((0, 10), (1, 50), (2, 60), (3, 45), (4, 41), (5, 40)) == [(2, 5, 60)]


def test_a_single_high_value_raises_nothing_while_a_time_must_be_held() -> None:
    assert spans((0, 90)) == []
    assert spans((0, 90), (0.5, 90)) == []
    assert spans((0, 90), (0.5, 49), (1.5, 90)) == []


def test_without_a_time_to_hold_the_first_high_value_raises() -> None:
    assert spans((0, 90), hold=0) == [(0, None, 90)]


def test_falling_below_the_upper_threshold_starts_the_time_again_but_does_not_clear() -> None:
    assert spans((0, 55), (0.9, 49), (1, 55), (1.5, 55), (2, 55), (3, 49), (9, 55)) == [
        (2, None, 55)
    ]


def test_two_alarms_in_a_row_keep_their_own_highest_value() -> None:
    assert spans((0, 70), (1, 60), (2, 30), (3, 51), (4, 52), (5, 20)) == [(1, 2, 70), (4, 5, 52)]


def test_equal_thresholds_do_not_flip_at_the_threshold_itself() -> None:
    assert spans((0, 50), (1, 50), (2, 50), (3, 49.9), hold=0, clear=50) == [(0, 3, 50)]


def test_a_device_states_its_own_alarm_and_repeats_say_nothing() -> None:
    said = [(at(0), "cleared"), (at(1), "raised"), (at(2), "raised"), (at(3), "cleared")]
    assert stated_alarms(said) == [Alarm(at(1), at(3))]
    assert stated_alarms([(at(1), "raised")]) == [Alarm(at(1), None)]


readings = st.lists(
    st.tuples(st.integers(0, 60), st.sampled_from([10.0, 40.0, 45.0, 50.0, 80.0])),
    unique_by=lambda one: one[0],
).map(sorted)


@given(readings, st.sampled_from([0.0, 60.0, 180.0]))
def test_alarms_do_not_overlap_and_the_next_begins_at_or_after_the_end_of_the_last(
    chosen: list[tuple[int, float]], hold: float
) -> None:
    found = value_alarms([(at(m), v) for m, v in chosen], 50, 40, hold)
    for one in found:
        assert one.cleared_at is None or one.raised_at < one.cleared_at
    for first, second in pairwise(found):
        assert first.cleared_at is not None
        assert first.cleared_at <= second.raised_at


@given(readings, st.integers(0, 60))
def test_every_reading_says_whether_an_alarm_can_stand_after_it(
    chosen: list[tuple[int, float]], minute: int
) -> None:
    """At a value ≤ 40 nothing stands; with nothing to hold, at a value ≥ 50 something does."""
    found = value_alarms([(at(m), v) for m, v in chosen], 50, 40, 0)
    for when, value in chosen:
        standing = any(
            one.raised_at <= at(when) and (one.cleared_at is None or at(when) < one.cleared_at)
            for one in found
        )
        if value <= 40:
            assert not standing
        if value >= 50:
            assert standing
