"""Every table of the store: what a migration has to make and a copy has to carry."""

import sqlalchemy as sa

import riskmap.access.tables
import riskmap.devices.tables
import riskmap.ledger.tables
import riskmap.weekly.tables
from riskmap.storage.database import metadata

TABLE_MODULES = (
    riskmap.access.tables,
    riskmap.devices.tables,
    riskmap.ledger.tables,
    riskmap.weekly.tables,
)
"""Named here so that their tables are known to `metadata` before it is used."""


def all_tables() -> tuple[sa.Table, ...]:
    """Return every table; one that others refer to comes before them."""
    return tuple(metadata.sorted_tables)
