"""What each kind of record promises: columns, Chinese header spellings, key, limits."""

from collections.abc import Mapping

from layers.contracts.model import Contract
from riskmap.records.contracts_dangers import HIDDEN_DANGERS
from riskmap.records.contracts_decisions import INDICATORS, OVERRIDES, RESPONSES, SPECIAL_PERIODS
from riskmap.records.contracts_sites import ACCIDENTS, ALARMS, COMMITMENTS, DEVICES, INSPECTIONS

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
