"""A day as computed, before it is put into words: inputs and scores side by side."""

from dataclasses import dataclass

from riskmap.district import District
from riskmap.facts import Facts
from riskmap.history import Past
from riskmap.inventory import Inventory
from riskmap.moment import Moment
from scoring.inputs import DailyInputs
from scoring.results import DailyScores
from scoring.scheme import Scheme


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
