"""GB 18218-2018: threshold quantities, correction factors, S, R and the level of a unit.

Everything here takes values and returns values; the tables come in as text (`parse_tables`).
The whole calculation of a unit, line by line, is in `scoring.gb18218_calculation`.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scoring.substances import (
    Doubt,
    Match,
    Substance,
    SubstanceFault,
    SubstanceIndex,
    make_index,
    make_substance,
    match,
    name_key,
    nearest,
)

Floats = NDArray[np.float64]

TOLERANCE = 1e-9
"""Slack of the comparisons S ≥ 1 and R ≥ 10, 50, 100: 0.1 + 0.2 + 0.7 is a whole unit."""
_PERSON_TOLERANCE = 1e-6
_LEVEL_FROM_R = (100.0, 50.0, 10.0)
UNKNOWN_LEVEL = -1


@dataclass(frozen=True)
class Category:
    """One class of table 2 with its threshold quantity [t] and β of table 4 [-]."""

    symbol: str
    name: str
    q_crit_t: float
    beta: float


@dataclass(frozen=True)
class Tables:
    """The tables of GB 18218-2018 as parsed."""

    index: SubstanceIndex
    q_crit_t: Mapping[int, float]
    beta3: Mapping[int, float]
    classes: Mapping[int, tuple[str, ...]]
    categories: Mapping[str, Category]
    persons_from: tuple[float, ...]
    alpha: tuple[float, ...]


@dataclass(frozen=True)
class Identified:
    """Threshold quantity [t] and β [-] of each substance row, with the table rows used.

    All arrays are (k,), in the order given. `table1_no` is 0 where table 1 does not hold the
    substance; `q_crit_t` is NaN where it is in neither table.
    """

    q_crit_t: Floats
    beta: Floats
    table1_no: NDArray[np.int64]
    q_source: NDArray[np.object_]
    beta_source: NDArray[np.object_]
    faults: tuple[SubstanceFault, ...]


@dataclass(frozen=True)
class _Answer:
    q_crit_t: float
    beta: float
    no: int
    q_source: str
    beta_source: str
    doubts: tuple[Doubt, ...]


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))


def parse_tables(
    table1_text: str,
    table2_text: str,
    beta3_text: str,
    beta4_text: str,
    alpha_text: str,
    *,
    classes_text: str = "",
) -> Tables:
    """Return the tables of the standard from the texts of their csv files.

    Parameters
    ----------
    table1_text, table2_text, beta3_text, beta4_text, alpha_text
        Tables 1, 2, 3, 4 and 5 of GB 18218-2018 (`data/standards/gb18218_*.csv`).
    classes_text
        Our own list of usual classes and further names of table-1 substances, status M; without
        it a table-1 substance outside table 3 needs its class in the register.

    Raises
    ------
    ValueError
        A class of table 2 has no β in table 4.
    """
    classes = {int(row["no"]): row for row in _rows(classes_text)} if classes_text else {}
    substances: list[Substance] = []
    q_crit: dict[int, float] = {}
    for row in _rows(table1_text):
        no = int(row["no"])
        more = classes.get(no, {}).get("other_names", "")
        aliases = [*row["alias_zh"].split(";"), *more.split(";")]
        substances.append(make_substance(no, row["name_zh"], aliases, row["cas"]))
        q_crit[no] = float(row["q_crit_t"])
    beta4 = {row["symbol"]: float(row["beta"]) for row in _rows(beta4_text)}
    bands = sorted((float(r["persons_min"]), float(r["alpha"])) for r in _rows(alpha_text))
    return Tables(
        index=make_index(substances),
        q_crit_t=q_crit,
        beta3=_beta3_by_row(substances, beta3_text),
        classes={no: tuple(filter(None, row["classes"].split(";"))) for no, row in classes.items()},
        categories=_categories(table2_text, beta4),
        persons_from=tuple(persons for persons, _ in bands),
        alpha=tuple(alpha_ for _, alpha_ in bands),
    )


def _beta3_by_row(substances: Iterable[Substance], beta3_text: str) -> dict[int, float]:
    named = {name_key(row["name_zh"]): float(row["beta"]) for row in _rows(beta3_text)}
    return {
        substance.no: named[name_key(name)]
        for substance in substances
        for name in substance.bare[:1]
        if name_key(name) in named
    } | {s.no: named["一氧化碳"] for s in substances if s.bare[0] == "煤气" and "一氧化碳" in named}


def _categories(table2_text: str, beta4: Mapping[str, float]) -> dict[str, Category]:
    rows = _rows(table2_text)
    missing = [row["symbol"] for row in rows if row["symbol"] not in beta4]
    if missing:
        raise ValueError(f"表4缺少类别：{'、'.join(missing)}")
    return {
        row["symbol"]: Category(
            row["symbol"], row["class_zh"], float(row["q_crit_t"]), beta4[row["symbol"]]
        )
        for row in rows
    }


def _written_symbols(tables: Tables, text: str) -> list[str]:
    """Return the symbols that stand in a text: W5.3 in 易燃液体(W5.3)."""
    found = re.findall(r"[JW]\d{1,2}(?:\.\d)?", name_key(text).upper())
    return [symbol for symbol in found if symbol in tables.categories]


def _class_symbols(tables: Tables, cell: str) -> tuple[tuple[str, ...], list[Doubt]]:
    """Return the symbols that a category cell names, and what is doubtful about it.

    A name beside the symbol of its own class (易燃液体 W5.3) adds nothing.
    """
    symbols: list[str] = []
    doubts: list[Doubt] = []
    written = _written_symbols(tables, cell)
    for token in filter(None, re.split(r"[;；,，、/+|\s]+", cell)):
        found = _written_symbols(tables, token)
        if found:
            symbols.extend(found)
            continue
        key = name_key(token).upper()
        found = [s for s, category in tables.categories.items() if category.name == key]
        if not found:
            found = [
                s
                for s, category in tables.categories.items()
                if s.split(".")[0] == key or key in category.name
            ]
        if set(found).intersection(written):
            continue
        if not found:
            known = [*tables.categories, *{c.name for c in tables.categories.values()}]
            doubts.append(("category", token, f"表2没有这个类别；相近的：{nearest(token, known)}"))
        elif len(found) > 1:
            doubts.append(
                ("category", token, f"请写明是哪一类：{'、'.join(found)}（先按最低临界量）")
            )
        symbols.extend(found)
    return tuple(dict.fromkeys(symbols)), doubts


def _beta_of(
    tables: Tables, rows: Sequence[int], symbols: Sequence[str]
) -> tuple[float, str, list[Doubt]]:
    """Return the highest β that the rows or classes admit, and where it stands."""
    options: list[tuple[float, str]] = []
    doubts: list[Doubt] = []
    for no in rows:
        own = tables.classes.get(no, ())
        printed = tables.index.substances[no].printed
        if no in tables.beta3:
            options.append((tables.beta3[no], f"表3 {printed}"))
        elif symbols:
            continue
        elif own:
            options += [(tables.categories[s].beta, f"表4 {s}（常见类别）") for s in own]
        else:
            options.append((1.0, "类别未知，暂取 1"))
            doubts.append(("category", "", f"“{printed}”不在表3，须填危险性类别才能定 β（暂取 1）"))
    in_table3 = bool(rows) and all(no in tables.beta3 for no in rows)
    if symbols and not in_table3:
        options += [(tables.categories[s].beta, f"表4 {s}") for s in symbols]
    best, source = max(options, key=lambda option: option[0])
    return best, source, doubts


def _answer(tables: Tables, name: str, cas: str, category: str) -> _Answer:
    found: Match = match(tables.index, name, cas)
    symbols, category_doubts = _class_symbols(tables, category)
    doubts: list[Doubt] = [*found.doubts, *category_doubts]
    if found.rows:
        no = min(found.rows, key=lambda n: (tables.q_crit_t[n], n))
        q_crit, q_source = (
            tables.q_crit_t[no],
            f"表1 序号{no} {tables.index.substances[no].printed}",
        )
    elif symbols:
        no = 0
        symbol = min(symbols, key=lambda s: tables.categories[s].q_crit_t)
        chosen = tables.categories[symbol]
        q_crit, q_source = chosen.q_crit_t, f"表2 {symbol} {chosen.name}"
    else:
        text = f"名称不在表1，又没有危险性类别；相近的：{nearest(name, tables.index.names)}"
        return _Answer(np.nan, np.nan, 0, "", "", (*doubts, ("name", name, text)))
    beta, beta_source, beta_doubts = _beta_of(tables, found.rows, symbols)
    return _Answer(q_crit, beta, no, q_source, beta_source, (*doubts, *beta_doubts))


def _texts(values: Iterable[object]) -> list[str]:
    return ["" if v is None or isinstance(v, float) else str(v).strip() for v in values]


def identify(
    tables: Tables,
    names: Iterable[object],
    cas: Iterable[object],
    categories: Iterable[object],
) -> Identified:
    """Return threshold quantity and β of each substance row (4.1.2, 4.3.2).

    Table 1 by name (the name wins over the CAS number), else by CAS number, else table 2 by
    class; of several classes, and of several rows that an unqualified name may mean, the lowest
    threshold quantity. β: table 3 by name, else the class that the register gives, else the
    usual class of the table-1 substance; of several the highest (the standard says nothing).

    Parameters
    ----------
    tables
        The tables of the standard.
    names, cas, categories
        (k,) texts; None or NaN where missing. `categories` may hold several, ``W5.3;J5``.
    """
    triples = list(zip(_texts(names), _texts(cas), _texts(categories), strict=True))
    answers = {triple: _answer(tables, *triple) for triple in dict.fromkeys(triples)}
    rows = [answers[triple] for triple in triples]
    faults = tuple(
        SubstanceFault(i, column, value, expected, resolved=bool(answer.no or answer.q_source))
        for i, answer in enumerate(rows)
        for column, value, expected in answer.doubts
    )
    return Identified(
        q_crit_t=np.array([a.q_crit_t for a in rows], dtype=np.float64),
        beta=np.array([a.beta for a in rows], dtype=np.float64),
        table1_no=np.array([a.no for a in rows], dtype=np.int64),
        q_source=np.array([a.q_source for a in rows], dtype=object),
        beta_source=np.array([a.beta_source for a in rows], dtype=object),
        faults=faults,
    )


def alpha(tables: Tables, persons: ArrayLike) -> Floats:
    """Return α [-] of table 5 from the people living within 500 m of the plant boundary.

    A counted number need not be whole (shares of cells): it is rounded up, so 29.6 counts as 30
    and 0.3 as 1; what is less than a millionth of a person above a whole number is rounding.

    Parameters
    ----------
    tables
        The tables of the standard.
    persons
        (u,) people; NaN where unknown, which gives NaN, never 0.5.

    Raises
    ------
    ValueError
        A negative number of people.
    """
    people = np.asarray(persons, dtype=np.float64)
    if np.any(people < 0):
        raise ValueError(f"暴露人数不能为负：{people[people < 0][0]:g}")
    whole = np.ceil(people - _PERSON_TOLERANCE)
    step = np.searchsorted(np.array(tables.persons_from), np.nan_to_num(whole), side="right") - 1
    return np.where(np.isnan(people), np.nan, np.array(tables.alpha)[np.maximum(step, 0)])


def s_and_r(
    unit_index: ArrayLike, q_t: ArrayLike, q_crit_t: ArrayLike, beta: ArrayLike, alpha_: ArrayLike
) -> tuple[Floats, Floats]:
    """Return S = Σ q/Q and R = α·Σ β·q/Q of each unit (formulae 1 and 2).

    Parameters
    ----------
    unit_index
        (k,) index of the unit of each substance row.
    q_t, q_crit_t, beta
        (k,) design quantity [t], threshold quantity [t], β [-].
    alpha_
        (u,) α of each unit [-]; NaN where unknown.

    Returns
    -------
    S, R
        (u,) [-]. NaN where a term is unknown; 0 for a unit without substances in the arrays.
    """
    unit = np.asarray(unit_index, dtype=np.int64)
    a = np.asarray(alpha_, dtype=np.float64)
    ratio = np.asarray(q_t, dtype=np.float64) / np.asarray(q_crit_t, dtype=np.float64)
    s = np.bincount(unit, weights=ratio, minlength=len(a))
    r = a * np.bincount(unit, weights=ratio * np.asarray(beta, dtype=np.float64), minlength=len(a))
    return s.astype(np.float64), r.astype(np.float64)


def level(s: ArrayLike, r: ArrayLike) -> NDArray[np.int8]:
    """Return the level of each unit (table 6): 1–4, 0 not a major hazard source, −1 unknown.

    S < 1 is 0 whatever R; R of exactly 10, 50 or 100 belongs to the higher level. An unknown S,
    or an unknown R where S ≥ 1, is −1.
    """
    s_, r_ = np.asarray(s, dtype=np.float64), np.asarray(r, dtype=np.float64)
    graded = 4 - np.sum([r_ >= bound - TOLERANCE for bound in _LEVEL_FROM_R], axis=0)
    out = np.where(s_ >= 1 - TOLERANCE, np.where(np.isnan(r_), UNKNOWN_LEVEL, graded), 0)
    return np.where(np.isnan(s_), UNKNOWN_LEVEL, out).astype(np.int8)
