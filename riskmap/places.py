"""Towns and sectors by the words that records use for them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

EVERYWHERE = frozenset({"全区", "全县", "全市", "全部", "所有", "all"})
"""Words that mean every town, or every sector."""

_SEPARATORS = re.compile(r"[;；、,，\s]+")


@dataclass(frozen=True)
class Places:
    """The towns (n) of a district in order of code, and the sectors (m) of the scheme.

    `domain_sector` maps the domains of records (and the sectors' own names) to a sector index.
    """

    codes: tuple[str, ...]
    names: tuple[str, ...]
    sectors: tuple[str, ...]
    domain_sector: Mapping[str, int]

    @property
    def shape(self) -> tuple[int, int]:
        """Return (n, m)."""
        return len(self.codes), len(self.sectors)

    def town_of(self, values: pd.Series) -> NDArray[np.int64]:
        """Return the town index of each value (code of 9 or 12 digits, or name); -1 unknown."""
        known = {name: i for i, name in enumerate(self.names)}
        known |= {code: i for i, code in enumerate(self.codes)}
        known |= {f"{code}000": i for i, code in enumerate(self.codes)}
        return _looked_up(values, known)

    def sector_of(self, domains: pd.Series) -> NDArray[np.int64]:
        """Return the sector index of each domain; -1 where the scheme does not know it."""
        return _looked_up(domains, self.domain_sector)

    def towns_in(self, text: object) -> tuple[NDArray[np.bool_], list[str]]:
        """Return which towns a cell like "全区" or "甲镇;乙镇" names (n,), and unknown words.

        An empty cell means the whole district.
        """
        words = _words(text)
        if not words or EVERYWHERE.intersection(words):
            return np.ones(len(self.codes), bool), []
        found = self.town_of(pd.Series(words, dtype=object))
        named = np.zeros(len(self.codes), bool)
        named[found[found >= 0]] = True
        return named, [word for word, i in zip(words, found, strict=True) if i < 0]

    def sectors_in(self, text: object) -> tuple[NDArray[np.bool_], list[str]]:
        """Return which sectors a cell names (m,), and unknown words; empty means all."""
        words = _words(text)
        if not words or EVERYWHERE.intersection(words):
            return np.ones(len(self.sectors), bool), []
        found = self.sector_of(pd.Series(words, dtype=object))
        named = np.zeros(len(self.sectors), bool)
        named[found[found >= 0]] = True
        return named, [word for word, i in zip(words, found, strict=True) if i < 0]


def _words(text: object) -> list[str]:
    if text is None or text is pd.NA or (isinstance(text, float) and np.isnan(text)):
        return []
    return [word for word in _SEPARATORS.split(str(text).strip()) if word]


def _looked_up(values: pd.Series, known: Mapping[str, int]) -> NDArray[np.int64]:
    stripped = values.astype("str").str.strip()
    return stripped.map(known).fillna(-1).to_numpy(np.float64).astype(np.int64)
