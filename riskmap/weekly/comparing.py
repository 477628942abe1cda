"""A town's aspects beside the district's: the median share and the best one of every aspect."""

from collections.abc import Mapping
from statistics import median
from typing import Any


def aspect_lines(document: Mapping[str, Any], code: str) -> list[dict[str, Any]]:
    """Return the aspects of a town with what the district got.

    Parameters
    ----------
    document
        A week document (`riskmap.weekly.weeks.read_week`).
    code
        The town.

    Returns
    -------
    list of dict
        `code`, `name`, `points`, `of`, `missing`, and as shares of 1 (None unknown): `share` of
        the town, `median` and `best` over the towns that have one.

    Raises
    ------
    KeyError
        The week has no such town.
    """
    towns = {town["code"]: town["aspects"] for town in document["towns"]}
    names = {one["code"]: one["name"] for one in document["aspects"]}
    lines = []
    for place, own in enumerate(towns[code]):
        shares = [each[place]["share"] for each in towns.values()]
        known = [share for share in shares if share is not None]
        lines.append(
            {
                **own,
                "name": names[own["code"]],
                "median": median(known) if known else None,
                "best": max(known) if known else None,
            }
        )
    return lines
