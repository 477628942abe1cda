"""Deaths after the day of an accident on a form: rows of a date and a number, one text in files.

The rows work without scripts: three are offered, and one more than are filled.
"""

from collections.abc import Mapping

from riskmap.records.late_deaths import late_deaths

FIELD = "late_deaths"
DAY, PERSONS = "late_day_", "late_persons_"
OFFERED, MOST = 3, 100
FAULT = "每行写明日期和人数，日期如 2026-07-01，人数为整数"


def joined(form: Mapping[str, str]) -> dict[str, str]:
    """Return a form with its rows as the one text that a record holds; rows stay as typed.

    >>> joined({"late_day_1": "2026-07-01", "late_persons_1": "1", "late_day_2": ""})[FIELD]
    '2026-07-01:1'
    """
    if not _has_rows(form):
        return dict(form)
    rows = [(form.get(f"{DAY}{i}", ""), form.get(f"{PERSONS}{i}", "")) for i in range(1, MOST)]
    said = ";".join(f"{day}:{persons}" for day, persons in rows if day or persons)
    return {**form, FIELD: said}


def spread(values: Mapping[str, str]) -> dict[str, str]:
    """Return the values of a form with a record's text as rows, unless rows were typed.

    >>> spread({"late_deaths": "2026-07-01:1"})["late_day_1"]
    '2026-07-01'
    """
    if _has_rows(values):
        return dict(values)
    rows: dict[str, str] = {}
    for i, (day, persons) in enumerate(late_deaths(values.get(FIELD, "")) or (), start=1):
        rows |= {f"{DAY}{i}": day.isoformat(), f"{PERSONS}{i}": str(persons)}
    return {**values, **rows}


def unread(values: Mapping[str, str]) -> bool:
    """Say whether rows were typed that are no day with a number."""
    return _has_rows(values) and late_deaths(values.get(FIELD, "")) is None


def _has_rows(values: Mapping[str, str]) -> bool:
    return f"{DAY}1" in values
