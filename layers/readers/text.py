"""Delimited text in the encodings that bureaus really send."""

import csv
import io
from collections.abc import Collection, Iterator
from itertools import islice

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv as pa_csv

from layers.errors import InputError
from layers.readers.raw import (
    RawTable,
    Rows,
    find_header,
    header_notes,
    unique_headers,
)

_CHUNK = 50_000
_LARGE_BYTES = 4_000_000
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_FOREIGN = {
    b"PK\x03\x04": "xlsx 或 zip",
    b"\xd0\xcf\x11\xe0": "xls",
    b"SQLite format 3": "GeoPackage",
    b"%PDF": "PDF",
}


def decode(content: bytes, file: str, encoding: str | None) -> tuple[str, str]:
    """Return the text and the encoding that was used.

    A stated encoding wins; else UTF-16 where its mark says so (Excel's "Unicode text"), UTF-8
    (with or without mark), then GB18030, of which GBK and GB2312 are parts; all strictly, so
    that no character is guessed.

    Raises
    ------
    InputError
        When the bytes are no text in that encoding, or in either.
    """
    tried = (encoding,) if encoding else ("utf-8-sig", "gb18030")
    if not encoding and content.startswith(_UTF16):
        tried = ("utf-16",)
    for name in tried:
        try:
            return content.decode(name), name
        except UnicodeDecodeError:
            continue
        except LookupError as error:
            raise InputError("不认识的编码名称", name, "可用 utf-8、gbk、gb18030、big5") from error
    raise InputError(
        f"{file} 的文字不是 {' 或 '.join(tried)} 编码",
        "",
        "用 --encoding 写明编码（例如 gb18030、big5），或另存为 UTF-8",
    )


def _delimiter(text: str) -> str:
    head = "\n".join(text[:20_000].splitlines()[:20])
    return max((",", "\t", ";", "|"), key=head.count)


def _numbered(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the line number on which each record begins, and its cells.

    Quotes must be closed: a stray one would silently swallow the rows up to the next.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise csv.Error(f"第 {line} 行起引号不成对或写法不对") from error


def _trimmed(texts: list[str], body: list[list[str]]) -> list[str]:
    """Return a header without empty cells at its end, unless most rows have values there."""
    width = max(i + 1 for i, text in enumerate(texts) if text)
    beyond = sum(any(cell.strip() for cell in cells[width:]) for cells in body)
    return texts if beyond > len(body) / 2 else texts[:width]


def _columns(chunk: list[list[str]], width: int) -> list[pa.Array]:
    even = [row if len(row) == width else (row + [""] * width)[:width] for row in chunk]
    return [pa.array(column, pa.string()) for column in zip(*even, strict=True)]


def read_text(
    content: bytes, file: str, *, encoding: str | None, headers: Collection[str] | None
) -> RawTable:
    """Return a table of delimited text (csv, tsv); rows carry their line numbers.

    Raises
    ------
    InputError
        When the file is empty, is no text, or has a broken quotation.
    """
    for magic, kind in _FOREIGN.items():
        if content.startswith(magic):
            raise InputError(
                f"{file} 的内容是 {kind}，不是文本表格", "", "按真实格式改扩展名后再导入"
            )
    if b"\x00" in content[:4096] and encoding is None and not content.startswith(_UTF16):
        raise InputError(f"{file} 不是文本表格", "含有二进制内容", "另存为 csv（UTF-8）后再导入")
    text, used = decode(content, file, encoding)
    records = _numbered(text)
    try:
        top = list(islice(records, 20))
        width = max((len(cells) for _, cells in top), default=0)
        padded = [[c.strip() for c in cells] + [""] * (width - len(cells)) for _, cells in top]
        if not any(cell for row in padded for cell in row):
            raise InputError(f"{file} 是空文件", "", "检查导出是否成功")
        first, height, texts = find_header(padded, headers)
        body = top[first + height :]
        names = unique_headers(_trimmed(texts, [cells for _, cells in body]))
        large = _large(text, top[first][0] + height - 1, names)
        if large is not None:
            (frame, rows), broken = large, frozenset[int]()
        else:
            frame, rows, broken = _frame(body, records, names)
    except csv.Error as error:
        raise InputError(f"{file} 不是规范的 csv", error, "改正该行的英文双引号后再导入") from error
    notes = header_notes(file, None, first, height, top[first][0])
    return RawTable(frame, None, None, file, None, rows, used, notes, broken)


def _one_line_each(content: bytes) -> bool:
    """Tell whether no quoted cell holds a line break: then records are lines."""
    if b'"' not in content:
        return True
    buffer = np.frombuffer(content, dtype=np.uint8)
    starts = np.concatenate([[0], np.flatnonzero(buffer == ord("\n")) + 1])
    starts = starts[starts < buffer.size]
    quotes = np.add.reduceat(buffer == ord('"'), starts, dtype=np.int64)
    return bool((quotes % 2 == 0).all())


def _large(text: str, skip: int, names: list[str]) -> tuple[pd.DataFrame, Rows] | None:
    """Return the body of a large and regular text by Arrow's parser; None when it is not so.

    Blank lines, rows too wide or too short and quoted line breaks are left to the slower way,
    which treats each as it should be and knows every line number.
    """
    content = text.encode()
    if len(content) < _LARGE_BYTES or not _one_line_each(content):
        return None
    try:
        table = pa_csv.read_csv(
            pa.BufferReader(content),
            read_options=pa_csv.ReadOptions(
                skip_rows=skip, column_names=[str(i) for i in range(len(names))]
            ),
            parse_options=pa_csv.ParseOptions(delimiter=_delimiter(text), ignore_empty_lines=False),
            convert_options=pa_csv.ConvertOptions(
                column_types={str(i): pa.string() for i in range(len(names))},
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    columns = {name: text_series(table.column(i)) for i, name in enumerate(names)}
    frame = pd.DataFrame(columns)
    if frame.isna().all(axis=1).any():
        return None
    return frame, np.arange(skip + 1, skip + 1 + len(frame), dtype=np.int64)


def _frame(
    body: list[tuple[int, list[str]]],
    records: Iterator[tuple[int, list[str]]],
    names: list[str],
) -> tuple[pd.DataFrame, Rows, frozenset[int]]:
    """Return the body as text columns, its line numbers, and the positions of too wide rows.

    Blank lines are passed over.
    """
    width = len(names)
    parts: list[list[pa.Array]] = []
    numbers: list[int] = []
    broken: set[int] = set()
    while body:
        kept = [(line, cells) for line, cells in body if any(cell.strip() for cell in cells)]
        for i, (_, cells) in enumerate(kept):
            if len(cells) > width and any(cell.strip() for cell in cells[width:]):
                broken.add(len(numbers) + i)
        if kept:
            parts.append(_columns([cells for _, cells in kept], width))
            numbers.extend(line for line, _ in kept)
        body = list(islice(records, _CHUNK))
    columns = {
        name: text_series(pa.chunked_array([part[i] for part in parts], pa.string()))
        for i, name in enumerate(names)
    }
    frame = pd.DataFrame(columns, index=range(len(numbers)))
    return frame, np.array(numbers, dtype=np.int64), frozenset(broken)


def text_series(values: pa.ChunkedArray) -> pd.Series:
    """Return Arrow text as a ``str`` series, trimmed, empty as missing."""
    series = pd.Series(values.to_pandas()).astype("str").str.strip()
    return series.where(series != "")
