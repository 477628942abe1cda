"""How far people may lower a colour: by one step, counted from the colour that the day has.

The engine lowers one step whatever is stored (`scoring.daily.floors`), so a record that asked for
more would say one colour and the map another: it is refused at the door. What stands in the store
already stays. A day that has no colour yet has nothing to count from; the engine's limit holds.
"""

from collections.abc import Collection, Mapping
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskmap.colours import WORDS
from riskmap.daily.history import shown_days, town_scores
from riskmap.workspace import Workspace
from scoring.levels import LEVELS

Colours = Mapping[tuple[date, str], str]
"""The colour that readers see, by day and code of the town; a day not computed is not there."""


def colours_of(ws: Workspace, asked: Collection[date]) -> Colours:
    """Return the colours of the towns on some days, as they are shown now."""
    if not asked:
        return {}
    with ws.read() as connection:
        shown = shown_days(connection, min(asked), max(asked))
        table = town_scores(connection, [day for day in shown if day.date in asked])
    return {
        (day, str(code)): str(level)
        for code, day, level in table[["code", "date", "level"]].itertuples(index=False)
        if level in LEVELS
    }


def colour_of(ws: Workspace, day: date, town: str) -> str | None:
    """Return the colour that a town has on a day; None where it is not known."""
    return colours_of(ws, {day}).get((day, town))


def steps_down(current: str, level: str) -> int:
    """Return how many steps a colour lies below another; negative when it lies above.

    >>> steps_down("orange", "blue"), steps_down("orange", "orange")
    (2, 0)
    """
    return LEVELS.index(current) - LEVELS.index(level)


def possible(current: str) -> str:
    """Return the sentence that says what lowering a colour can do.

    >>> possible("orange")
    '这一天现为橙，下调至多一级，只能调到黄'
    """
    step = LEVELS.index(current) - 1
    if step < 0:
        return f"这一天现为{WORDS[current]}，不能再下调"
    return f"这一天现为{WORDS[current]}，下调至多一级，只能调到{WORDS[LEVELS[step]]}"


def too_far(ws: Workspace, table: pd.DataFrame) -> dict[str, NDArray[np.bool_]]:
    """Return the rows (k,) that lower by more than one step, by the sentence that mends them.

    Parameters
    ----------
    table
        Checked rows of overrides: date, town (code), level, direction. A row that lowers to the
        colour the day has already may be what made it so; it passes.
    """
    down = table["direction"].eq("down") & table["date"].notna()
    days = table["date"].dt.date
    colours = colours_of(ws, set(days[down]))
    said: dict[str, NDArray[np.bool_]] = {}
    for i in np.flatnonzero(down.to_numpy(dtype=bool)):
        current = colours.get((days.iloc[i], str(table["town"].iloc[i])))
        level = table["level"].iloc[i]
        if current is not None and level in LEVELS and steps_down(current, level) > 1:
            said.setdefault(possible(current), np.zeros(len(table), dtype=bool))[i] = True
    return said
