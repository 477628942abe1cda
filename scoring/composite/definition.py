"""What a composite index is made of: a tree of groups and indicators, checked at the door."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from scoring.composite.aggregation import Mean, Missing
from scoring.composite.faults import CompositeError
from scoring.composite.normalisation import Norm, Scale
from scoring.composite.small_counts import Sampling, Shrink
from scoring.composite.treatment import Method, Treatment

FloatArray = NDArray[np.float64]

_GOALPOSTS = (Norm.GOALPOST, Norm.LOG_GOALPOST)


@dataclass(frozen=True)
class Indicator:
    """A leaf: raw values, and every step from them to a score.

    Parameters
    ----------
    code
        Name of its raw values in the data.
    weight
        Weight among its siblings; need not sum to 1.
    scale
        Norm and goalposts.
    higher
        Whether more is better; goalposts must agree with it.
    per, units
        Base of the data it is divided by, and per how many of it (heads, enterprises).
    cases
        Base of the data with the number of cases behind a rate.
    shrink
        Small-count rule; needs ``cases``.
    treatment
        What is done to outliers.
    sampling, whole
        How chance made the rate, and the rate that stands for 1; needs ``cases``.
    """

    code: str
    weight: float
    scale: Scale
    higher: bool = True
    per: str | None = None
    units: float = 1.0
    cases: str | None = None
    shrink: Shrink | None = None
    treatment: Treatment | None = None
    sampling: Sampling | None = None
    whole: float = 100.0


@dataclass(frozen=True)
class Group:
    """A node: children, how they become one score, and what happens when some are unknown.

    A town is unknown in the group where its known children carry less than ``least_share`` of
    the weight, or more than ``most_missing`` of them are unknown, whatever ``missing`` says.
    ``floor`` lifts scores before a geometric or harmonic mean.
    """

    code: str
    weight: float
    children: tuple["Node", ...]
    mean: Mean = Mean.ARITHMETIC
    missing: Missing = Missing.REWEIGHT
    least_share: float = 0.0
    most_missing: int | None = None
    floor: float = 0.0


Node = Group | Indicator


@dataclass(frozen=True)
class Data:
    """Raw arrays (n,) by code, NaN unknown; bases (heads, cases); peer group of each town."""

    values: Mapping[str, FloatArray]
    bases: Mapping[str, FloatArray] = field(default_factory=dict)
    peers: NDArray[np.int64] | None = None


def nodes(root: Node) -> Iterator[Node]:
    """Yield every node, a parent before its children, in the order they are declared."""
    yield root
    if isinstance(root, Group):
        for child in root.children:
            yield from nodes(child)


def indicators(root: Node) -> list[Indicator]:
    """Return the leaves in the order they are declared."""
    return [node for node in nodes(root) if isinstance(node, Indicator)]


def groups(root: Node) -> list[Group]:
    """Return the inner nodes, a parent before its children."""
    return [node for node in nodes(root) if isinstance(node, Group)]


def check_definition(root: Group) -> None:
    """Refuse a tree that contradicts itself.

    Raises
    ------
    CompositeError
        With every fault: a code twice, no children, weights below 0 or all 0, goalposts that
        meet or run against the direction, a scale below 0 under a geometric mean, ...
    """
    twice = [
        code for code, count in Counter(node.code for node in nodes(root)).items() if count > 1
    ]
    faults = [f"代码 {code} 用了多次" for code in twice]
    for group in groups(root):
        faults += _group_faults(group)
    for indicator in indicators(root):
        faults += _indicator_faults(indicator)
    if faults:
        raise CompositeError(faults)


def check_data(root: Group, data: Data) -> int:
    """Refuse data that do not fit the tree; return the number of towns.

    Raises
    ------
    CompositeError
        With every fault: an array missing, of another length, infinite, a negative base.
    """
    leaves = indicators(root)
    wanted = [("values", leaf.code) for leaf in leaves]
    wanted += [("bases", base) for leaf in leaves for base in (leaf.per, leaf.cases) if base]
    found = {"values": data.values, "bases": data.bases}
    faults = [f"数据里没有 {code}" for kind, code in wanted if code not in found[kind]]
    arrays = [(code, found[kind][code]) for kind, code in wanted if code in found[kind]]
    sizes = Counter(np.shape(array) for _, array in arrays)
    shape = sizes.most_common(1)[0][0] if sizes else (0,)
    faults += [
        f"{c} 的长度是 {np.shape(a)}，应为 {shape}" for c, a in arrays if np.shape(a) != shape
    ]
    faults += [f"{code} 含无穷大" for code, array in arrays if np.isinf(array).any()]
    bases = {
        base: data.bases[base] for kind, base in wanted if kind == "bases" and base in data.bases
    }
    faults += [f"{code} 含负数" for code, array in bases.items() if (array < 0).any()]
    if len(shape) != 1:
        faults.append(f"每个指标须为一维数组，现为 {shape}")
    if data.peers is not None and np.shape(data.peers) != shape:
        faults.append(f"peers 的长度是 {np.shape(data.peers)}，应为 {shape}")
    if faults:
        raise CompositeError(list(dict.fromkeys(faults)))
    return int(shape[0])


def _group_faults(group: Group) -> list[str]:
    faults = []
    if not group.children:
        return [f"{group.code} 没有下级"]
    weights = [child.weight for child in group.children]
    if not all(np.isfinite(w) and w >= 0 for w in weights) or sum(weights) <= 0:
        faults.append(f"{group.code} 下级的权重须不小于 0 且不全为 0：{weights}")
    if not 0 <= group.least_share <= 1:
        faults.append(f"{group.code} 的 least_share 须在 0 至 1 之间，现为 {group.least_share:g}")
    if group.floor < 0:
        faults.append(f"{group.code} 的 floor 须不小于 0，现为 {group.floor:g}")
    if group.mean is not Mean.ARITHMETIC:
        below = [i.code for i in indicators(group) if i.scale.norm is Norm.Z_SCORE]
        faults += [
            f"{code} 用 z 分数会有负值，上级 {group.code} 不能用 {group.mean}" for code in below
        ]
    return faults


def _indicator_faults(leaf: Indicator) -> list[str]:
    faults = []
    zero, full = leaf.scale.zero, leaf.scale.full
    if leaf.scale.norm in _GOALPOSTS:
        if not (np.isfinite(zero) and np.isfinite(full)) or zero == full:
            faults.append(f"{leaf.code} 的两个目标值须是不同的数，现为 {zero:g} 和 {full:g}")
        elif (full > zero) != leaf.higher:
            faults.append(f"{leaf.code} 的目标值 {zero:g} → {full:g} 与方向不符")
        if leaf.scale.norm is Norm.LOG_GOALPOST and not (zero > 0 and full > 0):
            faults.append(f"{leaf.code} 用对数，目标值须大于 0")
        if leaf.treatment and leaf.treatment.method in (Method.BOX_COX, Method.LOG):
            faults.append(f"{leaf.code} 先变换再用目标值没有意义，请用 log_goalpost 或别的标准化")
    if (leaf.shrink or leaf.sampling) and leaf.cases is None:
        faults.append(f"{leaf.code} 要做小样本处理，须给出 cases")
    if not leaf.units > 0 or not leaf.whole > 0:
        faults.append(f"{leaf.code} 的 units 和 whole 须大于 0")
    return faults
