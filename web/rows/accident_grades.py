"""The grade of accidents as a column of their list and a fact of their page."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pandas as pd

from riskmap.records.accident_grades import UNKNOWN, graded, harm_zh
from web.rows.row_tables import Reader
from web.texts.lookup import Texts

KIND, COLUMN = "accidents", "accident_grade"


def with_grades(table: pd.DataFrame, reader: Reader, at: datetime) -> pd.DataFrame:
    """Return accidents with the grade and the figure that decides it, as known at a moment."""
    told = grade_texts(table, reader, at)
    made = table.assign(**{COLUMN: pd.Series(told, index=table.index, dtype="object")})
    names = [str(name) for name in table.columns]
    after = names.index("domain") + 1 if "domain" in names else len(names)
    return made[[*names[:after], COLUMN, *names[after:]]]


def grade_of(fields: Mapping[str, Any], reader: Reader, at: datetime) -> str | None:
    """Return the grade of one accident in words; None where no figure is known."""
    row = pd.DataFrame([fields], columns=list(fields))
    for name in ("deaths", "serious_injuries", "loss_cny"):
        row[name] = row[name].astype("float64")
    row["occurred_at"] = pd.to_datetime(row["occurred_at"], utc=True)
    return grade_texts(row, reader, at)[0]


def grade_texts(table: pd.DataFrame, reader: Reader, at: datetime) -> list[str | None]:
    """Return "较大事故（死亡 3 人）" for each row (k,), None where no figure is known."""
    found = graded(table, reader.zone, at.astimezone(reader.zone).date())
    t = Texts("en" if reader.language == "en" else "zh")
    told: list[str | None] = []
    for grade, measure, dead, hurt, loss in zip(
        found.grade.tolist(), found.measure.tolist(), found.deaths.tolist(),
        table["serious_injuries"].tolist(), table["loss_cny"].tolist(), strict=True,
    ):  # fmt: skip
        if grade == UNKNOWN:
            told.append(None)
            continue
        name = t(f"accident_{grade}")
        if measure < 0:
            told.append(name)
        elif reader.language == "en":
            figures = (f"{dead:.0f} dead", f"{hurt:.0f} seriously injured", f"loss CNY {loss:,.0f}")
            told.append(f"{name} ({figures[measure]})")
        else:
            told.append(f"{name}（{harm_zh(measure, dead, hurt, loss)}）")
    return told
