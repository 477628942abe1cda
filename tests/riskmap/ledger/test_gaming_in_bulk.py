"""Signs sought with arrays against the obvious loops, on made-up ledgers; one week's records."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from riskmap.ledger.gaming import SignKind, Window, rules_in_use, signs
from riskmap.ledger.likeness import PhotoUse, pairs_alike
from riskmap.ledger.same_place import metres_apart
from riskmap.records.frames import plain_rows
from riskmap.records.reading import read_records
from riskmap.records.storing import store_records
from riskmap.workspace import Workspace
from tests.riskmap.ledger.conftest import EAST_TOWN, NOW, WEST_TOWN

KIND = "hidden_dangers"
WEEK = Window(NOW - timedelta(days=7), NOW)


def ledger_of(seed: int, n: int = 300) -> pd.DataFrame:
    """Return dangers at twelve places, some without a point, a firm or a domain."""
    rng = np.random.default_rng(seed)
    place = rng.integers(0, 12, n)
    found = pd.Timestamp(NOW) - pd.to_timedelta(24 * rng.integers(0, 50, n) + place % 3, unit="h")
    closed = found + pd.to_timedelta(12 * rng.integers(0, 70, n), unit="h")
    key = pd.Series([f"D{i:04d}" for i in range(n)])
    unknown = rng.uniform(size=(3, n)) < 0.2
    return pd.DataFrame(
        {
            "number": key,
            "key": key,
            "source": "made up",
            "found_at": found,
            "town": rng.choice([EAST_TOWN, WEST_TOWN], n),
            "domain": pd.Series(rng.choice(["消防", "危化"], n)).mask(unknown[0]),
            "enterprise_id": pd.Series([f"E{i // 4}" for i in place]).mask(unknown[1]),
            "grade": "general",
            "closed_at": pd.Series(closed).where(closed <= pd.Timestamp(NOW)),
            "lon": pd.Series(120 + place / 1000 + rng.uniform(0, 1e-3, n)).mask(unknown[2]),
            "lat": 30 + rng.uniform(0, 1e-3, n),
        }
    )


def test_found_again_is_what_the_loop_over_all_pairs_finds(ledger: Workspace) -> None:
    store_records(
        ledger, KIND, ledger_of(1), file="a.csv", sha256="0" * 64, rejected=0, learnt_at=NOW
    )
    rules = rules_in_use(ledger)[1]
    rows, expected = plain_rows(KIND, read_records(ledger, KIND)), {}
    for row in rows:
        for before in rows:
            if before["closed_at"] is None or before is row or not WEEK.holds(row["found_at"]):
                continue
            gap, metres = row["found_at"] - before["closed_at"], metres_apart(before, row)
            same = row["enterprise_id"] is not None
            same &= row["enterprise_id"] == before["enterprise_id"]
            near = same or (metres is not None and metres <= rules.again_m)
            soon = timedelta(0) < gap <= timedelta(days=rules.again_days)
            if soon and near and row["domain"] == before["domain"]:
                facts = {"days": gap.days, "metres": metres, "same_enterprise": same}
                expected[before["key"], row["key"]] = facts
    found = [one for one in signs(ledger, WEEK) if one.kind is SignKind.FOUND_AGAIN]
    assert {one.numbers: one.facts for one in found} == expected
    assert len(found) == len(expected) > 100
    kinds = {(facts["same_enterprise"], facts["metres"] is None) for facts in expected.values()}
    assert kinds == {(True, True), (True, False), (False, False)}


USES = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), st.integers(0, 7)))


@given(USES, st.integers(-1, 6))
def test_pairs_since_are_those_whose_newer_photo_came_after(
    drawn: list[tuple[int, int, int]], since: int
) -> None:
    moments = sorted(NOW + timedelta(days=day) for day, _, _ in drawn)
    uses = [
        PhotoUse(str(number), 1, "report", moment, f"{i}", likeness)
        for i, (moment, (_, number, likeness)) in enumerate(zip(moments, drawn, strict=True))
    ]
    after = NOW + timedelta(days=since)
    expected = [pair for pair in pairs_alike(uses, 1) if pair[1].learnt_at > after]
    assert list(pairs_alike(uses, 1, after)) == expected


def test_records_of_one_week_are_those_of_all_weeks(ledger: Workspace) -> None:
    first = pd.DataFrame(
        {
            "week": ["2026-W23", "2026-W24", "2026-W24"],
            "town": [WEST_TOWN, WEST_TOWN, EAST_TOWN],
            "indicator": "A1.1",
            "value": [0.5, 0.6, 0.7],
        }
    )
    first["key"] = first["week"] + "|" + first["town"] + "|A1.1"
    first["source"] = "made up"
    later = first[first["town"] == WEST_TOWN].assign(value=[0.8, 0.9])
    for day, table in enumerate((first, later)):
        moment = datetime(2026, 6, 8 + day, tzinfo=UTC)
        store_records(
            ledger, "indicators", table, file=f"{day}.csv", sha256=f"{day}" * 64, rejected=0,
            learnt_at=moment,
        )  # fmt: skip
    every = read_records(ledger, "indicators")
    own = every[every["week"] == "2026-W24"].reset_index(drop=True)
    assert sorted(own["value"]) == [0.7, 0.9]
    pd.testing.assert_frame_equal(read_records(ledger, "indicators", week="2026-W24"), own)
    assert read_records(ledger, "indicators", week="2026-W30").empty
