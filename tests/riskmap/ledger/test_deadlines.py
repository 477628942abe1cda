"""Deadlines: 15 and 30 calendar days, the danger's own first, the same as the daily map."""

from datetime import UTC, date, datetime, timedelta, timezone

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskmap.errors import RiskmapError
from riskmap.ledger.deadlines import due_of, due_on, overdue_days
from riskmap.paths import default_scheme_path
from riskmap.records.dangers import due_dates
from riskmap.schemes import read_scheme

SCHEME = read_scheme(default_scheme_path())
CST = timezone(timedelta(hours=8))


def test_terms_of_the_default_scheme() -> None:
    assert due_on(SCHEME, "town", date(2026, 6, 1)) == date(2026, 6, 16)
    assert due_on(SCHEME, None, date(2026, 6, 1)) == date(2026, 6, 16)
    assert due_on(SCHEME, "district", date(2026, 6, 1)) == date(2026, 7, 1)
    with pytest.raises(RiskmapError, match="county"):
        due_on(SCHEME, "county", date(2026, 6, 1))


def test_a_rest_day_does_not_move_the_deadline() -> None:
    assert due_on(SCHEME, "town", date(2026, 9, 18)) == date(2026, 10, 3)


def test_what_is_known_of_a_danger_decides() -> None:
    late_evening = datetime(2026, 6, 1, 16, 30, tzinfo=UTC)  # already 2 June in the district
    danger = {"found_at": late_evening, "term": "district"}
    assert due_of(danger, SCHEME, CST) == date(2026, 7, 2)
    assert due_of({**danger, "listed_until": date(2026, 8, 1)}, SCHEME, CST) == date(2026, 8, 1)
    both = {**danger, "listed_until": date(2026, 8, 1), "deadline": date(2026, 6, 20)}
    assert due_of(both, SCHEME, CST) == date(2026, 6, 20)
    assert due_of({**danger, "deadline": datetime(2026, 6, 20)}, SCHEME, CST) == date(2026, 6, 20)


@given(
    st.datetimes(datetime(2019, 1, 1), datetime(2027, 1, 1)),
    st.none() | st.dates(date(2019, 1, 1), date(2027, 1, 1)),
    st.none() | st.dates(date(2019, 1, 1), date(2027, 1, 1)),
    st.sampled_from([None, "town", "district"]),
)
def test_the_daily_map_counts_the_same(
    found: datetime, deadline: date | None, listed_until: date | None, term: str | None
) -> None:
    danger = {
        "found_at": found.replace(tzinfo=UTC),
        "deadline": deadline,
        "listed_until": listed_until,
        "term": term,
    }
    rows = pd.DataFrame([danger]).assign(
        deadline=lambda t: pd.to_datetime(t["deadline"]),
        listed_until=lambda t: pd.to_datetime(t["listed_until"]),
    )
    assert due_dates(rows, CST, SCHEME).iloc[0].date() == due_of(danger, SCHEME, CST)


def test_overdue_is_computed() -> None:
    due = date(2026, 6, 16)
    assert [overdue_days(due, due + timedelta(days=n)) for n in (-5, 0, 1, 9)] == [0, 0, 1, 9]
