"""The uniform number of a hidden danger: `{division6}-{town3}-{yyyymmdd}-{serial4}` (DOMAIN §6).

A serial is taken in the transaction that stores the danger: a transaction that fails gives it
back, two that run at once queue at the row of their prefix, so there is no gap and no repeat.
"""

import re
from datetime import date

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from riskmap.errors import RiskmapError
from riskmap.ledger.tables import danger_serials
from riskmap.storage.database import record_tables

MOST = 9999
NUMBER = re.compile(r"(\d{6}-\d{3}-\d{8})-(\d{4})")


def next_number(connection: sa.Connection, division6: str, town9: str, day: date) -> str:
    """Return the next number of a town and day; call it inside the writing transaction.

    Parameters
    ----------
    division6
        Code of the district from the settings; where it does not have 6 digits the first six of
        the town's code stand in.
    town9
        Code of the town, 9 digits.
    day
        The day the danger was found, in the district's zone.

    Raises
    ------
    RiskmapError
        The town has no 9-digit code, or the 9999 numbers of the day are used up.
    """
    head = prefix(division6, town9, day)
    return _counted(connection, head) or _left_free(connection, head)


def next_numbers(
    connection: sa.Connection, division6: str, town9: str, day: date, count: int
) -> list[str]:
    """Return the next `count` numbers of a town and day at once, for a file; as `next_number`.

    Raises
    ------
    RiskmapError
        As `next_number`.
    """
    head = prefix(division6, town9, day)
    last = _raise(connection, head, danger_serials.c.last + count, count)
    if last > MOST:
        raise _used_up(head)
    block = [f"{head}-{serial:04d}" for serial in range(last - count + 1, last + 1)]
    table = record_tables["hidden_dangers"]
    query = sa.select(table.c.key).where(table.c.key.in_(block)).distinct()
    taken = set(connection.execute(query).scalars())
    more = [_counted(connection, head) for _ in taken]
    if None in more:
        raise _used_up(head)
    return [number for number in [*block, *more] if number is not None and number not in taken]


def prefix(division6: str, town9: str, day: date) -> str:
    """Return what stands before the serial.

    >>> prefix("330106", "330106005", date(2021, 6, 11))
    '330106-005-20210611'
    """
    if not re.fullmatch(r"\d{9}", town9):
        raise RiskmapError(
            "镇街代码不是 9 位数字，编不出隐患编号", town9, "改正镇街图层的代码后再上报"
        )
    division = division6 if re.fullmatch(r"\d{6}", division6) else town9[:6]
    return f"{division}-{town9[6:]}-{day:%Y%m%d}"


def seen_number(connection: sa.Connection, number: str) -> None:
    """Note a number that came from a file, so that it is never given again.

    A number of another form (the bureau's own) is left alone.
    """
    match = NUMBER.fullmatch(number)
    if match is None:
        return
    serial, last = int(match[2]), danger_serials.c.last
    _raise(connection, match[1], sa.case((last < serial, serial), else_=last), serial)


def _raise(connection: sa.Connection, head: str, value: sa.ColumnElement[int], first: int) -> int:
    """Set the counter of a prefix to `value`, or to `first` where there is none; return it.

    The row stays locked until the transaction ends (SQLite has one writer anyway).
    """
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    query = (
        make(danger_serials)
        .values(prefix=head, last=first)
        .on_conflict_do_update(index_elements=["prefix"], set_={"last": value})
        .returning(danger_serials.c.last)
    )
    return int(connection.execute(query).scalar_one())


def _counted(connection: sa.Connection, head: str) -> str | None:
    """Return the next number that the counter gives, None when it is past the last."""
    while True:
        serial = _raise(connection, head, danger_serials.c.last + 1, 1)
        if serial > MOST:
            return None
        number = f"{head}-{serial:04d}"
        if not _taken(connection, number):
            return number


def _taken(connection: sa.Connection, number: str) -> bool:
    table = record_tables["hidden_dangers"]
    query = sa.select(table.c.row_id).where(table.c.key == number).limit(1)
    return connection.execute(query).first() is not None


def _left_free(connection: sa.Connection, head: str) -> str:
    """Return the lowest number that nothing has: a file may have brought 9999 on its own.

    The row of the prefix is locked by now, so that nobody else looks at the same time; the caller
    stores the danger before asking for another.
    """
    table = record_tables["hidden_dangers"]
    keys = table.c.key.startswith(f"{head}-", autoescape=True)
    taken = set(connection.execute(sa.select(table.c.key).where(keys).distinct()).scalars())
    for serial in range(1, MOST + 1):
        number = f"{head}-{serial:04d}"
        if number not in taken:
            _raise(connection, head, sa.literal(MOST), MOST)
            return number
    raise _used_up(head)


def _used_up(head: str) -> RiskmapError:
    return RiskmapError(
        "当天该镇街的隐患编号已用完",
        f"{head}-{MOST}",
        "核对是否重复上报；确需上报的改用次日编号",
    )
