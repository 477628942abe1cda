"""The tables of national standards that lie in `data/standards`."""

import csv
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from riskmap.paths import data_dir
from scoring.accident_grade import Grades, parse_grades
from scoring.gb18218 import Tables, parse_tables

GB18218_FILES = (
    "gb18218_table1.csv",
    "gb18218_table2.csv",
    "gb18218_beta_table3.csv",
    "gb18218_beta_table4.csv",
    "gb18218_alpha.csv",
    "gb18218_table1_classes.csv",
)


@cache
def gb18218_tables() -> Tables:
    """Return the tables of GB 18218-2018, read once."""
    folder = data_dir() / "standards"
    texts = [(folder / name).read_text(encoding="utf-8") for name in GB18218_FILES]
    return parse_tables(*texts[:5], classes_text=texts[5])


@cache
def accident_grades() -> Grades:
    """Return the four grades of accidents by decree 493, read once."""
    path = data_dir() / "standards" / "accident_grades_493.csv"
    return parse_grades(path.read_text(encoding="utf-8"))


@cache
def late_death_days() -> Mapping[str, int]:
    """Return within how many days after an accident a death counts, by domain; "*" the others."""
    path = data_dir() / "standards" / "accident_late_deaths_493.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        return MappingProxyType({row["domain"]: int(row["days"]) for row in csv.DictReader(lines)})
