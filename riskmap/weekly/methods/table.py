"""How an indicator is measured on records: the scheme's names of methods, one function each."""

from collections.abc import Callable, Mapping

from riskmap.weekly.measures import Measure
from riskmap.weekly.methods.accidents import accident_points, fires_per_10k
from riskmap.weekly.methods.dangers import (
    closed_in_term,
    exposed_in_time,
    fire_rectified,
    overdue_points,
)
from riskmap.weekly.methods.devices import alarms_in_time, online
from riskmap.weekly.methods.duties import committed
from riskmap.weekly.methods.inspections import enforcement_ratio, found_rate, published_in_time
from riskmap.weekly.methods.material import Material
from riskmap.weekly.methods.shelters import shelters_usable
from scoring.weekly.parts import WeeklyIndicator

Method = Callable[[Material, WeeklyIndicator], Measure]

METHODS: Mapping[str, Method] = {
    "fire_rectified": fire_rectified,
    "fires_per_10k": fires_per_10k,
    "found_rate": found_rate,
    "enforcement_ratio": enforcement_ratio,
    "published_in_time": published_in_time,
    "accident_points": accident_points,
    "closed_in_term": closed_in_term,
    "exposed_in_time": exposed_in_time,
    "overdue_points": overdue_points,
    "committed": committed,
    "online": online,
    "alarms_2h": alarms_in_time,
    "shelters_usable": shelters_usable,
}
"""By the `method` of an indicator of origin "records" (docs/reference/scheme.md, `[weekly]`)."""
