"""What each kind of record promises: columns, Chinese header spellings, key, limits."""

from collections.abc import Mapping

from layers.contracts_model import Contract
from riskmap.record_contracts_dangers import HIDDEN_DANGERS
from riskmap.record_contracts_decisions import INDICATORS, OVERRIDES, RESPONSES, SPECIAL_PERIODS
from riskmap.record_contracts_sites import ACCIDENTS, ALARMS, COMMITMENTS, DEVICES, INSPECTIONS

RECORD_CONTRACTS: Mapping[str, Contract] = {
    contract.name: contract
    for contract in (
        HIDDEN_DANGERS,
        ACCIDENTS,
        INSPECTIONS,
        COMMITMENTS,
        DEVICES,
        RESPONSES,
        SPECIAL_PERIODS,
        ALARMS,
        OVERRIDES,
        INDICATORS,
    )
}
"""Kinds that `riskmap record` takes; warnings have their own command."""
