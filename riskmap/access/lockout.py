"""Lock-out with back-off: after five failures in a row an account waits, longer each time."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from riskmap.access.tables import users

FREE_FAILURES = 5
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)


def wait_after(failures: int) -> timedelta:
    """Return how long an account waits after so many failures in a row.

    Examples
    --------
    >>> [wait_after(n).total_seconds() for n in (4, 5, 6, 7, 11, 12, 1000)]
    [0.0, 30.0, 60.0, 120.0, 1920.0, 3600.0, 3600.0]
    """
    if failures < FREE_FAILURES:
        return timedelta(0)
    doubled: timedelta = FIRST_WAIT * (1 << min(failures - FREE_FAILURES, 16))
    return min(doubled, LONGEST_WAIT)


def is_locked(row: Any, now: datetime) -> bool:
    """Say whether an account (a row of `users`) has to wait."""
    return row.locked_until is not None and now < row.locked_until


def count_failure(connection: sa.Connection, row: Any, now: datetime) -> None:
    """Count one more failure of an account whose row the caller has locked."""
    failures = row.failures + 1
    wait = wait_after(failures)
    connection.execute(
        sa.update(users)
        .where(users.c.id == row.id)
        .values(failures=failures, locked_until=now + wait if wait else None)
    )


def forget_failures(connection: sa.Connection, user_id: int) -> None:
    """Begin to count anew, after a sign-in or by an administrator."""
    connection.execute(
        sa.update(users).where(users.c.id == user_id).values(failures=0, locked_until=None)
    )
