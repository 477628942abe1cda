"""The weekly tables of a scheme: taken from DOMAIN, and every fault told with its mend."""

import re

import pytest

from scoring.composite.aggregation import Mean
from scoring.composite.normalisation import Norm
from scoring.composite.small_counts import Sampling
from scoring.errors import SchemeError
from scoring.schemes.scheme import load_scheme
from scoring.schemes.versions import scheme_diff
from scoring.weekly.parts import DEPARTMENT, RECORDS

WEEKLY_START = "[weekly]\n"


def changed(text, old, new):
    """Return a scheme in which the first `old` of the weekly tables is `new`."""
    start = text.index(WEEKLY_START)
    assert old in text[start:], old
    return text[:start] + text[start:].replace(old, new, 1)


def in_table(text, head, old, new):
    """Return a scheme changed inside the table that begins with `head`."""
    start = text.index(head)
    end = text.find("\n[", start + len(head))
    assert old in text[start:end], (head, old)
    return text[:start] + text[start:end].replace(old, new, 1) + text[end:]


def row(kind, code, key="code"):
    return f'[[weekly.{kind}]]\n{key} = "{code}"'


def faults(text):
    with pytest.raises(SchemeError) as error:
        load_scheme(text)
    return error.value.faults


def test_the_default(weekly):
    assert (weekly.points, weekly.decimals, weekly.most_missing) == (100, 1, 1)
    assert len(weekly.indicators) == 25
    assert sum(one.origin == RECORDS for one in weekly.indicators) == 13
    assert all(bool(one.method) == (one.origin == RECORDS) for one in weekly.indicators)
    assert weekly.indicator("A5.1").days == 30
    assert weekly.indicator("A7.2").hours == 2
    assert weekly.indicator("A1.3").chance is Sampling.POISSON
    assert weekly.indicator("A1.2").chance is Sampling.BINOMIAL
    assert not weekly.indicator("A4.3").higher
    assert not weekly.indicator("A4.3").small
    assert weekly.departments[0] == "消防救援大队"
    assert [card.card for card in weekly.cards] == ["white", "yellow", "red"]
    assert [card.answer_days for card in weekly.cards] == [7, 14, 30]
    assert {one.origin for one in weekly.indicators} == {RECORDS, DEPARTMENT}
    assert weekly.doubting.norms == (None, Norm.MIN_MAX)
    assert weekly.doubting.means == (None, Mean.GEOMETRIC)


def test_cards_are_domain_s(weekly):
    """card_rules.csv: 橙 1 week, last and < 90, -10; 2 white in 4, 红 1, 1 overdue major; …"""
    white, yellow, red = weekly.cards
    assert (white.level, white.level_weeks, white.last_below, white.fall) == ("orange", 1, 90, 10)
    assert (yellow.level, yellow.level_weeks, yellow.overdue_major) == ("red", 1, 1)
    assert (yellow.lesser, yellow.lesser_weeks, yellow.release_weeks) == (2, 4, 2)
    assert (red.level, red.level_weeks, red.grade) == ("red", 2, "较大")
    assert (red.lesser, red.lesser_weeks, red.release_application) == (2, 12, True)


def test_every_number_has_a_source(scheme_text):
    text = scheme_text[scheme_text.index(WEEKLY_START) : scheme_text.index("[[actions]]")]
    for table in re.split(r"(?m)^\[", text)[1:]:
        assert re.search(r'(?m)^source = ".+"$', table), table.split("\n")[1]
        assert re.search(r'(?m)^status = "[CMP]"$', table)


FAULTS = [
    (row("aspects", "A1"), "points = 15.0", "points = 14.0", "分值之和为 99，应为 100"),
    (row("aspects", "A2"), 'code = "A2"', 'code = "A1"', "'A1' 重复"),
    (row("aspects", "A8"), 'code = "A8"', 'code = "A1.1"', "既是方面又是指标"),
    (row("indicators", "A1.1"), "points = 6.0", "points = 5.0", "指标分值之和为 14，应为 15"),
    (row("indicators", "A1.1"), 'aspect = "A1"', 'aspect = "A9"', "'A9' 不在 weekly.aspects 中"),
    (row("indicators", "A1.1"), "full = 100.0", "full = 60.0", "zero 与 full 都是 60"),
    (row("indicators", "A1.1"), '"department"', '"records"', "records 须写 method"),
    (row("indicators", "A1.2"), "binomial", "poisson", "单位应为 起/万人，现为 %"),
    (row("indicators", "A1.3"), "poisson", "binomial", "单位应为 %，现为 起/万人"),
    (row("indicators", "A1.2"), "binomial", "luck", "应为下列之一：binomial、poisson"),
    (row("indicators", "A1.2"), "days = 28", "days = 0", "应在 1～366 之间"),
    (row("indicators", "A1.1"), "small = true", "smal = true", "smal 不是方案的键"),
    (row("indicators", "A1.1"), 'source = "', 'sourse = "', "source 缺失"),
    (row("bands", "green", "level"), "min = 95.0", "min = 101.0", "永远不会出现"),
    (row("bands", "blue", "level"), "min = 90.0", "min = 80.0", "应高于 yellow 的 80"),
    (row("bands", "red", "level"), "min = 0.0", "min = 1.0", "0 分没有颜色"),
    (row("bands", "red", "level"), "inclusive = true", "inclusive = false", "0 分没有颜色"),
    (row("bands", "blue", "level"), '"blue"', '"green"', "应依次为 green、blue"),
    ("[weekly.deductions]", "serious_injury = 3.0", "serious_injury = 7.0", "death ≥ serious"),
    ("[weekly.deductions]", "overdue_major = 5.0", "overdue_major = 0.5", "overdue_major 不应小于"),
    ("[weekly.cap]", "score = 59.0", "score = 100.0", "封顶不起作用"),
    ("[weekly.cap]", '"较大"', '"很大"', "应为下列之一：一般、较大"),
    ("[weekly.doubts]", '"given", "min_max"', '"min_max"', "须含 'given'"),
    ("[weekly.doubts]", '"min_max"', '"z_score"', "应为下列之一"),
    ("[weekly.doubts]", '"geometric"', '"given"', "有重复"),
    ("[weekly.doubts]", "floor = 0.1", "floor = 0.0", "遇 0 分会归零"),
    ("[weekly.doubts]", "draws = 1000", "draws = 10", "应在 100～100000 之间"),
    (row("cards", "white", "card"), '"white"', '"yellow"', "'yellow' 重复"),
    (row("cards", "yellow", "card"), "lesser_weeks = 4\n", "", "须同时写"),
    (row("cards", "white", "card"), "release_index = 80.0\n", "", "否则无法解除"),
    (row("cards", "white", "card"), "fall = 10.0\n", "lesser = 2\nlesser_weeks = 4\n", "轻一级"),
]


@pytest.mark.parametrize(("head", "old", "new", "told"), FAULTS)
def test_faults(scheme_text, head, old, new, told):
    found = faults(in_table(scheme_text, head, old, new))
    assert any(told in fault for fault in found), found


def test_a_card_that_nothing_raises(scheme_text):
    text = scheme_text
    for line in ('level = "orange"\n', "last_below = 90.0\n", "fall = 10.0\n"):
        text = in_table(text, row("cards", "white", "card"), line, "")
    assert faults(text) == ["weekly.cards[white] 没有触发条件，永远不会发出"]


def test_an_aspect_without_indicators(scheme_text):
    text = scheme_text
    for number in (1, 2, 3):
        head = row("indicators", f"A8.{number}")
        text = in_table(text, head, 'aspect = "A8"', 'aspect = "A7"')
    assert any("weekly.aspects[A8] 没有指标" in fault for fault in faults(text))


def test_all_faults_at_once(scheme_text):
    text = in_table(scheme_text, "[weekly.cap]", "score = 59.0", "score = 100.0")
    text = in_table(text, row("indicators", "A1.1"), "full = 100.0", "full = 60.0")
    text = in_table(text, row("bands", "red", "level"), "min = 0.0", "min = 1.0")
    assert len(faults(text)) == 3


def test_indicators_come_in_the_order_of_their_aspects(scheme_text, weekly):
    head, other = row("indicators", "A1.1"), row("indicators", "A3.1")
    start, end = scheme_text.index(head), scheme_text.index(row("indicators", "A1.2"))
    moved = scheme_text[:start] + scheme_text[end:]
    place = moved.index(other)
    moved = moved[:place] + scheme_text[start:end] + moved[place:]
    codes = load_scheme(moved).weekly.codes
    assert codes == ("A1.2", "A1.3", "A1.1", *weekly.codes[3:])


def test_older_schemes_have_no_weekly_tables(scheme_text):
    start, end = scheme_text.index("[weekly]"), scheme_text.index("[[actions]]")
    assert load_scheme(scheme_text[:start] + scheme_text[end:]).weekly is None


def test_the_difference_names_the_row(scheme, scheme_text):
    text = in_table(scheme_text, row("indicators", "A1.1"), "zero = 60.0", "zero = 50.0")
    text = in_table(text, row("cards", "white", "card"), "answer_days = 7", "answer_days = 5")
    text = in_table(text, row("bands", "green", "level"), "min = 95.0", "min = 96.0")
    assert scheme_diff(scheme, load_scheme(text)) == [
        ("weekly.bands[green].min", 95.0, 96.0),
        ("weekly.cards[white].answer_days", 7, 5),
        ("weekly.indicators[A1.1].zero", 60.0, 50.0),
    ]


def test_a_card_row_is_named_by_its_card_in_a_fault(scheme_text):
    text = in_table(
        scheme_text, row("cards", "white", "card"), "answer_days = 7", "answer_days = 0"
    )
    assert faults(text) == ["weekly.cards[white].answer_days 的值 0 应在 1～366 之间"]
