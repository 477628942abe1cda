"""Which column of a source is which column of the contract."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from layers.checks.values import UNIT_FACTORS
from layers.contracts.model import Column, Contract
from layers.errors import InputError
from layers.faults import Fault
from layers.names import header_key, header_parts
from layers.readers.raw import RawTable, file_note


@dataclass(frozen=True)
class Match:
    """The source columns of one contract column: usually one, several when they are merged.

    `factor` turns numbers of the header's unit into the contract's unit.
    """

    column: Column
    sources: tuple[str, ...]
    factor: float = 1.0

    @property
    def label(self) -> str:
        """The column as the clerk sees it."""
        return min(self.sources, key=len) if self.sources else self.column.name


def _factor(column: Column, header: str) -> float:
    inside = header_parts(header)[1]
    return UNIT_FACTORS.get(column.unit, {}).get(inside.casefold(), 1.0)


def _mapped(raw: RawTable, contract: Contract, column_map: Mapping[str, str]) -> dict[str, str]:
    """Return the stated columns, canonical -> source.

    Raises
    ------
    InputError
        When a stated column exists neither in the contract nor in the source.
    """
    names = [column.name for column in contract.columns]
    present = {header_key(str(name)): str(name) for name in reversed(list(raw.frame.columns))}
    out = {}
    for canonical, source in column_map.items():
        if canonical not in names:
            raise InputError(
                f"{contract.title_zh}（{contract.name}）没有字段",
                canonical,
                f"可用字段：{'、'.join(names)}",
            )
        exact = source if source in raw.frame.columns else present.get(header_key(source))
        if exact is None:
            listed = "、".join(map(str, raw.frame.columns))
            raise InputError(f"{raw.file} 没有列", source, f"现有列：{listed}")
        out[canonical] = exact
    return out


def _candidates(column: Column, headers: Sequence[str], used: set[str]) -> tuple[str, ...]:
    """Return the unused source columns under the best spelling that occurs."""
    keys = {name: {header_key(name), header_parts(name)[0]} for name in headers if name not in used}
    plain = {name: {header_key(base_header(name))} | own for name, own in keys.items()}
    for key in column.header_keys():
        found = tuple(name for name, own in plain.items() if key in own)
        if found:
            return found
    return ()


def base_header(name: str) -> str:
    """Return a header without the number that told it from an equal one."""
    base, dot, number = name.rpartition(".")
    return base if dot and number.isdigit() else name


def match_columns(
    raw: RawTable, contract: Contract, column_map: Mapping[str, str] | None = None
) -> list[Match]:
    """Return for every contract column the source columns that serve it.

    A stated column wins; else the best alias that occurs. Columns whose headers differ only in
    white space or width (``na me`` and ``name``) serve together.

    Raises
    ------
    InputError
        When a stated column does not exist.
    """
    stated = _mapped(raw, contract, column_map or {})
    used = set(stated.values())
    headers = [str(name) for name in raw.frame.columns]
    matches = []
    for column in contract.columns:
        if column.name in stated:
            found: tuple[str, ...] = (stated[column.name],)
        else:
            found = _candidates(column, headers, used)
        used.update(found)
        factor = _factor(column, found[0]) if found else 1.0
        matches.append(Match(column, found, factor))
    return matches


def require_columns(raw: RawTable, contract: Contract, matches: Sequence[Match]) -> None:
    """Check that every column that must be there is there.

    Raises
    ------
    InputError
        When required columns are missing; all of them are named with the headers expected.
    """
    have = {match.column.name for match in matches if match.sources}
    lacking = [c for c in contract.columns if c.required and c.name not in have]
    texts = [_wanted(column) for column in lacking]
    for group in contract.one_of:
        if not have & set(group):
            texts.append("或".join(_wanted(contract.column(name)) for name in group))
    if texts:
        listed = "、".join(map(str, raw.frame.columns))
        raise InputError(
            f"{raw.file} 缺少{contract.title_zh}的必填列",
            "；".join(texts),
            f"现有列：{listed}。改表头，或用 --map 字段=列名 指明{_by_codes(contract, lacking)}",
        )


def _by_codes(contract: Contract, lacking: Sequence[Column]) -> str:
    """Return the way out for areas without codes: a table of codes joined by name."""
    kinds = {column.dtype for column in lacking} & {"town_code", "community_code"}
    if not (kinds and contract.geometry):
        return ""
    return (
        "；文件里没有代码时用 --codes 代码表.csv 按名称补上"
        f"（两列 code,name，每个{contract.title_zh}一行，没有现成的就自己写一个）"
    )


def _wanted(column: Column) -> str:
    headers = "、".join(dict.fromkeys([column.title_zh, *column.aliases[:3]]))
    return f"{column.name}（表头可为 {headers}）"


def merged(raw: RawTable, match: Match) -> pd.Series:
    """Return the texts of one contract column; of several sources the first that has one."""
    if not match.sources:
        return pd.Series([None] * len(raw.frame), dtype="str")
    texts = raw.frame[match.sources[0]]
    for other in match.sources[1:]:
        texts = texts.where(texts.notna(), raw.frame[other])
    return texts


def merge_notes(raw: RawTable, matches: Sequence[Match]) -> list[Fault]:
    """Return notes on merged columns and on units turned."""
    notes = []
    for match in matches:
        name = match.column.name
        if len(match.sources) > 1:
            text = f"{len(match.sources)} 列都是 {name}，合并取先有值者"
            notes.append(file_note(raw.file, raw.sheet, "、".join(match.sources), text))
        if match.factor != 1.0:
            text = f"按表头单位换算：{name} = 原值 × {match.factor:g}（{match.column.unit_zh}）"
            notes.append(file_note(raw.file, raw.sheet, match.sources[0], text))
    return notes
