"""The whole calculation of major hazard sources, line by line, as plain data."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scoring.gb18218 import Floats, Identified, Tables, alpha, identify, level, s_and_r

STANDARD = "GB 18218-2018"
LEVEL_NAMES = {-1: "未知", 0: "不构成", 1: "一级", 2: "二级", 3: "三级", 4: "四级"}


@dataclass(frozen=True)
class Assessment:
    """S, R, α and level of u units, and their k substance rows.

    `surveyed` wins over `counted` in `persons`; both are kept. `level` as in `gb18218.level`.
    """

    unit_index: NDArray[np.int64]
    names: tuple[str, ...]
    cas: tuple[str, ...]
    quantity_t: Floats
    identified: Identified
    counted: Floats
    surveyed: Floats
    persons: Floats
    alpha: Floats
    s: Floats
    r: Floats
    level: NDArray[np.int8]


def assess(
    tables: Tables,
    unit_index: ArrayLike,
    *,
    names: Iterable[object],
    cas: Iterable[object],
    categories: Iterable[object],
    quantity_t: ArrayLike,
    counted: ArrayLike,
    surveyed: ArrayLike,
) -> Assessment:
    """Return S, R, α and level of every unit from its substances and the people around it.

    Parameters
    ----------
    tables
        The tables of the standard.
    unit_index
        (k,) index of the unit of each substance row.
    names, cas, categories
        (k,) texts as in the register.
    quantity_t
        (k,) design maximum [t] (4.2.2).
    counted, surveyed
        (u,) people within 500 m of the boundary: from the population layer, and as surveyed;
        NaN where not known. A surveyed number wins.
    """
    names_, cas_ = list(names), list(cas)
    found = identify(tables, names_, cas_, categories)
    count, survey = np.asarray(counted, np.float64), np.asarray(surveyed, np.float64)
    persons = np.where(np.isnan(survey), count, survey)
    factor = alpha(tables, persons)
    quantity = np.asarray(quantity_t, np.float64)
    s, r = s_and_r(unit_index, quantity, found.q_crit_t, found.beta, factor)
    return Assessment(
        unit_index=np.asarray(unit_index, np.int64),
        names=tuple(_text(name) for name in names_),
        cas=tuple(_text(number) for number in cas_),
        quantity_t=quantity,
        identified=found,
        counted=count,
        surveyed=survey,
        persons=persons,
        alpha=factor,
        s=s,
        r=r,
        level=level(s, r),
    )


def _text(value: object) -> str:
    return "" if value is None or isinstance(value, float) else str(value).strip()


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def calculation(assessment: Assessment, unit: int) -> dict[str, object]:
    """Return the whole calculation of one unit as plain data (numbers, texts, None if unknown).

    Keys: ``standard``, ``lines`` (per substance ``name cas quantity_t q_crit_t beta ratio
    beta_ratio q_source beta_source faults``), ``S``, ``sum_beta_ratio``, ``alpha``, ``persons``,
    ``persons_used`` (surveyed | counted | unknown), ``persons_counted``, ``persons_surveyed``,
    ``R``, ``level`` (0–4 or None), ``level_zh``, ``steps`` (Chinese lines to show).
    """
    a = assessment
    lines = [_line(a, int(k)) for k in np.flatnonzero(a.unit_index == unit)]
    ratios = [line["beta_ratio"] for line in lines]
    known = all(isinstance(value, float) for value in ratios)
    code = int(a.level[unit])
    used = "surveyed" if not np.isnan(a.surveyed[unit]) else "counted"
    doc: dict[str, object] = {
        "standard": STANDARD,
        "lines": lines,
        "S": _number(a.s[unit]),
        "sum_beta_ratio": sum(v for v in ratios if isinstance(v, float)) if known else None,
        "alpha": _number(a.alpha[unit]),
        "persons": _number(a.persons[unit]),
        "persons_used": "unknown" if np.isnan(a.persons[unit]) else used,
        "persons_counted": _number(a.counted[unit]),
        "persons_surveyed": _number(a.surveyed[unit]),
        "R": _number(a.r[unit]),
        "level": None if code < 0 else code,
        "level_zh": LEVEL_NAMES[code],
    }
    return doc | {"steps": _steps(doc, lines)}


def _line(a: Assessment, k: int) -> dict[str, object]:
    ratio = float(a.quantity_t[k] / a.identified.q_crit_t[k])
    beta = float(a.identified.beta[k])
    return {
        "name": a.names[k],
        "cas": a.cas[k],
        "quantity_t": _number(a.quantity_t[k]),
        "q_crit_t": _number(a.identified.q_crit_t[k]),
        "beta": _number(beta),
        "ratio": _number(ratio),
        "beta_ratio": _number(beta * ratio),
        "q_source": str(a.identified.q_source[k]),
        "beta_source": str(a.identified.beta_source[k]),
        "faults": [
            {"column": f.column, "value": f.value, "expected": f.expected}
            for f in a.identified.faults
            if f.row == k
        ],
    }


def _show(value: object, unknown: str = "未知") -> str:
    return f"{value:.6g}" if isinstance(value, float) else unknown


def _steps(doc: dict[str, object], lines: list[dict[str, object]]) -> list[str]:
    steps = [
        f"{line['name']}：q {_show(line['quantity_t'])} t，Q {_show(line['q_crit_t'])} t"
        f"（{line['q_source'] or '未找到'}），β {_show(line['beta'])}"
        f"（{line['beta_source'] or '未找到'}），q/Q = {_show(line['ratio'])}，"
        f"β·q/Q = {_show(line['beta_ratio'])}"
        for line in lines
    ]
    how = {"surveyed": "调查人数", "counted": "按人口图层计数", "unknown": "人数未知"}
    steps.append(f"S = Σ q/Q = {_show(doc['S'])}（≥ 1 构成重大危险源，公式 1）")
    steps.append(
        f"α = {_show(doc['alpha'])}：厂界外 500 m 常住人口 {_show(doc['persons'])} 人"
        f"（{how[str(doc['persons_used'])]}；调查 {_show(doc['persons_surveyed'], '无')}，"
        f"计数 {_show(doc['persons_counted'], '无')}；不足 1 人进位，表5）"
    )
    steps.append(
        f"R = α·Σ β·q/Q = {_show(doc['alpha'])} × {_show(doc['sum_beta_ratio'])}"
        f" = {_show(doc['R'])}（公式 2）"
    )
    steps.append(f"级别：{doc['level_zh']}（表6）")
    return steps
