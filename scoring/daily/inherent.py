"""Inherent risk: hazard, exposure and vulnerability as a weighted geometric mean."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def inherent_risk(
    hazard: FloatArray,
    exposure: FloatArray,
    vulnerability: FloatArray,
    exponents: FloatArray,
    factor_floor: float,
) -> FloatArray:
    """Return I = h^a · max(e, f)^b · max(v, f)^c (DOMAIN §11.1; INFORM form).

    No hazard, no risk: h = 0 gives 0. An unknown factor is left out and the mean is taken over
    the known ones, h^(a/(a+b)) · e^(b/(a+b)) without v; without h nothing is known.

    Parameters
    ----------
    hazard
        (n, m) normalised, 0 … 1 or NaN.
    exposure, vulnerability
        (n,) normalised, 0 … 1 or NaN.
    exponents
        (3,) a, b, c; they sum to 1.
    factor_floor
        f, least value of e and v.

    Returns
    -------
    (n, m) 0 … 1, NaN where the hazard is unknown.

    Examples
    --------
    >>> one = np.array([1.0])
    >>> inherent_risk(np.array([[0.25, 0.0]]), one, one, np.array([0.5, 0.25, 0.25]), 0.1)
    array([[0.5, 0. ]])
    """
    a, b, c = exponents
    total = a + b * ~np.isnan(exposure) + c * ~np.isnan(vulnerability)
    with np.errstate(divide="ignore", invalid="ignore"):
        risk = hazard ** (a / total)[:, None]
        for factor, exponent in ((exposure, b), (vulnerability, c)):
            powered = np.maximum(factor, factor_floor) ** (exponent / total)
            risk = risk * np.where(np.isnan(factor), 1.0, powered)[:, None]
    risk = np.where((total > 0)[:, None], risk, np.nan)
    return np.where(hazard <= 0, 0.0, np.where(np.isnan(hazard), np.nan, risk))


def known_weight(
    hazard: FloatArray,
    exposure: FloatArray,
    vulnerability: FloatArray,
    exponents: FloatArray,
    weights: FloatArray,
) -> FloatArray:
    """Return the share of the weight of the scheme that is known.

    Σ_s w_s · (sum of the exponents of the known factors of s, 0 where h_s is unknown).

    Parameters
    ----------
    hazard, exposure, vulnerability, exponents
        As in :func:`inherent_risk`.
    weights
        (m,) weights of the sectors; they sum to 1.

    Returns
    -------
    (n,) 0 … 1, rounded to 1e-12 so that exactly 0.70 is 0.70.

    Examples
    --------
    >>> known_weight(
    ...     np.array([[0.2, np.nan]]), np.array([0.5]), np.array([np.nan]),
    ...     np.array([0.5, 0.25, 0.25]), np.array([0.6, 0.4]))
    array([0.45])
    """
    a, b, c = exponents
    factors = a + b * ~np.isnan(exposure) + c * ~np.isnan(vulnerability)
    sectors = np.where(np.isnan(hazard), 0.0, weights).sum(axis=1)
    weight: FloatArray = np.round(sectors * factors, 12)
    return weight
