"""The rows of a returned form: every town of the district once, none of anywhere else."""

from typing import Any

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from layers.names import clean, or_nearest
from riskmap.ledger.ground import Ground
from riskmap.weekly.deliveries.delivery_form import FIRST_ROW
from riskmap.weekly.deliveries.returned_heads import Faults, Standing

NOWHERE = ""
"""Stands for the town of a row that cannot be told: its cells are checked, and not taken."""
_DIVISION = 6
"""Digits of a town's code that name its district."""


def towns_by_row(
    found: Faults, written: Worksheet, shown: Worksheet, ground: Ground, where: Standing
) -> dict[int, str]:
    """Check the towns; return the code of the town by row, of every row whose cells are to be read.

    A town that is there twice is there with both rows, one that cannot be told as `NOWHERE`: all
    faults of the cells are told at once. A row that is to be deleted is left out.
    """
    title = str(written.title)
    rows: dict[int, str] = {}
    first: dict[str, int] = {}
    for row in range(FIRST_ROW, written.max_row + 1):
        if not any(_text(cell.value) for cell in written[row]):
            continue
        code = _town(found, title, shown, row, ground, where)
        if code is None:
            continue
        rows[row] = code
        if code in first:
            name, cell = ground.name_of(code), f"{get_column_letter(where.code)}{row}"
            found.fault(title, cell, name, f"这个镇街在第 {first[code]} 行已有，删去一行")
        elif code != NOWHERE:
            first[code] = row
    lacking = [name for code, name in zip(ground.codes, ground.names, strict=True)
               if code not in first]  # fmt: skip
    last = max(written.max_row, FIRST_ROW)
    for name in lacking:
        mend = f"缺少镇街“{name}”的一行，请用下载的表格；没有数据就留空"
        column = get_column_letter(where.code)
        found.fault(title, f"{column}{FIRST_ROW}:{column}{last}", name, mend)
    return rows


def _town(  # noqa: PLR0917  (one row of a form, and the district)
    found: Faults, title: str, sheet: Worksheet, row: int, ground: Ground, where: Standing
) -> str | None:
    """Return the code of a row's town; `NOWHERE` or None (to be deleted), and a fault, for none."""
    code, name = (_text(sheet.cell(row, column).value) for column in (where.code, where.name))
    code_cell, name_cell = (f"{get_column_letter(at)}{row}" for at in (where.code, where.name))
    by_code, by_name = (ground.words.code(text) if text else None for text in (code, name))
    if not code and not name:
        found.fault(title, code_cell, None, "这一行没有镇街，补上或删去")
        return None
    if code and by_code is None:
        found.fault(title, code_cell, code, _no_town(code, ground))
        return NOWHERE if by_name else None
    if name and by_name is None:
        found.fault(title, name_cell, name, f"没有这个镇街；{or_nearest(name, ground.names)}")
        return NOWHERE if by_code else None
    if by_code and by_name and by_code != by_name:
        expected = ground.name_of(by_code)
        found.fault(title, name_cell, name, f"与代码 {code} 不一致，这个代码是“{expected}”")
        return NOWHERE
    return by_code or by_name


def _no_town(code: str, ground: Ground) -> str:
    district = {one[:_DIVISION] for one in ground.codes}
    if code.isdigit() and code[:_DIVISION] not in district:
        return "不是本区的镇街，删去这一行"
    return f"没有这个镇街代码；{or_nearest(code, ground.codes)}"


def _text(value: Any) -> str:
    """Return a code or name as text: 330106001.0 is 330106001."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else clean(str(value))
