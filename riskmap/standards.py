"""The tables of national standards that lie in `data/standards`."""

from functools import cache
from pathlib import Path

from scoring.gb18218 import Tables, parse_tables

GB18218_FILES = (
    "gb18218_table1.csv",
    "gb18218_table2.csv",
    "gb18218_beta_table3.csv",
    "gb18218_beta_table4.csv",
    "gb18218_alpha.csv",
    "gb18218_table1_classes.csv",
)


def standards_dir() -> Path:
    """Return the folder of the standards' tables (beside the packages, also in the wheel)."""
    return Path(__file__).resolve().parent.parent / "data" / "standards"


@cache
def gb18218_tables() -> Tables:
    """Return the tables of GB 18218-2018, read once."""
    texts = [(standards_dir() / name).read_text(encoding="utf-8") for name in GB18218_FILES]
    return parse_tables(*texts[:5], classes_text=texts[5])
