"""Division codes joined to towns and communities by their names."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.checks.findings import Finding
from layers.checks.table import check_table
from layers.contracts.model import Column, Contract, words
from layers.names import name_key, or_nearest
from layers.readers.source import read_table

CODES = Contract(
    "codes",
    "代码表",
    (
        Column(
            "code",
            "str",
            required=True,
            title_zh="代码",
            aliases=words("行政区划代码 区划代码 统计用区划代码 镇街代码 乡镇代码 code9 code12"),
        ),
        Column(
            "name",
            "str",
            required=True,
            title_zh="名称",
            aliases=words("镇街名称 乡镇名称 镇街 name_zh"),
        ),
    ),
    key="code",
)


@dataclass(frozen=True)
class CodeTable:
    """Codes and names of divisions, (m,) each, as the code table gives them."""

    code: NDArray[np.object_]
    name: NDArray[np.object_]
    file: str


def read_codes(path: str | Path, encoding: str | None = None) -> CodeTable:
    """Read a code table (columns code and name); 12 digits ending in 000 are cut to 9.

    Raises
    ------
    InputError
        When the file cannot be read or lacks a column.
    """
    raw = read_table(path, encoding=encoding, headers=CODES.header_names())
    table = check_table(raw, CODES).table
    code = table["code"].str.replace(r"^(\d{9})000$", r"\1", regex=True)
    return CodeTable(
        code.to_numpy(dtype=object), table["name"].to_numpy(dtype=object), Path(path).name
    )


def _main_district(candidates: list[list[str]]) -> str:
    """Return the first six digits that most of the clear matches share, "" when none."""
    clear = Counter(codes[0][:6] for codes in candidates if len(codes) == 1)
    return clear.most_common(1)[0][0] if clear else ""


def match_codes(
    names: pd.Series, table: CodeTable, division: str | None = None
) -> tuple[pd.Series, list[Finding]]:
    """Return the code of every name (n,), missing where none is clear, and what was found.

    Parameters
    ----------
    names
        Names of towns, (n,), in any spelling that `layers.names.name_key` brings together.
    division
        First digits of the codes that may be used (331003). Without it, a name that several
        districts use takes the code of the district to which most of the clear names belong,
        which is noted.
    """
    by_name: dict[str, list[str]] = {}
    for code, name in zip(table.code, table.name, strict=True):
        if division is None or str(code).startswith(division):
            by_name.setdefault(name_key(str(name)), []).append(str(code))
    texts = ["" if pd.isna(name) else str(name) for name in names]
    candidates = [by_name.get(name_key(text), []) for text in texts]
    main = _main_district(candidates)
    codes: list[str | None] = []
    findings = []
    for i, (text, found) in enumerate(zip(texts, candidates, strict=True)):
        within = [code for code in found if code.startswith(main)] if len(found) > 1 else found
        codes.append(within[0] if len(within) == 1 else None)
        if len(within) == 1 and len(found) > 1:
            said = f"代码表 {table.file} 中重名（{'、'.join(found)}），"
            said += f"按多数镇街所在的 {main} 取 {within[0]}"
            findings.append(_finding(i, text, said, note=True))
        elif len(within) > 1:
            said = f"代码表 {table.file} 中重名：{'、'.join(within)}，请给出区划前缀"
            findings.append(_finding(i, text, said))
        elif text and not found:
            near = or_nearest(text, [str(name) for name in table.name])
            findings.append(_finding(i, text, f"代码表 {table.file} 中没有这个名称；{near}"))
    return pd.Series(codes, index=names.index, dtype="str"), findings


def _finding(row: int, value: str, expected: str, *, note: bool = False) -> Finding:
    return Finding(
        np.array([row]), "name", np.array([value], dtype=object), expected,
        "note" if note else "reject",
    )  # fmt: skip
