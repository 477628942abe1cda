from pathlib import Path

import pytest

from layers.contracts.layers import LAYER_CONTRACTS
from layers.contracts.reference import reference_page
from layers.names import name_key

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "layers.md"

# DESIGN §4, table of columns: a star there is `required` or `one_of` here.
DESIGN = {
    "towns": "code* name* population kind",
    "communities": "code* name* town_code population",
    "enterprises": "id* name* town address sector industry size risk_grade flags lon lat",
    "hazard_sources": "id* name* enterprise_id unit_type surveyed_population_500m lon lat",
    "substances": "hazard_source_id* name* cas category quantity_t*",
    "shelters": "id* name* town class indoor area_m2 capacity_persons purposes usable "
    "standardised appraised_on lon lat",
    "targets": "id* name* kind* town persons lon lat",
    "risk_points": "id* name* kind* town severity lon lat",
    "population": "code name persons*",
}


@pytest.mark.parametrize("layer", DESIGN)
def test_columns_are_those_of_the_design(layer: str) -> None:
    columns = {c.name: c.required for c in LAYER_CONTRACTS[layer].columns}
    for word in DESIGN[layer].split():
        assert columns[word.rstrip("*")] is word.endswith("*")


def test_layers_are_those_of_the_design() -> None:
    assert set(LAYER_CONTRACTS) == set(DESIGN)


@pytest.mark.parametrize("layer", DESIGN)
def test_a_spelling_means_one_value(layer: str) -> None:
    for column in LAYER_CONTRACTS[layer].columns:
        seen: dict[str, str] = {}
        for value, spellings in (column.allowed or {}).items():
            for spelling in (value, *spellings):
                assert seen.setdefault(name_key(spelling), value) == value, (column.name, spelling)


@pytest.mark.parametrize("layer", DESIGN)
def test_key_and_groups_name_columns(layer: str) -> None:
    contract = LAYER_CONTRACTS[layer]
    names = {column.name for column in contract.columns}
    assert set(contract.key_columns) <= names
    assert {name for group in contract.one_of for name in group} <= names


def test_reference_page_is_what_the_contracts_say() -> None:
    assert REFERENCE.read_text(encoding="utf-8") == reference_page()
