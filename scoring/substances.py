"""Names and CAS numbers of substances: normalised, cross-checked, matched to one list.

A register writes 「液 氨」, 「氯化氢（无水）」 or 「TNT」; table 1 of GB 18218-2018 has one
spelling each. Matching is exact after normalisation; nearness is only used to *name* candidates
in a fault, never to choose one.
"""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

_PUNCTUATION = re.compile(r"[()\[\]{},;、。·:'\"]")
_BRACKET = re.compile(r"\([^()]*\)")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)%")
_LOWER_LIMIT = re.compile(r">(\d+(?:\.\d+)?)%$")
_CAS = re.compile(r"(\d{2,7})-(\d{2})-(\d)")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−﹣_", "-") | {"≦": "≤", "≧": "≥", "﹤": "<"})

Column = Literal["name", "cas", "category"]
Doubt = tuple[Column, str, str]


@dataclass(frozen=True)
class SubstanceFault:
    """One doubtful cell of a table of substances.

    `row` is the index of the row in the arrays given (first = 0); `resolved` says whether a
    threshold quantity could be used nevertheless (the cautious one), so that the sums are known.
    """

    row: int
    column: Column
    value: str
    expected: str
    resolved: bool


@dataclass(frozen=True)
class Substance:
    """One row of table 1: number, printed name, bare name, qualifier, other names, CAS numbers."""

    no: int
    printed: str
    bare: tuple[str, ...]
    qualifier: str
    cas: tuple[str, ...]
    needs_content: bool


@dataclass(frozen=True)
class SubstanceIndex:
    """Rows of table 1 found by normalised key, by bare name and by CAS number."""

    substances: Mapping[int, Substance]
    by_key: Mapping[str, tuple[int, ...]]
    by_cas: Mapping[str, tuple[int, ...]]
    names: tuple[str, ...]


@dataclass(frozen=True)
class Match:
    """Candidate rows of table 1 for one name and CAS, and what is doubtful about them."""

    rows: tuple[int, ...]
    by: Literal["name", "cas", ""]
    doubts: tuple[Doubt, ...]


def normalise(text: str) -> str:
    """Return a name in one spelling: NFKC, lower case, no spaces, one kind of dash.

    >>> normalise("氯化氢 （无水）"), normalise("ＴＮＴ")
    ('氯化氢(无水)', 'tnt')
    """
    plain = unicodedata.normalize("NFKC", text).translate(_DASHES).casefold()
    return re.sub(r"\s+", "", plain).replace("[", "(").replace("]", ")").replace("【", "(")


def name_key(text: str) -> str:
    """Return the key under which a name is compared: normalised, without punctuation.

    >>> name_key("硝酸铵（含可燃物≤0.2％）") == name_key("硝酸铵 含可燃物≤0.2%")
    True
    """
    return _PUNCTUATION.sub("", normalise(text))


def bare_name(text: str) -> str:
    """Return a name without what stands in brackets.

    >>> bare_name("硝化纤维素[干的或含水(或乙醇)<25%]")
    '硝化纤维素'
    """
    plain = normalise(text)
    while (shorter := _BRACKET.sub("", plain)) != plain:
        plain = shorter
    return plain


def qualifier_of(text: str) -> str:
    """Return what stands in the outer brackets of a name, or an empty string."""
    plain = normalise(text)
    start = plain.find("(")
    return "" if start < 0 else plain[start + 1 : plain.rfind(")")]


def cas_number(text: str) -> str:
    """Return a CAS number in its printed form (ASCII digits and hyphens, no spaces)."""
    plain = normalise(text)
    plain = re.sub(r"^cas(号|no\.?)?:?", "", plain)
    digits = plain.replace("-", "")
    if "-" not in plain and digits.isdigit() and 5 <= len(digits) <= 10:
        return f"{digits[:-3]}-{digits[-3:-1]}-{digits[-1]}"
    return plain


def cas_is_valid(cas: str) -> bool:
    """Return whether a CAS number has the printed form and a right check digit.

    The last digit is ``Σ i·d_i mod 10`` with the digits counted from the right, the digit
    before the last being i = 1 (rule of the Chemical Abstracts Service).

    >>> cas_is_valid("7782-50-5"), cas_is_valid("7782-50-6")
    (True, False)
    """
    parts = _CAS.fullmatch(cas)
    if parts is None:
        return False
    digits = (parts[1] + parts[2])[::-1]
    return sum(i * int(d) for i, d in enumerate(digits, start=1)) % 10 == int(parts[3])


def cas_list(cell: str) -> tuple[tuple[str, str], ...]:
    """Return (CAS, name in its brackets or "") of each number in a table-1 cell."""
    pairs = []
    for part in filter(None, normalise(cell).split(";")):
        found = _CAS.match(part)
        if found:
            pairs.append((found[0], qualifier_of(part)))
    return tuple(pairs)


def make_substance(no: int, printed: str, aliases: Iterable[str], cas_cell: str) -> Substance:
    """Return one row of table 1 with every name under which a register may write it."""
    qualifier = qualifier_of(printed)
    pairs = cas_list(cas_cell)
    split = re.split(r"[,、]", bare_name(printed)) if not re.match(r"\d", printed) else [printed]
    inner = re.split(r"[,、]", qualifier) if "汽油" in qualifier else []
    names = [*split, *inner, *aliases, *(name for _, name in pairs if name)]
    names = [normalise(name) for name in names if name.strip()]
    return Substance(
        no=no,
        printed=printed,
        bare=tuple(dict.fromkeys(names)),
        qualifier=qualifier,
        cas=tuple(cas for cas, _ in pairs),
        needs_content="%" in qualifier,
    )


def _keys(substance: Substance) -> set[str]:
    keys = {name_key(substance.printed)} | {name_key(name) for name in substance.bare}
    parts = re.split(r"[,、]", substance.qualifier) if substance.qualifier else []
    for name in substance.bare:
        bare = bare_name(name)
        keys.update(name_key(bare + part) for part in [*parts, substance.qualifier])
        keys.add(name_key(bare))
    return keys


def make_index(substances: Iterable[Substance]) -> SubstanceIndex:
    """Return the index over the rows of table 1."""
    rows = {substance.no: substance for substance in substances}
    by_key: dict[str, list[int]] = {}
    by_cas: dict[str, list[int]] = {}
    for substance in rows.values():
        for key in sorted(_keys(substance)):
            by_key.setdefault(key, []).append(substance.no)
        for cas in substance.cas:
            by_cas.setdefault(cas, []).append(substance.no)
    names = dict.fromkeys(name for s in rows.values() for name in (normalise(s.printed), *s.bare))
    return SubstanceIndex(
        substances=rows,
        by_key={key: tuple(nos) for key, nos in by_key.items()},
        by_cas={cas: tuple(nos) for cas, nos in by_cas.items()},
        names=tuple(names),
    )


def nearest(value: str, known: Iterable[str], n: int = 3) -> str:
    """Return the n known spellings nearest to a value, for the text of a fault."""
    spellings = {normalise(name): name for name in known}
    found = difflib.get_close_matches(normalise(value), list(spellings), n=n, cutoff=0.3)
    return "、".join(spellings[name] for name in found) if found else "（没有相近的）"


def _cas_doubts(index: SubstanceIndex, name_rows: tuple[int, ...], cas: str) -> list[Doubt]:
    owners = index.by_cas.get(cas, ())
    own = sorted({c for no in name_rows for c in index.substances[no].cas})
    if not cas_is_valid(cas):
        candidates = "、".join(own) if own else nearest(cas, index.by_cas)
        return [("cas", cas, f"CAS 号校验位或格式不对；相近的：{candidates}")]
    if name_rows and own and not set(owners) & set(name_rows):
        whose = "、".join(index.substances[no].printed for no in owners) or "表1以外的物质"
        text = f"该 CAS 号属于{whose}；按名称应为 {'、'.join(own)}（以名称为准）"
        return [("cas", cas, text)]
    return []


def _by_content(index: SubstanceIndex, name: str) -> tuple[bool, tuple[int, ...]]:
    """Return whether a name states a content, and the row whose lower limit it exceeds.

    「硝酸(68%)」 is not the nitric acid of row 81 (over 70 %), whatever its CAS number says.
    """
    stated = _PERCENT.search(normalise(name))
    if stated is None:
        return False, ()
    base = re.sub(r"(水?溶液)?[(]?(含量|浓度)?[>=≥]?$", "", normalise(name)[: stated.start()])
    for no in index.by_key.get(name_key(base), ()):
        limit = _LOWER_LIMIT.search(index.substances[no].qualifier)
        if limit:
            return True, (no,) if float(stated[1]) > float(limit[1]) else ()
    return False, ()


def _is_bare(index: SubstanceIndex, no: int, key: str) -> bool:
    return key in {name_key(bare_name(name)) for name in index.substances[no].bare}


def match(index: SubstanceIndex, name: str, cas: str) -> Match:
    """Find the rows of table 1 that a name and a CAS number may mean; the name wins.

    Parameters
    ----------
    index
        Rows of table 1 by name and CAS.
    name, cas
        As written in the register; empty when missing.

    Returns
    -------
    Match
        No row: not in table 1. Several rows: the qualifier (含可燃物, 含水 …) is missing.
    """
    key, number = name_key(name), cas_number(cas) if cas else ""
    by_name = index.by_key.get(key, ()) if key else ()
    doubts = _cas_doubts(index, by_name, number) if number else []
    by_cas = index.by_cas.get(number, ()) if number and not doubts else ()
    if not by_name and key:
        states_content, by_name = _by_content(index, name)
        by_cas = () if states_content else by_cas
    if by_name:
        if len(by_name) > 1:
            names = "；".join(index.substances[no].printed for no in by_name)
            doubts.append(("name", name, f"请写明是哪一种：{names}"))
        elif index.substances[by_name[0]].needs_content and _is_bare(index, by_name[0], key):
            printed = index.substances[by_name[0]].printed
            doubts.append(("name", name, f"请写明含量，如“{name}(68%)”；未写明的按“{printed}”计"))
        return Match(by_name, "name", tuple(doubts))
    if by_cas:
        names = "；".join(index.substances[no].printed for no in by_cas)
        doubts.append(("name", name, f"名称不在表1，按 CAS 号 {number} 视为：{names}"))
        return Match(by_cas, "cas", tuple(doubts))
    return Match((), "", tuple(doubts))
