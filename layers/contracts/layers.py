"""The contracts of all layers: what each must bring, and how bureaus spell it."""

from collections.abc import Mapping
from types import MappingProxyType

from layers.contracts.areas import COMMUNITIES, POPULATION, TOWNS
from layers.contracts.model import Column, Contract, Dtype
from layers.contracts.sites import (
    ENTERPRISES,
    HAZARD_SOURCES,
    RISK_POINTS,
    SHELTERS,
    SUBSTANCES,
    TARGETS,
)

__all__ = ["LAYER_CONTRACTS", "Column", "Contract", "Dtype"]

LAYER_CONTRACTS: Mapping[str, Contract] = MappingProxyType(
    {
        contract.name: contract
        for contract in (
            TOWNS,
            COMMUNITIES,
            ENTERPRISES,
            HAZARD_SOURCES,
            SUBSTANCES,
            SHELTERS,
            TARGETS,
            RISK_POINTS,
            POPULATION,
        )
    }
)
"""Contract of every layer by its name on the command line."""
