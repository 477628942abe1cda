"""A published index from its raw data: the Human Development Index of UNDP.

Method: Human Development Report 2021/22, Technical note 1 (since HDR 2014): life expectancy
20 … 85 years (women 22.5 … 87.5, men 17.5 … 82.5), expected years of schooling 0 … 18, mean years
0 … 15, GNI per head (2017 PPP $) 100 … 75,000 in logarithms, all capped; education is the
arithmetic mean of its two, the index the geometric mean of three. Figures: UNDP, HDR 2021/22,
"Composite indices complete time series" (HDI to 3 digits, that of women and men to 9), and HDR
2015, table 1, as published.
"""

from dataclasses import replace

import numpy as np
import pytest

from scoring.composite.aggregation import Mean
from scoring.composite.definition import Data, Group, Indicator
from scoring.composite.index import evaluate
from scoring.composite.normalisation import Norm, Scale
from scoring.composite.ranking import places

LIFE = {"all": (20, 85), "women": (22.5, 87.5), "men": (17.5, 82.5)}

TIME_SERIES = """
Congo            2021 all   0.571       63.5187 12.33081527 6.166       2889.283521
Congo            1990 all   0.522       55.9261 11.00813007 4.39        4373.460798
Kyrgyzstan       2021 all   0.692       69.9774 13.1953001  11.37410556 4566.303831
Kyrgyzstan       2000 all   0.621       65.3982 11.84471989 10.34707279 2888.322386
Kyrgyzstan       1990 all   0.638       64.2722 12.02089977 9.171267886 5142.118591
Cambodia         2021 all   0.593       69.5835 11.46772    5.088       4078.697154
Cambodia         1990 all   0.378       55.4341 7.032154138 2.69        1007.601253
New_Zealand      2021 all   0.937       82.4513 20.28388977 12.94468975 44057.31394
New_Zealand      2000 all   0.887       78.6782 17.43277898 12.80065899 27662.57448
New_Zealand      1990 all   0.806       75.4242 14.48279953 10.1395211  24214.03722
Oman             2021 all   0.816       72.5406 14.57349014 11.65404034 27054.32505
Congo            2021 women 0.551580285 64.9346 12.2485696  5.59        2532.152974
Congo_(DR)       2021 women 0.448765594 61.5207 9.644028442 5.596261446 896.3528837
Kyrgyzstan       2021 women 0.674734308 74.3515 13.43486977 11.6026467  2863.191224
Cambodia         2021 women 0.569886597 72.2907 11.00490454 4.366       3463.508562
New_Zealand      2021 women 0.924682807 84.3213 20.80978012 12.93587971 36864.4872
Oman             2021 women 0.751838584 74.7155 15.04283047 12.05675983 7169.212169
Congo            2021 men   0.590449068 62.1236 12.41765711 6.762       3247.26424
Congo_(DR)       2021 men   0.507288188 56.9531 10.09291419 8.455105537 1258.657211
Kyrgyzstan       2021 men   0.698277778 65.8    12.96424961 11.13378012 6331.487189
New_Zealand      2021 men   0.948211623 80.5756 19.73480988 12.95394039 51377.47558
"""

TABLE_OF_2014 = """
1  0.944 81.6 17.5 12.6 64992
2  0.935 82.4 20.2 13.0 42261
3  0.930 83.0 15.8 12.8 56431
4  0.923 80.2 18.7 12.7 44025
5  0.922 81.6 17.9 11.9 45435
6  0.916 80.9 16.5 13.1 43919
6  0.916 80.9 18.6 12.2 39568
8  0.915 79.1 16.5 12.9 52947
9  0.913 82.0 15.9 13.0 42155
9  0.913 81.8 19.2 12.5 32689
11 0.912 83.0 15.4 10.6 76628
12 0.910 84.0 15.6 11.2 53959
13 0.908 80.0 15.0 11.8 79851
14 0.907 82.2 15.8 12.1 45636
14 0.907 80.7 16.2 13.1 39267
16 0.899 82.6 19.0 10.6 35182
17 0.898 81.9 16.9 11.9 33890
18 0.894 82.4 16.0 12.5 30676
19 0.892 81.7 13.9 11.7 58711
20 0.891 83.5 15.3 11.5 36927
21 0.890 80.8 16.3 11.3 41187
22 0.888 82.2 16.0 11.1 38056
23 0.885 81.4 15.7 10.8 43869
24 0.883 80.8 17.1 10.3 38695
"""
"""Rank, HDI, life expectancy, expected and mean years, GNI: Norway … Finland."""


def tree(whose):
    education = Group(
        "education",
        1,
        (
            Indicator("expected", 1, Scale(Norm.GOALPOST, 0, 18)),
            Indicator("mean", 1, Scale(Norm.GOALPOST, 0, 15)),
        ),
    )
    health = Indicator("life", 1, Scale(Norm.GOALPOST, *LIFE[whose]))
    income = Indicator("gni", 1, Scale(Norm.LOG_GOALPOST, 100, 75000))
    return Group("hdi", 1, (health, education, income), mean=Mean.GEOMETRIC)


def hdi(root, rows):
    columns = np.array(rows, dtype=float).T
    data = Data(dict(zip(("life", "expected", "mean", "gni"), columns, strict=True)))
    return evaluate(root, data, points=1.0).score


def rows_of(whose):
    return [line.split() for line in TIME_SERIES.splitlines() if f" {whose} " in line]


@pytest.mark.parametrize(("whose", "digits"), [("all", 3), ("women", 9), ("men", 9)])
def test_hdi_to_the_digits_printed(whose, digits):
    rows = rows_of(whose)
    assert len(rows) >= 4
    found = hdi(tree(whose), [row[4:] for row in rows])
    assert [f"{value:.{digits}f}" for value in found] == [f"{float(r[3]):.{digits}f}" for r in rows]


def test_hdi_notices_a_wrong_method():
    rows = rows_of("women")
    straight = hdi(replace(tree("women"), mean=Mean.ARITHMETIC), [row[4:] for row in rows])
    other_posts = hdi(tree("all"), [row[4:] for row in rows])
    for found in (straight, other_posts):
        assert (np.abs(found - [float(row[3]) for row in rows]) > 1e-4).all()


def test_the_table_of_2014_within_the_rounding_of_what_it_prints():
    """Raw figures are printed to 0.1 year: a printed index lies between the extremes of that."""
    rows = np.array([line.split() for line in TABLE_OF_2014.split("\n") if line], dtype=float)
    half = np.array([0.05, 0.05, 0.05, 0.5])
    low, middle, high = (hdi(tree("all"), rows[:, 2:] + sign * half) for sign in (-1, 0, 1))
    assert (low - 0.0005 <= rows[:, 1]).all()
    assert (rows[:, 1] <= high + 0.0005).all()
    assert np.abs(middle - rows[:, 1]).max() < 0.001
    np.testing.assert_array_equal(places(rows[:, 1], 3), rows[:, 0])
