"""Texts of the pages by key: Chinese first, English second."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from web.texts.access import ACCESS
from web.texts.audit import AUDIT
from web.texts.cards import CARDS
from web.texts.deliveries import DELIVERIES
from web.texts.frame import FRAME
from web.texts.gaming import GAMING
from web.texts.labels import LABELS
from web.texts.ledger import LEDGER
from web.texts.map import MAP
from web.texts.records import RECORDS
from web.texts.report import REPORT
from web.texts.rows import ROWS
from web.texts.town import TOWN
from web.texts.week_office import WEEK_OFFICE
from web.texts.weekly import WEEKLY
from web.texts.weekly_town import WEEKLY_TOWN

TABLES: tuple[Mapping[str, tuple[str, str]], ...] = (
    FRAME,
    ACCESS,
    AUDIT,
    MAP,
    TOWN,
    ROWS,
    LABELS,
    LEDGER,
    GAMING,
    REPORT,
    RECORDS,
    WEEKLY,
    WEEK_OFFICE,
    DELIVERIES,
    WEEKLY_TOWN,
    CARDS,
)


def _joined() -> Mapping[str, tuple[str, str]]:
    joined: dict[str, tuple[str, str]] = {}
    for table in TABLES:
        twice = joined.keys() & table.keys()
        if twice:
            raise ValueError(f"text keys defined twice: {sorted(twice)}")
        joined.update(table)
    return MappingProxyType(joined)


TEXTS = _joined()


class Texts:
    """Look texts up in one language: `t("days_ago", days=3)`."""

    def __init__(self, language: Literal["zh", "en"]) -> None:
        self.language = language
        self._column = 1 if language == "en" else 0

    def __call__(self, key: str, **values: object) -> str:
        """Return the text of a key with its values filled in.

        Raises
        ------
        KeyError
            There is no such key.
        """
        return TEXTS[key][self._column].format(**values)

    def pick(self, chinese: str, english: str) -> str:
        """Return one of two texts, for words that come from data with both languages."""
        return english if self._column else chinese
