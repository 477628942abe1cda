"""The rules of cards on arrays, by hand: who is last, what is sure, what is raised beside what."""

from dataclasses import replace

import numpy as np
import pytest

from scoring.weekly.cards import (
    ReleaseFacts,
    WeekFacts,
    is_last,
    lapses,
    raise_week,
    severity_of,
    trigger_odds,
    unmet,
)
from scoring.weekly.parts import CARDS

GRADES = ("一般", "较大", "重大", "特别重大")
NAN = np.nan
NONE, WHITE, YELLOW, RED = -1, 0, 1, 2


def one(**given) -> WeekFacts:
    """Return the facts of a blue town against which nothing is said, with what is given.

    The town is the first of two; the other one is blue and has place 2.5.
    """
    facts = {
        "index": 92.0,
        "rank": 2.0,
        "previous": 92.0,
        "severity": (1, 1),
        "odds": {},
        "lesser": {},
        "overdue": 0,
        "accident": -1,
        "standing": -1,
    } | given
    return WeekFacts(
        index=np.array([facts["index"], 92.0]),
        rank=np.array([facts["rank"], 2.5]),
        previous=np.array([facts["previous"], 92.0]),
        severity=np.array([facts["severity"], (1, 1)]),
        odds={
            card: {name: np.array([p, NAN]) for name, p in told.items()}
            for card, told in facts["odds"].items()
        },
        lesser={card: np.array([facts["lesser"].get(card, 0), 0]) for card in CARDS},
        overdue=np.array([facts["overdue"], 0]),
        accident=np.array([facts["accident"], -1]),
        standing=np.array([facts["standing"], -1]),
    )


WHITE_SURE = {"white": {"level": 1.0}}
RED_WEEK = {"white": {"level": 1.0}, "yellow": {"level": 0.9}, "red": {"level": 0.9}}
CASES = [
    # what is known, given, proposed, only noted again
    ("nothing", {}, NONE, NONE, NONE),
    ("orange, sure", {"severity": (1, 3), "odds": WHITE_SURE}, WHITE, NONE, NONE),
    (
        "orange, 79.9 %",
        {"severity": (1, 3), "odds": {"white": {"level": 0.799}}},
        NONE, WHITE, NONE,
    ),
    (
        "orange, 0.1 + 0.7 of the draws",
        {"severity": (1, 3), "odds": {"white": {"level": 0.1 + 0.7}}},
        WHITE, NONE, NONE,
    ),
    ("orange, nobody knows how surely", {"severity": (1, 3)}, NONE, WHITE, NONE),
    ("sure draws, but the figure is yellow", {"severity": (1, 2), "odds": WHITE_SURE},
     NONE, NONE, NONE),
    ("unknown", {"index": NAN, "rank": NAN, "severity": (3, -1), "odds": WHITE_SURE},
     NONE, NONE, NONE),
    ("red once", {"severity": (2, 4), "odds": RED_WEEK}, YELLOW, NONE, NONE),
    ("red twice", {"severity": (4, 4), "odds": RED_WEEK}, RED, NONE, NONE),
    ("red, unknown, red", {"severity": (-1, 4), "odds": RED_WEEK}, YELLOW, NONE, NONE),
    (
        "red half sure, orange sure",
        {"severity": (2, 4), "odds": {"white": {"level": 1.0}, "yellow": {"level": 0.5}}},
        WHITE, YELLOW, NONE,
    ),
    ("last and below 90", {"index": 89.9, "rank": 3.0, "odds": {"white": {"last_below": 1.0}}},
     WHITE, NONE, NONE),
    ("last, 90 exactly", {"index": 90.0, "rank": 3.0, "odds": {"white": {"last_below": 1.0}}},
     NONE, NONE, NONE),
    ("yellow and not last", {"index": 85.0, "rank": 1.0, "severity": (1, 2)},
     NONE, NONE, NONE),
    ("a fall of 10", {"index": 82.3, "previous": 92.3, "odds": {"white": {"fall": 1.0}}},
     WHITE, NONE, NONE),
    ("a fall of 9.99", {"index": 82.31, "previous": 92.3, "odds": {"white": {"fall": 1.0}}},
     NONE, NONE, NONE),
    ("no week before", {"index": 82.3, "previous": NAN, "odds": {"white": {"fall": 1.0}}},
     NONE, NONE, NONE),
    ("second white", {"severity": (1, 3), "odds": WHITE_SURE, "lesser": {"yellow": 1}},
     YELLOW, NONE, NONE),
    (
        "second white, doubtful",
        {"severity": (1, 3), "odds": {"white": {"level": 0.5}}, "lesser": {"yellow": 1}},
        NONE, YELLOW, NONE,
    ),
    ("two given in the meantime", {"lesser": {"yellow": 2}}, YELLOW, NONE, NONE),
    ("overdue", {"overdue": 1}, YELLOW, NONE, NONE),
    ("overdue, second yellow", {"overdue": 1, "lesser": {"red": 1}}, RED, NONE, NONE),
    ("accident 较大", {"accident": 1}, RED, NONE, NONE),
    ("accident 一般", {"accident": 0}, NONE, NONE, NONE),
    ("orange while yellow stands",
     {"severity": (3, 3), "odds": WHITE_SURE, "standing": YELLOW}, NONE, NONE, WHITE),
    ("orange while yellow stands is no second white",
     {"severity": (3, 3), "odds": WHITE_SURE, "standing": YELLOW, "lesser": {"yellow": 1}},
     NONE, NONE, WHITE),
    ("orange while white stands is one",
     {"severity": (3, 3), "odds": WHITE_SURE, "standing": WHITE, "lesser": {"yellow": 1}},
     YELLOW, NONE, NONE),
    ("overdue while red stands", {"overdue": 1, "standing": RED}, NONE, NONE, YELLOW),
    ("doubtful orange while white stands",
     {"severity": (1, 3), "odds": {"white": {"level": 0.5}}, "standing": WHITE},
     NONE, NONE, NONE),
]  # fmt: skip


@pytest.mark.parametrize(("told", "given", "proposed", "again"), [c[1:] for c in CASES],
                         ids=[c[0] for c in CASES])  # fmt: skip
def test_what_a_week_raises(weekly, told, given, proposed, again) -> None:
    found = raise_week(weekly, GRADES, one(**told))
    assert (found.given[0], found.proposed[0], found.repeated[0]) == (given, proposed, again)


def test_towns_do_not_touch_each_other(weekly) -> None:
    """All cases in one district give what each gives alone, in any order."""
    facts = [one(**case[1]) for case in CASES]
    triggers = sorted({(c, name) for f in facts for c, told in f.odds.items() for name in told})
    nobody = np.array([NAN])
    odds: dict[str, dict[str, np.ndarray]] = {}
    for card, name in triggers:
        told = [f.odds.get(card, {}).get(name, nobody)[0] for f in facts]
        odds.setdefault(card, {})[name] = np.array(told)
    joined = WeekFacts(
        odds=odds,
        lesser={card: np.array([f.lesser[card][0] for f in facts]) for card in CARDS},
        **{
            name: np.array([getattr(f, name)[0] for f in facts])
            for name in (
                "index", "rank", "previous", "severity", "overdue", "accident", "standing",
            )
        },
    )  # fmt: skip
    found = raise_week(weekly, GRADES, joined)
    assert found.given.tolist() == [case[2] for case in CASES]
    assert found.proposed.tolist() == [case[3] for case in CASES]
    assert found.repeated.tolist() == [case[4] for case in CASES]


@pytest.mark.parametrize(
    ("rank", "last"),
    [
        ([1, 2, 3], [0, 0, 1]),
        ([1, 2, 2], [0, 1, 1]),
        ([1, 1, 1], [0, 0, 0]),
        ([1], [0]),
        ([1, NAN, 2], [0, 0, 1]),
        ([NAN, NAN], [0, 0]),
    ],
)
def test_who_is_last(rank, last) -> None:
    assert is_last(np.array(rank, float)).tolist() == [bool(x) for x in last]


def test_severity_rises_from_green_to_red(weekly) -> None:
    levels = ("green", "blue", "yellow", "orange", "red")
    assert [severity_of(weekly, level) for level in levels] == [0, 1, 2, 3, 4]
    assert severity_of(weekly, "no_data") == severity_of(weekly, None) == -1


class Drawn:
    """Draws that answer with the question."""

    def at_or_worse(self, level):
        return np.array([{"orange": 0.7, "red": 0.2}[level]])

    def last_and_below(self, x):
        return np.array([x / 100])

    def fell(self, x):
        return np.array([x / 100])


def test_odds_ask_the_draws_for_what_the_rules_say(weekly) -> None:
    found = trigger_odds(weekly, Drawn())
    plain = {c: {name: float(p[0]) for name, p in told.items()} for c, told in found.items()}
    assert plain == {
        "white": {"level": 0.7, "last_below": 0.9, "fall": 0.1},
        "yellow": {"level": 0.2},
        "red": {"level": 0.2},
    }


def test_a_run_of_weeks_needs_all_of_them(weekly) -> None:
    """A window shorter than the run never fires."""
    facts = replace(one(odds=RED_WEEK), severity=np.array([[4]]))
    assert raise_week(weekly, GRADES, facts).given[0] == YELLOW


RELEASES = [
    # card, weeks since, overdue, named open, applied, what is missing
    ("white", (80.0,), {}, 0, False, ()),
    ("white", (79.99,), {}, 0, False, ("index",)),
    ("white", (), {}, 0, False, ("index",)),
    ("white", (79.0, 80.0), {}, 0, False, ()),
    ("white", (95.0, None), {}, 0, False, ("index",)),
    ("white", (95.0,), {"general": 3}, 0, False, ()),
    ("white", (95.0,), {"major": 1}, 0, False, ("overdue",)),
    ("white", (95.0,), {}, 1, False, ("named_open",)),
    ("yellow", (80.0, 80.0), {}, 0, False, ()),
    ("yellow", (80.0,), {}, 0, False, ("index",)),
    ("yellow", (95.0, 79.9, 95.0), {}, 0, False, ("index",)),
    ("yellow", (95.0, 95.0), {"general": 1}, 0, False, ("overdue",)),
    ("yellow", (60.0,), {"general": 1}, 1, False, ("index", "overdue", "named_open")),
    ("red", (), {}, 0, False, ("application",)),
    ("red", (50.0,), {}, 0, True, ()),
    ("red", (), {}, 2, True, ("named_open",)),
]


@pytest.mark.parametrize("case", RELEASES, ids=str)
def test_release(weekly, case) -> None:
    card, *facts, missing = case
    rule = next(rule for rule in weekly.cards if rule.card == card)
    assert unmet(rule, ReleaseFacts(*facts)) == missing


def test_lapse(weekly) -> None:
    white, _, red = weekly.cards
    assert [lapses(white, weeks) for weeks in (3, 4, 5)] == [False, True, True]
    assert not lapses(red, 1000)
