"""One fault in one cell of a source, as reported to the clerk who sent it."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal


@dataclass(frozen=True)
class Fault:
    """A value that is not what the contract expects.

    `row` is the row number that the clerk sees in the file (a spreadsheet's own number; for a
    csv the line, header = 1; for a vector format the feature's position, first = 1), or None
    when the fault concerns the whole file. `severity` is ``reject`` when the row was not taken
    and ``note`` when it was taken and something about it was repaired or is worth knowing.
    """

    file: str
    sheet: str | None
    row: int | None
    column: str | None
    value: str
    expected: str
    severity: Literal["reject", "note"] = "reject"

    def line(self) -> str:
        """Return the fault as one line of Chinese text."""
        place = [self.file]
        if self.sheet:
            place.append(f"工作表 {self.sheet}")
        if self.row is not None:
            place.append(f"第 {self.row} 行")
        if self.column:
            place.append(f"列 {self.column}")
        return f"{' · '.join(place)}：“{self.value}” —— {self.expected}"


def as_dicts(faults: Iterable[Fault]) -> list[dict[str, object]]:
    """Return faults as plain dictionaries for JSON."""
    return [asdict(fault) for fault in faults]
