"""A thousand draws of a composite index: in one go against one evaluation after the other.

Run ``python benchmarks/composite.py [--towns 200] [--draws 1000]``: eight aspects of three
indicators each, all with sampling error, two norms, two means. The plain loop evaluates the same
tree once per draw and draws nothing; it is there for its time.
"""

import argparse
import time

import numpy as np

from scoring.composite.aggregation import Mean
from scoring.composite.definition import Data, Group, Indicator
from scoring.composite.index import evaluate
from scoring.composite.normalisation import Norm, Scale
from scoring.composite.ranking import Bands
from scoring.composite.small_counts import Sampling, Shrink
from scoring.composite.uncertainty import Doubts, how_sure, prepare

BANDS = Bands((60.0, 80.0, 90.0, 95.0), (True, True, False, True))


def district(towns: int) -> tuple[Group, Data]:
    """Return an index of 24 rates of 3 … 60 cases each, and made-up figures for it."""
    rng = np.random.default_rng(1)
    values, bases, aspects = {}, {}, []
    for aspect in range(1, 9):
        leaves = []
        for code in (f"A{aspect}.{number}" for number in (1, 2, 3)):
            cases = rng.integers(3, 60, towns).astype(float)
            values[code] = np.round(rng.beta(12, 2, towns) * cases) / cases * 100
            bases[f"n{code}"] = cases
            scale = Scale(Norm.GOALPOST, 50, 100)
            leaves.append(
                Indicator(
                    code,
                    float(rng.integers(2, 6)),
                    scale,
                    cases=f"n{code}",
                    shrink=Shrink(),
                    sampling=Sampling.BINOMIAL,
                )
            )
        aspects.append(Group(f"A{aspect}", float(rng.integers(10, 16)), tuple(leaves)))
    return Group("index", 1, tuple(aspects)), Data(values, bases)


def main() -> None:
    """Print both times and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--towns", type=int, default=200)
    parser.add_argument("--draws", type=int, default=1000)
    asked = parser.parse_args()
    root, data = district(asked.towns)
    doubts = Doubts(norms=(None, Norm.MIN_MAX), means=(None, Mean.GEOMETRIC))
    start = time.process_time()
    how_sure(prepare(root, data, doubts, 1), asked.draws, 1, BANDS)
    at_once = time.process_time() - start
    start = time.process_time()
    for _ in range(asked.draws):
        evaluate(root, data)
    one_by_one = time.process_time() - start
    print(f"{asked.draws} draws, {asked.towns} towns: {at_once:.2f} s of processor time")
    print(f"plain loop of evaluations: {one_by_one:.2f} s, {one_by_one / at_once:.1f} times")


if __name__ == "__main__":
    main()
