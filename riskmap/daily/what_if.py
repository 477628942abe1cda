"""What would change a town's colour, as documents."""

from typing import Any

import numpy as np

from riskmap.canonical import numbers
from scoring.daily.inputs import DailyInputs
from scoring.daily.results import DailyScores
from scoring.daily.whatif import BLOCKERS, list_actions, what_if
from scoring.levels import level_name
from scoring.schemes.scheme import Scheme


def what_if_documents(
    inputs: DailyInputs, scores: DailyScores, scheme: Scheme
) -> list[dict[str, Any] | None]:
    """Return, by town, the fewest actions to the next better level; None where none is asked.

    A town that is green or has no level is not asked. `blocked_by` names the rules in the way,
    ``score`` where all actions together do not lower the score enough.
    """
    answer = what_if(inputs, scores, scheme)
    rows = list_actions(answer, inputs, scheme)
    actions: list[list[dict[str, Any]]] = [[] for _ in range(inputs.n_towns)]
    for town, number, sector, count in zip(
        rows.town.tolist(),
        rows.action.tolist(),
        rows.sector.tolist(),
        rows.count.tolist(),
        strict=True,
    ):
        action = scheme.actions[number]
        name = scheme.sector_codes[sector] if sector >= 0 else None
        actions[town].append(
            {
                "action": action.code,
                "sector": name,
                "count": count,
                "text": action.text.format(sector=name or "", count=count),
            }
        )
    score = numbers(answer.score)
    return [
        {
            "target_level": level_name(int(answer.target[i])),
            "score": score[i],
            "level": level_name(int(answer.level[i])) if answer.reachable[i] else None,
            "reachable": bool(answer.reachable[i]),
            "blocked_by": [BLOCKERS[j] for j in np.flatnonzero(answer.blocked[i])],
            "actions": actions[i],
        }
        if answer.asked[i]
        else None
        for i in range(inputs.n_towns)
    ]
