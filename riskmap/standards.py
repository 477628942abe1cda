"""The tables of national standards that lie in `data/standards`."""

from functools import cache

from riskmap.paths import data_dir
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
