"""Make the shipped table of holidays anew from the package chinesecalendar.

Run `python -m riskmap.ledger.holiday_table > data/calendars/workdays-cn.csv` once a year, when the
package knows the notice of the State Council's office for the coming year (November).
"""

import csv
import io
import sys
from collections.abc import Iterable
from datetime import date
from importlib.metadata import version

from riskmap.ledger.workdays import COLUMNS, HOLIDAY, MAKEUP

FIRST_YEAR = 2019
"""The first year that the default scheme is valid for."""

NAMES_ZH = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
}


def holiday_rows(years: Iterable[int] | None = None) -> list[tuple[str, str, str, str]]:
    """Return (date, kind, name, source) of every holiday and make-up day, in order of date.

    Parameters
    ----------
    years
        Which years; None takes all that the package knows from `FIRST_YEAR` on.
    """
    from chinese_calendar.constants import holidays, workdays  # noqa: PLC0415  (only this command)

    wanted = None if years is None else set(years)
    source = f"国务院办公厅放假通知，据 chinesecalendar {version('chinesecalendar')}"

    def rows(table: dict[date, str], kind: str, ending: str) -> list[tuple[str, str, str, str]]:
        return [
            (day.isoformat(), kind, NAMES_ZH[name] + ending, source)
            for day, name in table.items()
            if day.year >= FIRST_YEAR and (wanted is None or day.year in wanted)
        ]

    return sorted(rows(holidays, HOLIDAY, "") + rows(workdays, MAKEUP, "调休上班"))


def main() -> None:
    """Write the table to standard output."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(holiday_rows())
    sys.stdout.write(text.getvalue())


if __name__ == "__main__":
    main()
