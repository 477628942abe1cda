"""What a table promises: its columns, key and geometry, declared as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from layers.names import header_key

Dtype = Literal["str", "float", "int", "bool", "date", "datetime", "town_code", "community_code"]


UNITS_ZH: Mapping[str, str] = {
    "t": "吨",
    "persons": "人",
    "m2": "平方米",
    "CNY": "元",
    "degrees": "度",
}
"""Units as Chinese readers call them."""


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    name
        Canonical name; part of the public contract.
    dtype
        ``town_code`` is 9 digits; 12 digits ending in 000 are cut to 9, and 8 digits are taken
        because towns of Taiwan have 8 (county 5 + town 3). ``community_code`` is 12 digits, or
        11 in Taiwan (town 8 + village 3), with or without a dash before the last three.
    required
        Every row must have a value.
    unit
        Unit in which the number is stored (``t``, ``persons``, ``m2``, ``CNY``, ``degrees``).
    allowed
        Canonical value -> other spellings of it; None for free values.
    minimum, maximum
        Bounds of a number, inclusive, in `unit`.
    aliases
        Header spellings, best first; compared by `layers.names.header_key`.
    title_zh
        The column's name for Chinese readers.
    many
        The cell holds a list (separated by ; , 、 and the like); stored joined by ``;``.
    note
        What a reader of the reference must know besides.
    """

    name: str
    dtype: Dtype
    required: bool = False
    unit: str = ""
    allowed: Mapping[str, tuple[str, ...]] | None = None
    minimum: float | None = None
    maximum: float | None = None
    aliases: tuple[str, ...] = ()
    title_zh: str = ""
    many: bool = False
    note: str = ""

    @property
    def unit_zh(self) -> str:
        """The unit as Chinese readers call it."""
        return UNITS_ZH.get(self.unit, self.unit)

    def header_keys(self) -> tuple[str, ...]:
        """Return the keys of all headers that mean this column, best first, without repeats."""
        spellings = (self.name, self.title_zh, *self.aliases)
        return tuple(dict.fromkeys(header_key(text) for text in spellings if text))


@dataclass(frozen=True)
class Contract:
    """What a table promises.

    Parameters
    ----------
    key
        Column or columns that tell rows apart; None when rows have no identity.
    geometry
        Geometry types that a row may have; empty for a table without geometry.
    geometry_required
        Every row must have a geometry (or lon and lat).
    one_of
        Groups of columns; a row must have a value in at least one column of each group.
    reject_limit
        Largest share of rejected rows with which the rest is still used [-].
    """

    name: str
    title_zh: str
    columns: tuple[Column, ...]
    key: str | tuple[str, ...] | None = None
    geometry: frozenset[str] = field(default_factory=frozenset)
    geometry_required: bool = False
    one_of: tuple[tuple[str, ...], ...] = ()
    reject_limit: float = 0.2

    @property
    def key_columns(self) -> tuple[str, ...]:
        """Names of the key columns, empty when there is no key."""
        if self.key is None:
            return ()
        return (self.key,) if isinstance(self.key, str) else self.key

    def column(self, name: str) -> Column:
        """Return the column of a canonical name; KeyError when there is none."""
        return {column.name: column for column in self.columns}[name]

    def header_names(self) -> frozenset[str]:
        """Return the keys of every header that this contract knows."""
        return frozenset(key for column in self.columns for key in column.header_keys())


def words(text: str) -> tuple[str, ...]:
    """Return the words of a text; header spellings hold no white space.

    >>> words("镇街 乡镇")
    ('镇街', '乡镇')
    """
    return tuple(text.split())
