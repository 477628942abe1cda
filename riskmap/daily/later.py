"""Facts of a day that a computed result does not count, because they came after its moment."""

from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from riskmap.moment import Moment
from riskmap.records.dangers import not_void
from riskmap.records.reading import read_records
from riskmap.records.warnings import covers
from riskmap.workspace import Workspace

BEGINS = {
    "warnings": ("issued_at", "气象预警"),
    "hidden_dangers": ("found_at", "隐患"),
    "accidents": ("occurred_at", "事故与险情"),
    "alarms": ("raised_at", "重大危险源报警"),
    "responses": ("started_at", "应急响应"),
}
"""Record kind -> the column that says when its fact began, and its name."""


@dataclass(frozen=True)
class Later:
    """Records of one kind that began on the day after its moment, or were learnt too late."""

    kind: str
    name: str
    count: int
    first: pd.Timestamp

    def line(self) -> str:
        """Return one line of Chinese text."""
        return f"{self.name} {self.count} 条（最早 {self.first:%m-%d %H:%M}）"


def later_records(ws: Workspace, moment: Moment, now: datetime) -> list[Later]:
    """Return, by kind, the day's records known at `now` that the result does not count.

    A record is not counted when its fact began after ``moment.at`` (still on that day), or when
    it was learnt after ``moment.known_until``. ``--as-of`` with a later time counts them.
    Warnings for other districts never count, so they are left out.
    """
    found = []
    for kind, (column, name) in BEGINS.items():
        rows = read_records(ws, kind, now)
        rows = not_void(rows) if kind == "hidden_dangers" else rows
        begins = rows[column].dt.tz_convert(moment.zone)
        that_day = begins.dt.date == moment.day
        known = read_records(ws, kind, moment.known_until.to_pydatetime())
        unseen = (begins > moment.at) | ~rows["key"].isin(known["key"])
        if kind == "warnings" and ws.settings.district.code:
            unseen &= covers(rows["division_code"], ws.settings.district.code)
        chosen = begins[that_day & unseen]
        if len(chosen):
            found.append(Later(kind, name, len(chosen), chosen.min()))
    return found
