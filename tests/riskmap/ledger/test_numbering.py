"""Uniform numbers: by hand, then full, seen in files, given back, never used again."""

from datetime import date

import pytest
import sqlalchemy as sa

from riskmap.errors import RiskmapError
from riskmap.ledger.dangers import report
from riskmap.ledger.numbering import next_number, seen_number
from riskmap.ledger.tables import danger_serials
from riskmap.ledger.versions import KIND
from riskmap.storage.database import deliveries, record_tables
from riskmap.workspace import Workspace
from tests.riskmap.ledger.conftest import DUTY, FIELDS, NOW

DAY = date(2021, 6, 11)


def test_the_printed_example(ledger: Workspace) -> None:
    with ledger.write() as connection:
        given = [next_number(connection, "330106", "330106005", DAY) for _ in range(7)]
    assert given[-1] == "330106-005-20210611-0007"  # DOMAIN §6
    assert given[0] == "330106-005-20210611-0001"


@pytest.mark.parametrize("code", ["", "10018", "33010x"])
def test_without_a_code_of_six_digits_the_town_says_it(ledger: Workspace, code: str) -> None:
    with ledger.write() as connection:
        assert next_number(connection, code, "330106005", DAY) == "330106-005-20210611-0001"
        with pytest.raises(RiskmapError, match="不是 9 位"):
            next_number(connection, code, "T1", DAY)


def test_a_transaction_that_fails_gives_its_number_back(ledger: Workspace) -> None:
    with pytest.raises(KeyError), ledger.write() as connection:
        next_number(connection, "330106", "330106005", DAY)
        raise KeyError
    with ledger.write() as connection:
        assert next_number(connection, "330106", "330106005", DAY).endswith("-0001")


def test_after_9999_it_says_so(ledger: Workspace) -> None:
    with ledger.write() as connection:
        seen_number(connection, "330106-005-20210611-9998")
        assert next_number(connection, "330106", "330106005", DAY).endswith("-9999")
    table = record_tables["hidden_dangers"]
    fixed = {"delivery_id": 1, "learnt_at": NOW, "source": "f:1"}
    with ledger.write() as connection:  # every number but 0042 is in use
        connection.execute(
            sa.insert(deliveries).values(
                id=1, kind="hidden_dangers", file="f", sha256="", delivered_at=NOW,
                accepted=0, changed=0, rejected=0,
            )
        )  # fmt: skip
        keys = [f"330106-005-20210611-{serial:04d}" for serial in range(1, 10000) if serial != 42]
        connection.execute(sa.insert(table), [{"key": key, **fixed} for key in keys])
    with ledger.write() as connection:
        assert next_number(connection, "330106", "330106005", DAY).endswith("-0042")
        connection.execute(sa.insert(table).values(key="330106-005-20210611-0042", **fixed))
    with pytest.raises(RiskmapError, match="已用完"), ledger.write() as connection:
        next_number(connection, "330106", "330106005", DAY)
    with ledger.read() as connection:
        assert connection.execute(sa.select(danger_serials.c.last)).scalar_one() == 9999


def test_numbers_of_files_are_not_given_again(ledger: Workspace) -> None:
    with ledger.write() as connection:
        seen_number(connection, "330106-005-20210611-0041")
        seen_number(connection, "330106-005-20210611-0007")  # an earlier one lowers nothing
        seen_number(connection, "JT-2021-88")  # the bureau's own form
        seen_number(connection, "330106-005-20210611-00099")
        assert next_number(connection, "330106", "330106005", DAY).endswith("-0042")


def test_a_number_in_use_is_passed_over_though_nobody_noted_it(ledger: Workspace) -> None:
    number = "330106-001-20260610-0001"
    with ledger.write() as connection:
        given = connection.execute(
            sa.insert(deliveries).values(
                kind=KIND, file="a.csv", sha256="0", delivered_at=NOW, accepted=1, changed=1,
                rejected=0,
            )
        ).inserted_primary_key  # fmt: skip
        assert given is not None
        connection.execute(
            sa.insert(record_tables[KIND]).values(
                key=number, number=number, delivery_id=given[0], learnt_at=NOW, source="a.csv:2",
                found_at=NOW, town="330106001", domain="消防", grade="general",
            )
        )  # fmt: skip
    assert report(ledger, DUTY, FIELDS, now=NOW).number == "330106-001-20260610-0002"
