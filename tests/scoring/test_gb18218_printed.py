"""The tables in data/standards against the printed text of GB 18218-2018, parsed on its own."""

import os
import re
from pathlib import Path

import numpy as np
import pytest

from riskmap.standards import gb18218_tables
from scoring.gb18218 import alpha, identify

pytestmark = pytest.mark.real

Cells = list[str]


@pytest.fixture(scope="module")
def printed() -> dict[str, list[Cells]]:
    """Return the rows of tables 1 to 5 by table number; the text is a transcription by OCR."""
    path = Path(os.environ["RISKMAP_REAL_DATA"]) / "gb18218" / "GB18218-2018_fulltext.md"
    tables: dict[str, list[Cells]] = {}
    number = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        heading = re.match(r"表 (\d)", line)
        if heading:
            number = heading[1]
        elif line.startswith("|") and number:
            cells = [_plain(cell) for cell in line.strip("|").split("|")]
            tables.setdefault(number, []).append(cells)
    return tables


def _plain(cell: str) -> str:
    text = re.sub(r"(\\_)+", "-", cell)
    return re.sub(r"\s+", "", text)


def _number(cell: str) -> float:
    found = re.match(r"[\d.]+", cell)
    assert found is not None, cell
    return float(found[0])


def test_threshold_quantities_and_cas_of_the_85_substances(printed) -> None:
    tables = gb18218_tables()
    rows = {int(cells[0]): cells for cells in printed["1"] if cells[0].isdigit()}
    assert sorted(rows) == list(range(1, 86)) == sorted(tables.q_crit_t)
    assert {no: _number(cells[-1]) for no, cells in rows.items()} == dict(tables.q_crit_t)
    for no, cells in rows.items():
        name = tables.index.substances[no].bare[0]
        assert cells[1].casefold().startswith(name[:2]), (no, cells[1], name)
        cas = re.findall(r"\d{2,7}-\d{2}-\d", cells[3]) if len(cells) == 5 else []
        assert set(cas) <= set(tables.index.substances[no].cas), (no, cas)


def test_the_24_classes_with_q_and_beta(printed) -> None:
    categories = gb18218_tables().categories
    symbol = re.compile(r"[JW]\d{1,2}(\.\d)?")
    for table, value in (("2", "q_crit_t"), ("4", "beta")):
        found = {}
        for cells in printed[table]:
            place = next((i for i, cell in enumerate(cells) if symbol.fullmatch(cell)), None)
            if place is not None:
                found[cells[place]] = _number(cells[-1])
        assert found == {key: getattr(one, value) for key, one in categories.items()}
        assert len(found) == 24


def test_beta_of_the_toxic_gases_by_name(printed) -> None:
    rows = [cells for cells in printed["3"] if re.fullmatch(r"\d+", cells[-1])]
    assert len(rows) == 14
    found = identify(gb18218_tables(), [row[0] for row in rows], [None] * 14, [None] * 14)
    assert found.beta.tolist() == [float(row[-1]) for row in rows]
    assert all(source.startswith("表3") for source in found.beta_source)


def test_alpha_at_the_ends_of_every_printed_row(printed) -> None:
    rows = [cells for cells in printed["5"] if "人" in cells[0] and cells[1][0].isdigit()]
    persons, expected = [], []
    for cells in rows:
        ends = [float(number) for number in re.findall(r"\d+", cells[0])]
        persons += ends
        expected += [float(cells[1])] * len(ends)
    assert len(rows) == 5
    assert alpha(gb18218_tables(), np.array(persons)).tolist() == expected
