"""The daily score: inherent risk × what is going on today ÷ how well it is controlled.

``x_s = I_s · D_s / C``, ``r_s = min(1, x_s)``, score ``= 100 (0.5 max r + 0.5 Σ w r / Σ w)``
over the known sectors (DOMAIN §11.1), then the rules E1 … E9 (§11.2). Pure functions of
arrays; no loop over towns.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.daily.combination import dominant_sector, sector_points, split_contributions
from scoring.daily.control import control_factor
from scoring.daily.dynamic import (
    backlog_term,
    bounded_term,
    dynamic_factor,
    strongest_signals,
    weather_term,
)
from scoring.daily.floors import (
    highest_floor,
    list_floors,
    record_floors,
    settle_levels,
    signal_floors,
)
from scoring.daily.inherent import inherent_risk, known_weight
from scoring.daily.inputs import BACKLOG_COLUMNS, DailyInputs, Triggers
from scoring.daily.normalise import normalise
from scoring.daily.results import FACTORS, TERMS, DailyScores, Floors
from scoring.levels import distance_to_bands, level_of_score
from scoring.schemes.scheme import Scheme

__all__ = [
    "BACKLOG_COLUMNS",
    "FACTORS",
    "TERMS",
    "DailyInputs",
    "DailyScores",
    "Floors",
    "Triggers",
    "score_day",
]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class _Sectors:
    """Everything about the sectors before they are combined (see ``DailyScores``)."""

    hazard_norm: FloatArray
    exposure: FloatArray
    vulnerability: FloatArray
    inherent: FloatArray
    terms: FloatArray
    signal: NDArray[np.int64]
    dynamic: FloatArray
    control: FloatArray


@dataclass(frozen=True)
class _Combined:
    """The score before the rules (see ``DailyScores``)."""

    x: FloatArray
    dominant: NDArray[np.int64]
    partial: FloatArray
    contributions: FloatArray
    known_weight: FloatArray


def score_day(inputs: DailyInputs, scheme: Scheme) -> DailyScores:
    """Return scores, levels and reasons of one day.

    Parameters
    ----------
    inputs
        The day: n towns, m sectors in the order of the scheme.
    scheme
        Checked scheme.

    Returns
    -------
    Arrays in the order of the towns; ``contributions`` sum to ``score`` to 1e-9.

    Raises
    ------
    ValueError
        When the shapes of the inputs do not belong together.
    """
    inputs.check(len(scheme.sectors))
    sectors = _score_sectors(inputs, scheme)
    combined = _combine(sectors, scheme)
    unknown = _unknown_terms(inputs)
    band = level_of_score(combined.partial, scheme.edges)
    level, floors = _apply_rules(inputs, scheme, sectors.inherent, combined, unknown)
    coloured = level >= 0
    score = np.where(coloured, combined.partial, np.nan)
    to_worse, to_better = distance_to_bands(score, scheme.edges)
    weather, backlog, accident, special = (sectors.terms[:, :, i] for i in range(4))
    return DailyScores(
        score=score,
        partial_score=combined.partial,
        level=level,
        band_level=band,
        x=combined.x,
        r=np.minimum(combined.x, 1.0),
        hazard_norm=sectors.hazard_norm,
        exposure=sectors.exposure,
        vulnerability=sectors.vulnerability,
        inherent=sectors.inherent,
        dynamic=sectors.dynamic,
        weather=weather,
        backlog=backlog,
        accident=accident,
        special=special,
        control=sectors.control,
        signal=sectors.signal,
        contributions=np.where(coloured[:, None, None], combined.contributions, np.nan),
        dominant=combined.dominant,
        known_weight=combined.known_weight,
        unknown=unknown,
        floors=floors,
        to_worse=to_worse,
        to_better=to_better,
    )


def _score_sectors(inputs: DailyInputs, scheme: Scheme) -> _Sectors:
    hazard = np.stack(
        [normalise(inputs.hazard[:, i], item) for i, item in enumerate(scheme.hazards)], axis=1
    )
    exposure = normalise(inputs.density, scheme.exposure)
    vulnerability = normalise(inputs.vulnerable, scheme.vulnerability)
    terms, signal = _score_terms(inputs, scheme)
    return _Sectors(
        hazard_norm=hazard,
        exposure=exposure,
        vulnerability=vulnerability,
        inherent=inherent_risk(
            hazard, exposure, vulnerability, scheme.exponents, scheme.factor_floor
        ),
        terms=terms,
        signal=signal,
        dynamic=dynamic_factor(terms, scheme.dynamic),
        control=_score_control(inputs, scheme),
    )


def _score_terms(inputs: DailyInputs, scheme: Scheme) -> tuple[FloatArray, NDArray[np.int64]]:
    level, signal = strongest_signals(
        np.asarray(inputs.signal_type),
        np.asarray(inputs.signal_level),
        inputs.signal_covers,
        len(scheme.weathers),
    )
    weather, by = weather_term(level, signal, scheme.effects, scheme.matrix)
    backlog = backlog_term(inputs.backlog, scheme.backlog.weights, scheme.backlog.scale)
    others = (bounded_term(inputs.accident), bounded_term(inputs.special))
    return np.stack([weather, backlog, *others], axis=2), by


def _score_control(inputs: DailyInputs, scheme: Scheme) -> FloatArray:
    raw = {"index": inputs.index, "closure": inputs.closure, "online": inputs.online}
    parts = scheme.control_parts
    return control_factor(
        np.stack([raw[part.code] / part.scale for part in parts], axis=1),
        np.array([part.weight for part in parts]),
        scheme.control_base,
        scheme.control_span,
        scheme.control_neutral,
    )


def _combine(sectors: _Sectors, scheme: Scheme) -> _Combined:
    x = sectors.inherent * sectors.dynamic / sectors.control[:, None]
    dominant = dominant_sector(x)
    points = sector_points(
        ~np.isnan(x), dominant, scheme.weights, scheme.max_share, scheme.mean_share
    )
    r = np.nan_to_num(np.minimum(x, 1.0), nan=0.0)
    partial = np.minimum((points * r).sum(axis=1), 100.0)
    contributions = split_contributions(
        points, sectors.inherent, sectors.terms, scheme.dynamic, sectors.control
    )
    weight = known_weight(
        sectors.hazard_norm,
        sectors.exposure,
        sectors.vulnerability,
        scheme.exponents,
        scheme.weights,
    )
    partial = np.where(dominant >= 0, partial, np.nan)
    return _Combined(x, dominant, partial, contributions, weight)


def _unknown_terms(inputs: DailyInputs) -> NDArray[np.bool_]:
    n = inputs.n_towns
    flags = {
        "density": np.isnan(inputs.density),
        "vulnerable": np.isnan(inputs.vulnerable),
        "warnings": np.broadcast_to(~np.asarray(inputs.signal_known, dtype=bool), (n,)),
        "hidden_dangers": np.isnan(inputs.backlog).any(axis=(1, 2)),
        "accidents": np.isnan(inputs.accident).any(axis=1),
        "special_periods": np.isnan(inputs.special).any(axis=1),
        "index": np.isnan(inputs.index),
        "closure": np.isnan(inputs.closure),
        "online": np.isnan(inputs.online),
    }
    return np.stack([flags[term] | (term in inputs.stale) for term in TERMS], axis=1)


def _apply_rules(
    inputs: DailyInputs,
    scheme: Scheme,
    inherent: FloatArray,
    combined: _Combined,
    unknown: NDArray[np.bool_],
) -> tuple[NDArray[np.int8], Floors]:
    band = level_of_score(combined.partial, scheme.edges)
    parts = [signal_floors(inputs, inherent, scheme), record_floors(inputs.triggers)]
    highest = [highest_floor(rows, inputs.n_towns) for rows in parts]
    withheld = unknown[:, [TERMS.index(term) for term in scheme.rules.withholds_green]]
    level, settled = settle_levels(
        band,
        np.maximum(*highest),
        inputs=inputs,
        withheld=np.asarray(withheld.any(axis=1)),
        below_weight=combined.known_weight < scheme.rules.min_known_weight,
        scheme=scheme,
    )
    return level, list_floors(parts, settled, band)
