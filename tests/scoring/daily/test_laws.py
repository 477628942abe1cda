"""Laws of DESIGN §5 on random days: what may never happen, whatever the numbers are."""

from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scoring.daily.change import change
from scoring.daily.inputs import Triggers
from scoring.daily.score import score_day
from scoring.levels import LEVELS, RULES

FULL = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
N = 6
TINY = 1e-9


def random_day(make_day, scheme, seed, *, known=True):
    """A day of N towns; with known=False every array has holes."""
    rng = np.random.default_rng(seed)
    k, t = int(rng.integers(0, 6)), int(rng.integers(0, 5))

    def holes(array):
        return array if known else np.where(rng.random(array.shape) < 0.12, np.nan, array)

    tops = np.array([hazard.hi for hazard in scheme.hazards])
    day = make_day(
        N,
        hazard=holes(rng.uniform(0, 1.3, (N, 7)) ** 2 * tops * (rng.random((N, 7)) > 0.1)),
        density=holes(rng.uniform(50, 40000, N)),
        vulnerable=holes(rng.uniform(0, 60, N)),
        backlog=holes(rng.integers(0, 8, (N, 7, 4)).astype(float)),
        accident=holes(rng.uniform(0, 1.5, (N, 7)) * (rng.random((N, 7)) > 0.7)),
        special=holes(rng.choice([0, 0.3, 0.6, 1.0], (N, 7))),
        index=holes(rng.uniform(0, 100, N)),
        closure=holes(rng.uniform(0, 1, N)),
        online=holes(rng.uniform(0, 1, N)),
        lowered=rng.integers(0, 2, N),
        previous_level=rng.integers(-1, 5, N),
        triggers=Triggers(
            rule=rng.integers(1, 7, t),
            town=rng.integers(0, N, t),
            level=rng.integers(1, 5, t),
            ref=rng.integers(0, 3, t),
        ),
    )
    return replace(
        day,
        signal_type=rng.integers(-1, len(scheme.weathers), k),
        signal_level=rng.integers(1, 5, k),
        signal_covers=rng.random((N, k)) > 0.4,
        signal_known=True if known else rng.random(N) > 0.3,
    )


def never_lower(before, after):
    """Score, level and floors of the second are at least those of the first."""
    assert (after.partial_score >= before.partial_score - TINY).all()
    assert (after.level >= before.level).all()


seeds = st.integers(0, 2**32 - 1)


@given(seed=seeds, known=st.booleans())
@FULL
def test_score_is_within_bounds_and_has_one_level(make_day, scheme, seed, known):
    scores = score_day(random_day(make_day, scheme, seed, known=known), scheme)
    finite = np.isfinite(scores.score)
    assert (finite == (scores.level >= 0)).all()
    assert ((scores.score[finite] >= 0) & (scores.score[finite] <= 100)).all()
    for score, band in zip(scores.partial_score, scores.band_level, strict=True):
        told = round(score, 9)
        bands = [b.level for b in scheme.bands if b.min <= told < b.max or told == b.max == 100]
        assert bands == ([LEVELS[band]] if band >= 0 else [])


@given(seed=seeds, known=st.booleans())
@FULL
def test_contributions_add_up(make_day, scheme, seed, known):
    scores = score_day(random_day(make_day, scheme, seed, known=known), scheme)
    shown = np.isfinite(scores.score)
    total = scores.contributions.sum(axis=(1, 2))
    np.testing.assert_allclose(total[shown], scores.score[shown], rtol=0, atol=1e-9)
    assert np.isnan(total[~shown]).all()


@given(first=seeds, second=seeds)
@FULL
def test_changes_add_up(make_day, scheme, first, second):
    today, yesterday = (
        score_day(random_day(make_day, scheme, seed, known=False), scheme)
        for seed in (first, second)
    )
    moved = change(today.contributions, yesterday.contributions).sum(axis=(1, 2))
    np.testing.assert_allclose(moved, today.score - yesterday.score, rtol=0, atol=1e-9)


@given(seed=seeds, sector=st.integers(0, 6), more=st.floats(0, 300))
@FULL
def test_more_hazard_never_lowers(make_day, scheme, seed, sector, more):
    day = random_day(make_day, scheme, seed)
    hazard = day.hazard.copy()
    hazard[:, sector] += more
    never_lower(score_day(day, scheme), score_day(replace(day, hazard=hazard), scheme))


@given(seed=seeds, people=st.floats(0, 30000), targets=st.integers(0, 30))
@FULL
def test_more_people_never_lower(make_day, scheme, seed, people, targets):
    day = random_day(make_day, scheme, seed)
    more = replace(day, density=day.density + people, vulnerable=day.vulnerable + targets)
    never_lower(score_day(day, scheme), score_day(more, scheme))


@given(seed=seeds, cell=st.tuples(st.integers(0, 6), st.integers(0, 3)), more=st.integers(1, 30))
@FULL
def test_more_hidden_dangers_never_lower(make_day, scheme, seed, cell, more):
    day = random_day(make_day, scheme, seed)
    backlog = day.backlog.copy()
    backlog[:, cell[0], cell[1]] += more
    never_lower(score_day(day, scheme), score_day(replace(day, backlog=backlog), scheme))


@given(seed=seeds, sector=st.integers(0, 6), column=st.sampled_from([0, 2]))
@FULL
def test_becoming_overdue_never_lowers(make_day, scheme, seed, sector, column):
    day = random_day(make_day, scheme, seed)
    backlog = day.backlog.copy()
    backlog[:, sector, column + 1] += backlog[:, sector, column]
    backlog[:, sector, column] = 0
    never_lower(score_day(day, scheme), score_day(replace(day, backlog=backlog), scheme))


@given(seed=seeds, which=st.integers(0, 5))
@FULL
def test_a_higher_or_wider_warning_never_lowers(make_day, scheme, seed, which):
    day = random_day(make_day, scheme, seed)
    if not len(day.signal_type):
        return
    which %= len(day.signal_type)
    level, covers = day.signal_level.copy(), day.signal_covers.copy()
    level[which] = min(4, level[which] + 1)
    covers[:, which] = True
    more = replace(day, signal_level=level, signal_covers=covers)
    never_lower(score_day(day, scheme), score_day(more, scheme))


@given(seed=seeds, sector=st.integers(0, 6), amount=st.floats(0, 1))
@FULL
def test_accidents_and_special_periods_never_lower(make_day, scheme, seed, sector, amount):
    day = random_day(make_day, scheme, seed)
    accident, special = day.accident.copy(), day.special.copy()
    accident[:, sector] += amount
    special[:, sector] = np.maximum(special[:, sector], amount)
    more = replace(day, accident=accident, special=special)
    never_lower(score_day(day, scheme), score_day(more, scheme))


@given(seed=seeds, part=st.sampled_from(["index", "closure", "online"]), better=st.floats(0, 1))
@FULL
def test_better_control_never_raises(make_day, scheme, seed, part, better):
    day = random_day(make_day, scheme, seed)
    top = 100.0 if part == "index" else 1.0
    now = getattr(day, part)
    improved = replace(day, **{part: now + (top - now) * better})
    never_lower(score_day(improved, scheme), score_day(day, scheme))


@given(
    seed=seeds, town=st.integers(0, N - 1), floor=st.tuples(st.integers(1, 6), st.integers(1, 4))
)
@FULL
def test_a_further_trigger_never_lowers(make_day, scheme, seed, town, floor):
    rule, level = floor
    day = random_day(make_day, scheme, seed, known=False)
    old = day.triggers
    more = Triggers(
        *(
            np.append(array, value)
            for array, value in (
                (old.rule, rule),
                (old.town, town),
                (old.level, level),
                (old.ref, 99),
            )
        )
    )
    before, after = (score_day(d, scheme) for d in (day, replace(day, triggers=more)))
    # An unknown level may become known: a floor tells at least how bad it is.
    assert (after.level >= before.level).all()


@given(seed=seeds, known=st.booleans())
@FULL
def test_order_of_towns_and_signals_does_not_matter(make_day, scheme, seed, known):
    day = random_day(make_day, scheme, seed, known=known)
    rng = np.random.default_rng(seed)
    towns, signals = rng.permutation(N), rng.permutation(len(day.signal_type))
    by_town = ("hazard", "density", "vulnerable", "backlog", "accident", "special", "index")
    by_town = (*by_town, "closure", "online", "lowered", "previous_level")
    moved = replace(
        day,
        **{name: getattr(day, name)[towns] for name in by_town},
        signal_type=day.signal_type[signals],
        signal_level=day.signal_level[signals],
        signal_covers=day.signal_covers[towns][:, signals],
        signal_known=np.broadcast_to(day.signal_known, N)[towns],
        triggers=replace(day.triggers, town=np.argsort(towns)[day.triggers.town]),
    )
    one, other = score_day(day, scheme), score_day(moved, scheme)
    np.testing.assert_array_equal(other.score, one.score[towns])
    np.testing.assert_array_equal(other.level, one.level[towns])
    np.testing.assert_array_equal(other.contributions, one.contributions[towns])
    np.testing.assert_array_equal(other.known_weight, one.known_weight[towns])


@given(seed=seeds)
@FULL
def test_the_final_level_follows_the_order_of_the_rules(make_day, scheme, seed):
    # Written again for one town after the other, as a check on the arrays.
    day = random_day(make_day, scheme, seed, known=False)
    scores = score_day(day, scheme)
    floors = scores.floors
    for i in range(N):
        own = (floors.town == i) & (floors.rule < RULES.index("E8")) & (floors.effect >= 0)
        level = max([int(scores.band_level[i]), *floors.level[own].tolist()])
        if day.lowered[i] and level > 0:
            level -= 1
        if day.previous_level[i] >= 0:
            level = max(level, int(day.previous_level[i]) - 1)
        unknown = scores.unknown[i][[2, 3, 4]].any()  # warnings, hidden dangers, accidents
        if scores.known_weight[i] < 0.7 or (level == 0 and unknown) or level < 0:
            level = -1
        assert scores.level[i] == level


@given(seed=seeds)
@FULL
def test_knowing_less_never_reassures(make_day, scheme, seed):
    # Taking the records away never turns a town green.
    day = random_day(make_day, scheme, seed)
    blind = replace(
        day,
        backlog=np.full_like(day.backlog, np.nan),
        accident=np.full_like(day.accident, np.nan),
        signal_known=False,
    )
    assert (score_day(blind, scheme).level != 0).all()
