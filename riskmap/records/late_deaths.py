"""Deaths after the day of an accident: how a record writes them, and which of them count.

Decree 493, article 13: whoever dies within 30 days of the accident (7 days for accidents on the
road and fires) counts to its grade; later deaths are told but do not count (DOMAIN §5).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, tzinfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.names import clean

_PART = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?\s*[:：]\s*(\d{1,4})人?")


def late_deaths(text: str) -> tuple[tuple[date, int], ...] | None:
    """Return (day of death, persons) of every part, None when the text is not of that form.

    >>> late_deaths("2026-07-01:1；2026年7月3日：2人")
    ((datetime.date(2026, 7, 1), 1), (datetime.date(2026, 7, 3), 2))
    >>> late_deaths("一人") is None
    True
    """
    found = []
    for part in re.split(r"[;；,，]", clean(text)):
        if not part.strip():
            continue
        match = _PART.fullmatch(part.strip())
        if match is None:
            return None
        try:
            day = date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError:
            return None
        found.append((day, int(match[4])))
    return tuple(sorted(found))


def late_deaths_text(text: str) -> str | None:
    """Return the text in its one form, None when it cannot be read.

    >>> late_deaths_text("2026/7/1：1")
    '2026-07-01:1'
    """
    parts = late_deaths(text)
    return None if parts is None else ";".join(f"{day}:{persons}" for day, persons in parts)


@dataclass(frozen=True)
class LateDeaths:
    """Late deaths that count, of a table of accidents (n rows), one entry per day of death (k,).

    `row` is the accident's position, `day` the day of death, `persons` how many.
    """

    row: NDArray[np.int64]
    day: NDArray[np.datetime64]
    persons: NDArray[np.float64]

    def counted(self, deaths: NDArray[np.float64], today: np.datetime64) -> NDArray[np.float64]:
        """Return the deaths (n,) by the end of a day: those of the first day and the late ones.

        An accident whose first figure is unknown has at least its late deaths.
        """
        died = self.day <= today
        late = np.bincount(self.row[died], weights=self.persons[died], minlength=len(deaths))
        total: NDArray[np.float64] = np.where(late > 0, np.nan_to_num(deaths) + late, deaths)
        return total

    def latest(self, count: int, today: np.datetime64) -> NDArray[np.datetime64]:
        """Return the last day by the end of `today` on which somebody died late (count,), or NaT.

        The floors of E4 and E5 run anew from it: the hour of a death is not recorded, so they
        are counted from the end of that day.
        """
        found = np.full(count, np.datetime64("1900-01-01", "D"))
        died = (self.day <= today) & (self.persons > 0)
        np.maximum.at(found, self.row[died], self.day[died].astype("datetime64[D]"))
        found[found == np.datetime64("1900-01-01", "D")] = np.datetime64("NaT", "D")
        return found


def read_late_deaths(rows: pd.DataFrame, zone: tzinfo, days: Mapping[str, int]) -> LateDeaths:
    """Return the late deaths of accidents that count to the grade.

    Parameters
    ----------
    rows
        Accidents as `riskmap.records.reading.read_records` gives them.
    days
        Within how many days after the accident a death counts, by domain; "*" for the others.
    """
    found: list[tuple[int, date, int]] = []
    for i, text in enumerate(rows["late_deaths"]):
        if pd.isna(text):
            continue
        accident = rows["occurred_at"].iloc[i].tz_convert(zone).date()
        limit = days.get(str(rows["domain"].iloc[i]), days["*"])
        found += [
            (i, day, persons)
            for day, persons in late_deaths(str(text)) or ()
            if 0 <= (day - accident).days <= limit
        ]
    row, day, persons = zip(*found, strict=True) if found else ((), (), ())
    return LateDeaths(
        np.array(row, dtype=np.int64),
        np.array(day, dtype="datetime64[D]"),
        np.array(persons, dtype=np.float64),
    )
