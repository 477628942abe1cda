"""A day as computed, before it is put into words: inputs and scores side by side."""

from dataclasses import dataclass

from riskmap.daily.facts import Facts
from riskmap.daily.history import Past
from riskmap.daily.inventory import Inventory
from riskmap.district import District
from riskmap.moment import Moment
from scoring.daily.inputs import DailyInputs
from scoring.daily.results import DailyScores
from scoring.schemes.scheme import Scheme


@dataclass(frozen=True)
class Worked:
    """Everything that a document of the day may tell, aligned by town (n) in order of code."""

    moment: Moment
    scheme: Scheme
    district: District
    inventory: Inventory
    facts: Facts
    past: Past
    inputs: DailyInputs
    scores: DailyScores
