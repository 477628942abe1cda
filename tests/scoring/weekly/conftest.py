"""What the tests of the weekly index share: the tables, and districts written down in a line."""

from collections.abc import Callable

import numpy as np
import pytest

from scoring.weekly.parts import Weekly


@pytest.fixture(scope="session")
def weekly(scheme) -> Weekly:
    assert scheme.weekly is not None
    return scheme.weekly


@pytest.fixture(scope="session")
def at_scores(weekly) -> Callable[..., dict[str, np.ndarray]]:
    """Return a function from scores 0 … 1 to the values that get them, each town alike or given."""

    def make(n: int = 1, score: float = 1.0, **given) -> dict[str, np.ndarray]:
        chosen = {code.replace("_", "."): value for code, value in given.items()}
        return {
            one.code: one.zero
            + (one.full - one.zero)
            * np.broadcast_to(np.asarray(chosen.get(one.code, score), float), (n,)).copy()
            for one in weekly.indicators
        }

    return make
