"""From ordered messages to alarms: raised when high for long enough, cleared when low again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Alarm:
    """An alarm; `value` is the highest one while it lasted, `cleared_at` None while it lasts."""

    raised_at: datetime
    cleared_at: datetime | None
    value: float | None = None


def value_alarms(
    readings: Sequence[tuple[datetime, float]], raise_at: float, clear_at: float, hold_s: float
) -> list[Alarm]:
    """Return the alarms that values cause.

    An alarm is raised `hold_s` after the first reading at or above `raise_at`, when every reading
    since then is at or above it too and one of them is at least `hold_s` later. It is cleared by
    the first reading at or below `clear_at` (and below `raise_at`, should they be equal); what
    lies between the two changes nothing. A device that falls silent neither raises nor clears:
    it shows as off line.

    Parameters
    ----------
    readings
        (moment, value) in order of the moments; the value in the device's unit.
    raise_at, clear_at
        Thresholds in the same unit, `clear_at` at most `raise_at`.
    hold_s
        How long the value must hold [s]; 0 raises at once.

    Examples
    --------
    >>> t = datetime(2026, 6, 30)
    >>> minute = timedelta(minutes=1)
    >>> readings = [(t, 50.0), (t + minute, 55.0), (t + 2 * minute, 45.0), (t + 3 * minute, 39.0)]
    >>> [alarm] = value_alarms(readings, 50, 40, 60)
    >>> (alarm.raised_at - t) / minute, (alarm.cleared_at - t) / minute, alarm.value
    (1.0, 3.0, 55.0)
    """
    hold = timedelta(seconds=hold_s)
    alarms: list[Alarm] = []
    since: datetime | None = None
    raised: datetime | None = None
    highest = float("-inf")
    for at, value in readings:
        if raised is not None:
            highest = max(highest, value)
            if value <= clear_at and value < raise_at:
                alarms.append(Alarm(raised, at, highest))
                raised = since = None
        elif value < raise_at:
            since = None
        else:
            highest = value if since is None else max(highest, value)
            since = at if since is None else since
            raised = since + hold if at - since >= hold else None
    if raised is not None:
        alarms.append(Alarm(raised, None, highest))
    return alarms


def stated_alarms(statements: Sequence[tuple[datetime, str]]) -> list[Alarm]:
    """Return the alarms that the device itself states ("raised", "cleared"), in order of time.

    "raised" while raised and "cleared" while clear say nothing new.

    Examples
    --------
    >>> t = datetime(2026, 6, 30)
    >>> stated_alarms([(t, "cleared"), (t, "raised")])[0].cleared_at is None
    True
    """
    alarms: list[Alarm] = []
    raised: datetime | None = None
    for at, state in statements:
        if state == "raised" and raised is None:
            raised = at
        elif state == "cleared" and raised is not None:
            alarms.append(Alarm(raised, at))
            raised = None
    if raised is not None:
        alarms.append(Alarm(raised, None))
    return alarms
