"""Best and median town in the points of the town that is looked at, so that points subtract.

Where an indicator is missing, its points go to the others of the aspect: they weigh more for this
town. A stored week keeps best and median in the points of the scheme; they are worked out when it
is read, so that a week stored before says the same:

    best, median (of the scheme's points) · points open here / the scheme's points
"""

from collections.abc import Mapping, Sequence
from typing import Any

from riskmap.canonical import number

Document = Mapping[str, Any]


def in_own_points(town: Document, week: Document) -> dict[str, Any]:
    """Return a town of a week with `best` and `median` in its own points.

    Parameters
    ----------
    town
        Its row or detail as stored.
    week
        The document of the week: aspects and indicators with the scheme's points.

    Returns
    -------
    dict
        The town. Where it has no value of its own, best and median stay the scheme's points.
    """
    scale = _scale(town, week)
    told = {**town, "costs": [_scaled(one, scale[one["indicator"]]) for one in town["costs"]]}
    if "indicators" in town:
        told["indicators"] = [_scaled(one, scale[one["code"]]) for one in town["indicators"]]
    return told


def _scaled(one: Document, factor: float) -> dict[str, Any]:
    told = dict(one)
    if one["best"] is not None:
        told["best"] = {**one["best"], "points": number(one["best"]["points"] * factor)}
    if one.get("median") is not None:
        told["median"] = number(one["median"] * factor)
    return told


def _scale(town: Document, week: Document) -> dict[str, float]:
    """Return by indicator what one point of the scheme is worth here, 1 where it is missing."""
    missing = {code for aspect in town["aspects"] for code in aspect["missing"]}
    parts: Sequence[Document] = week["indicators"]
    scale = dict.fromkeys((one["code"] for one in parts), 1.0)
    for aspect in week["aspects"]:
        known = [p for p in parts if p["aspect"] == aspect["code"] and p["code"] not in missing]
        points = sum(one["points"] for one in known)
        scale |= {one["code"]: aspect["points"] / points for one in known}
    return scale
