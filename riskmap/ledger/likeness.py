"""Which photos look the same: perceptual hashes compared bit by bit."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import sqlalchemy as sa

from riskmap.ledger.states import BY_ACTION
from riskmap.ledger.tables import danger_photos, danger_steps, photos
from riskmap.workspace import Workspace


@dataclass(frozen=True)
class PhotoUse:
    """A photo as it came with a step of a danger."""

    number: str
    version: int
    action: str
    learnt_at: datetime
    digest: str
    likeness: int

    @property
    def title_zh(self) -> str:
        """Return what the step is called."""
        return BY_ACTION[self.action].title_zh if self.action in BY_ACTION else "上报"


def likenesses(ws: Workspace, known_until: datetime | None = None) -> list[PhotoUse]:
    """Return every use of a photo, oldest first."""
    query = (
        sa.select(
            danger_photos.c.number,
            danger_photos.c.version,
            danger_steps.c.action,
            danger_steps.c.learnt_at,
            photos.c.digest,
            photos.c.likeness,
        )
        .join(photos, photos.c.digest == danger_photos.c.digest)
        .join(
            danger_steps,
            sa.and_(
                danger_steps.c.number == danger_photos.c.number,
                danger_steps.c.version == danger_photos.c.version,
            ),
        )
        .order_by(danger_steps.c.learnt_at, danger_steps.c.id, photos.c.digest)
    )
    if known_until is not None:
        query = query.where(danger_steps.c.learnt_at <= known_until)
    with ws.read() as connection:
        return [PhotoUse(*row[:5], likeness=int(row[5], 16)) for row in connection.execute(query)]


def pairs_alike(
    uses: Sequence[PhotoUse], bits: int, since: datetime | None = None
) -> Iterator[tuple[PhotoUse, PhotoUse, int]]:
    """Yield (older, newer, differing bits) of photos that look the same.

    Several shots of one step may look alike; photos of different dangers, or of different
    actions on one danger (before and after), should not.

    Parameters
    ----------
    uses
        Oldest first.
    bits
        Most bits of 64 in which two copies may differ.
    since
        Only pairs whose newer photo was learnt after this moment (None: all).
    """
    hashes = np.array([use.likeness for use in uses], dtype=np.uint64)
    first = 0 if since is None else bisect_right(uses, since, key=lambda use: use.learnt_at)
    for position, newer in enumerate(uses[first:], first):
        apart = np.bitwise_count(hashes[:position] ^ hashes[position])
        for other in np.flatnonzero(apart <= bits):
            older = uses[int(other)]
            if older.number != newer.number or older.action != newer.action:
                yield older, newer, int(apart[other])
