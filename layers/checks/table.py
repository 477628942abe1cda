"""Check a raw table against its contract: all faults at once, good rows typed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from layers.checks.columns import Match, match_columns, merge_notes, merged, require_columns
from layers.checks.findings import Finding, as_faults, find, reasons, rejected
from layers.checks.values import parse
from layers.contracts.model import Column, Contract
from layers.faults import Fault
from layers.readers.raw import RawTable

SOURCE_COLUMNS = ("source_file", "source_sheet", "source_row")


@dataclass(frozen=True)
class Checked:
    """A table that went through its contract.

    Parameters
    ----------
    table
        Accepted rows: every column of the contract in its dtype (missing where the source has
        none), the source's further columns as text, `SOURCE_COLUMNS`, and ``geometry`` (object)
        when the source has geometries.
    rejected
        Rejected rows as read, with `SOURCE_COLUMNS` and ``reason``.
    faults
        What was found, rejects first, at most `findings.LISTED` and a line on the rest.
    """

    table: pd.DataFrame
    rejected: pd.DataFrame
    faults: list[Fault]


def _check_column(raw: RawTable, match: Match, timezone: str) -> tuple[pd.Series, list[Finding]]:
    """Return a column's typed values and what is wrong or was mended in it."""
    column = match.column
    texts = merged(raw, match)
    parsed = parse(texts, column, timezone)
    values = parsed.typed
    findings = find(parsed.bad, match.label, texts, parsed.expected)
    if match.factor != 1.0:
        values = values * match.factor
    if parsed.mended.any():
        first = np.zeros_like(parsed.mended)
        first[np.flatnonzero(parsed.mended)[0]] = True
        text = _mended_text(column, int(parsed.mended.sum()))
        findings += find(first, match.label, texts, text, "note")
    findings += _check_bounds(values, column, match.label, texts)
    if column.required:
        absent = values.isna().to_numpy(dtype=bool) & ~parsed.bad
        wanted = f"{column.title_zh or column.name}必填"
        findings += find(absent, match.label, texts, wanted)
    return values, findings


def _mended_text(column: Column, count: int) -> str:
    if column.dtype in ("date", "datetime"):
        return f"本列有 {count} 个日期是表格软件的日期序号，已换算成日期"
    kinds = "度分秒或带方位" if column.unit == "degrees" else "全角、千分位或带单位"
    return f"本列有 {count} 个数字写成了文本（{kinds}），已转换"


def _check_bounds(values: pd.Series, column: Column, label: str, texts: pd.Series) -> list[Finding]:
    findings = []
    unit = f" {column.unit_zh}" if column.unit else ""
    if column.minimum is not None:
        low = (values < column.minimum).fillna(False).to_numpy(dtype=bool)
        findings += find(low, label, texts, f"应不小于 {column.minimum:g}{unit}")
    if column.maximum is not None:
        high = (values > column.maximum).fillna(False).to_numpy(dtype=bool)
        findings += find(high, label, texts, f"应不大于 {column.maximum:g}{unit}")
    return findings


def _check_groups(
    table: pd.DataFrame, contract: Contract, matches: Sequence[Match]
) -> list[Finding]:
    labels = {match.column.name: match.label for match in matches}
    findings = []
    for group in contract.one_of:
        none = table[list(group)].isna().all(axis=1).to_numpy(dtype=bool)
        names = " 或 ".join(labels[name] for name in group)
        findings += find(none, names, np.full(len(table), ""), "至少填一个")
    return findings


def _canonical_bytes(table: pd.DataFrame) -> NDArray[np.uint64]:
    """Return a hash of every row's values (n,), source columns left out."""
    plain = table.drop(columns=[*SOURCE_COLUMNS, "geometry"], errors="ignore")
    if "geometry" in table:
        shapes = pd.Series(shapely.to_wkb(table["geometry"].to_numpy()), index=table.index)
        plain = plain.assign(geometry=shapes)
    hashed = pd.util.hash_pandas_object(plain.astype("object"), index=False)
    return np.asarray(hashed.to_numpy(), dtype=np.uint64)


def find_duplicates(
    table: pd.DataFrame, contract: Contract, label: str
) -> tuple[NDArray[np.bool_], list[Finding]]:
    """Return which rows repeat an earlier row exactly (n,), and what to say of repeated keys.

    An exact repeat is dropped with a note. A later row with the same key but other values is
    rejected: which of the two is right only the sender knows.
    """
    keys = list(contract.key_columns)
    same = np.zeros(len(table), dtype=bool)
    if not keys or len(table) == 0:
        return same, []
    known = table[keys].notna().all(axis=1).to_numpy(dtype=bool)
    repeated = table.duplicated(keys, keep="first").to_numpy(dtype=bool) & known
    if not repeated.any():
        return same, []
    among = table.duplicated(keys, keep=False).to_numpy(dtype=bool) & known
    group = table.loc[among]
    bytes_ = pd.Series(_canonical_bytes(group), index=group.index)
    first = bytes_.groupby([group[key] for key in keys], sort=False).transform("first")
    same[np.flatnonzero(among)] = (bytes_ == first).to_numpy(dtype=bool)
    same &= repeated
    values = table[keys[0]].astype("str")
    exact = find(same, label, values, "与前面的行完全重复，只取一行", "note")
    conflict = find(repeated & ~same, label, values, "编号重复而内容不同，取先出现的一行")
    return same, exact + conflict


def _extras(raw: RawTable, contract: Contract, matches: Sequence[Match]) -> pd.DataFrame:
    """Return the source's further columns; one named like a contract column gets a mark."""
    used = {source for match in matches for source in match.sources}
    taken = {column.name for column in contract.columns} | {*SOURCE_COLUMNS, "geometry"}
    kept = [str(name) for name in raw.frame.columns if name not in used]
    names = {name: f"{name}（原）" if name in taken else name for name in kept}
    return raw.frame[kept].rename(columns=names)


def check_table(
    raw: RawTable,
    contract: Contract,
    column_map: Mapping[str, str] | None = None,
    *,
    timezone: str = "Asia/Shanghai",
) -> Checked:
    """Check a table against a contract.

    Parameters
    ----------
    column_map
        Canonical column -> source column, where no alias fits.
    timezone
        Zone of times without offset.

    Raises
    ------
    InputError
        When a stated column does not exist, or a required column is missing altogether.
    """
    matches = match_columns(raw, contract, column_map)
    require_columns(raw, contract, matches)
    columns: dict[str, pd.Series] = {}
    findings: list[Finding] = []
    for match in matches:
        columns[match.column.name], found = _check_column(raw, match, timezone)
        findings += found
    table = pd.concat([pd.DataFrame(columns), _extras(raw, contract, matches)], axis=1)
    table = with_source(table, raw)
    if raw.geometry is not None:
        table["geometry"] = pd.Series(raw.geometry, dtype=object)
    findings += _check_groups(table, contract, matches)
    findings += _check_broken(raw)
    bad = rejected(findings, len(table))
    label = next((m.label for m in matches if m.column.name in contract.key_columns), "")
    good = table[~bad].reset_index(drop=True)
    same, repeats = find_duplicates(good, contract, label)
    positions = np.flatnonzero(~bad)
    findings += [_moved(finding, positions) for finding in repeats]
    bad = rejected(findings, len(table))
    drop = bad.copy()
    drop[positions[same]] = True
    faults = as_faults(findings, raw.file, raw.sheet, raw.rows)
    return Checked(
        table[~drop].reset_index(drop=True),
        reject_rows(raw, findings),
        [*faults, *raw.notes, *merge_notes(raw, matches)],
    )


def _moved(finding: Finding, positions: NDArray[np.int64]) -> Finding:
    rows = positions[finding.rows]
    return Finding(rows, finding.column, finding.found, finding.expected, finding.severity)


def _check_broken(raw: RawTable) -> list[Finding]:
    if not raw.broken:
        return []
    bad = np.zeros(len(raw.frame), dtype=bool)
    bad[list(raw.broken)] = True
    text = "这一行的列数比表头多，检查多余的分隔符或未加引号的逗号"
    return find(bad, None, raw.frame.iloc[:, 0], text)


def with_source(table: pd.DataFrame, raw: RawTable) -> pd.DataFrame:
    """Return a table of the raw table's rows with `SOURCE_COLUMNS`."""
    sheets = pd.Series([raw.sheet] * len(table), index=table.index, dtype="str")
    files = pd.Series([raw.file] * len(table), index=table.index, dtype="str")
    rows = pd.Series(raw.rows, index=table.index, dtype="int64")
    return table.assign(source_file=files, source_sheet=sheets, source_row=rows)


def reject_rows(raw: RawTable, findings: Sequence[Finding]) -> pd.DataFrame:
    """Return the rejected rows as read, with where they stand and why they were rejected."""
    bad = rejected(findings, len(raw.frame))
    table = with_source(raw.frame[bad], _only(raw, bad))
    return table.assign(reason=reasons(findings, len(raw.frame))[bad]).reset_index(drop=True)


def _only(raw: RawTable, keep: NDArray[np.bool_]) -> RawTable:
    return RawTable(raw.frame[keep], None, raw.crs, raw.file, raw.sheet, raw.rows[keep])
