"""What towns and the office do about the cards of `riskmap demo`: answer, release, decline."""

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from riskmap.clock import NOW_VARIABLE

if TYPE_CHECKING:
    from riskmap.access.actors import Actor
    from riskmap.workspace import Workspace

SILENT = "339901008"
"""The town that never answers."""

_TOWN = {
    "answer": "已按要求逐项整改，清单和照片报安委办（样例）",
    "apply": "整改完成，申请复核验收、解除挂牌（样例）",
}
_OFFICE = {
    "release": "复核属实，符合解除条件（样例）",
    "decline": "把握不足，下周再看（样例）",
}


def see_to_cards(ws: "Workspace", now: datetime) -> None:
    """Do for every open card what can be done at a moment: one step by the office or the town."""
    from riskmap.weekly.cards.deciding import act, allowed, list_cards  # noqa: PLC0415  (pandas)

    town, office = _actor("镇街（样例）"), _actor("安委办（样例）")
    for card in list_cards(ws, state="open", known_until=now):
        for actor, words in ((office, _OFFICE), (town, _TOWN)):
            if actor is town and card.town == SILENT:
                continue
            can = [one.action for one in allowed(ws, card, actor, now) if one.action in words]
            if can:
                act(ws, actor, card.number, can[0], words[can[0]], version=card.version, now=now)
                break


def _actor(name: str) -> "Actor":
    from riskmap.access.actors import command_line  # noqa: PLC0415  (short --help)

    return replace(command_line(name), address=NOW_VARIABLE)
