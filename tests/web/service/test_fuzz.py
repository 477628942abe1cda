"""Whatever is asked, the answer is a result or a refusal with a reason: never a 500."""

from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from riskmap.rows import LAYERS, RECORDS

FUZZ = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
TEXT = st.text(max_size=30)
SIDES = st.floats(allow_nan=True, allow_infinity=True) | st.integers(-200, 200)
BBOXES = st.lists(SIDES, min_size=0, max_size=6).map(lambda sides: ",".join(map(str, sides)))
DATES = st.dates().map(str) | TEXT | st.sampled_from(["2026-06-30", "2026-06-30.geojson"])
NUMBERS = st.integers().map(str) | TEXT | st.floats().map(str)
NAMES = st.sampled_from([*LAYERS, *RECORDS]) | TEXT
TOWNS = st.sampled_from(["339901001", "339901001000", "10015010"]) | TEXT
SORTS = TEXT | st.sampled_from(["id", "-id", "source", "-source", "name", "geometry", "-", "--id"])


def settled(client: TestClient, path: str, params: dict[str, str] | None = None) -> None:
    """Ask, and see that the answer is a success or a described refusal."""
    answer = client.get(path, params=params, headers={"accept": "application/json"})
    assert answer.status_code in (200, 304, 404, 405, 410, 422), (path, params, answer.text[:300])
    if answer.status_code >= 400:
        problem = answer.json()
        assert problem["status"] == answer.status_code
        assert problem["detail"]


def segment(text: str) -> str:
    """Return a text as one path segment (a dot segment would be another path)."""
    return quote(text, safe="").replace(".", "%2E")


@FUZZ
@given(DATES, TOWNS)
@example("2026-06-30", "339901001")
@example("9999-99-99", "三三九九零一零零一")
def test_days(client: TestClient, date: str, town: str) -> None:
    settled(client, f"/api/v1/days/{segment(date)}")
    settled(client, f"/api/v1/days/{segment(date)}.geojson")
    settled(client, f"/api/v1/days/{segment(date)}/towns/{segment(town)}")


@FUZZ
@given(NAMES, BBOXES | TEXT, NUMBERS, TEXT)
@example("shelters", "121,28.6,121.06,28.66", "10000", "")
@example("towns", "-180,-90,180,90", "1", "AAAA")
def test_layers(client: TestClient, layer: str, bbox: str, limit: str, cursor: str) -> None:
    path = f"/api/v1/layers/{segment(layer)}"
    settled(client, path, {"bbox": bbox})
    settled(client, path, {"limit": limit})
    settled(client, path, {"cursor": cursor})
    settled(client, path, {"bbox": bbox, "limit": limit, "cursor": cursor})


@FUZZ
@given(TEXT)
@example("H1")
@example("../../riskmap.toml")
def test_hazard_sources(client: TestClient, id: str) -> None:
    settled(client, f"/api/v1/hazard-sources/{segment(id)}")
    settled(client, f"/hazard-sources/{segment(id)}", {"date": id})


ROW_QUERIES = st.fixed_dictionaries(
    {}, optional={"town": TOWNS, "page": NUMBERS, "sort": SORTS, "date": DATES, "id": TEXT}
)


@FUZZ
@given(NAMES, ROW_QUERIES)
@example("enterprises", {"town": "339901001", "sort": "-source"})
@example("warnings", {"town": "339901001", "date": "2026-06-29", "sort": "-issued_at"})
def test_rows(client: TestClient, name: str, query: dict[str, str]) -> None:
    for family in ("layers", "records"):
        settled(client, f"/{family}/{segment(name)}", query)
        settled(client, f"/{family}/{segment(name)}.csv", query)
    settled(client, "/shelters", query)


@pytest.mark.parametrize("sort", ["id", "name", "source", "lon", "located_town", "risk_grade"])
@pytest.mark.parametrize("sign", ["", "-"])
def test_every_column_sorts(client: TestClient, sort: str, sign: str) -> None:
    assert client.get("/layers/enterprises", params={"sort": sign + sort}).status_code == 200


@FUZZ
@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=60))
def test_entity_tags(client: TestClient, held: str) -> None:
    answer = client.get("/api/v1/days/2026-06-30", headers={"If-None-Match": held})
    assert answer.status_code in (200, 304)
