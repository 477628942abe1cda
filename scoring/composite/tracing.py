"""The way of one town's score back to its raw data, line by line."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from scoring.composite.definition import Group, Node
from scoring.composite.index import Index


@dataclass(frozen=True)
class Line:
    """One node for one town.

    ``depth`` 0 is the whole index; ``share`` its part of the weight in its group [-], 0 where it
    is left out; ``score`` its own 0 … 1, NaN unknown; ``used`` what its group reckoned with (a
    stand-in where ``known`` is false). The four steps are NaN for groups.
    """

    code: str
    depth: int
    share: float
    score: float
    used: float
    known: bool
    raw: float
    per: float
    shrunk: float
    treated: float


def trace(index: Index, town: int) -> list[Line]:
    """Return every node of the tree for one town, parents before children.

    Parameters
    ----------
    index
        What :func:`scoring.composite.index.evaluate` returned.
    town
        Position in the arrays.
    """
    score = float(index.mixed[index.root.code].score[town])
    return list(_lines(index, index.root, town, 0, (1.0, score, not math.isnan(score))))


def _lines(
    index: Index, node: Node, town: int, depth: int, as_child: tuple[float, float, bool]
) -> Iterator[Line]:
    share, used, known = as_child
    nan = float("nan")
    if not isinstance(node, Group):
        step = index.steps[node.code]
        values = (step.raw, step.per, step.shrunk, step.treated)
        raw, per, shrunk, treated = (float(value[town]) for value in values)
        score = float(step.score[town])
        yield Line(node.code, depth, share, score, used, known, raw, per, shrunk, treated)
        return
    mixed = index.mixed[node.code]
    score = float(mixed.score[town])
    yield Line(node.code, depth, share, score, used, known, nan, nan, nan, nan)
    for i, child in enumerate(node.children):
        part = (
            float(mixed.shares[i, town]),
            float(mixed.used[i, town]),
            bool(mixed.known[i, town]),
        )
        yield from _lines(index, child, town, depth + 1, part)
