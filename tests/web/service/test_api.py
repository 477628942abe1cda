"""The API over a real small district: documents, entity tags, errors, persons left out."""

import json
import shutil
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import jsonschema
import pytest
from fastapi.testclient import TestClient
from pydantic import BaseModel

from web.api.models import (
    Day,
    DayMap,
    DaySummary,
    FeatureCollection,
    HazardSource,
    ShelterCoverage,
    TownDay,
)
from web.app import create_app
from web.parameters import Cursor, write_cursor

API = "/api/v1"
SECRETS = ("王小明", "13812345678", "负责人", "联系电话")


def conforms(document: object, model: type[BaseModel]) -> None:
    """Hold a document against a model with unknown fields forbidden."""
    jsonschema.validate(document, closed(model.model_json_schema()))


def closed(schema: object) -> object:
    """Forbid fields that are not described, so that a document that grows must be described."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: closed(part) for key, part in schema.items()}
    return inner | {"additionalProperties": False} if "properties" in schema else inner


def get(client: TestClient, path: str) -> dict[str, object]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_days_are_listed_newest_first(client: TestClient) -> None:
    days = get(client, f"{API}/days")
    assert [day["date"] for day in days] == ["2026-06-30", "2026-06-29"]
    for day in days:
        assert datetime.fromisoformat(day["computed_at"]).utcoffset() is not None
        assert day["status"] == "draft"
        assert day["scheme"]
        conforms(day, DaySummary)


def test_a_day_has_every_town_with_what_the_contract_says(client: TestClient) -> None:
    day = get(client, f"{API}/days/2026-06-30")
    conforms(day, Day)
    assert {town["code"] for town in day["towns"]} == {f"3399010{i:02}" for i in range(1, 10)}
    for town in day["towns"]:
        wanted = {
            "code",
            "name",
            "score",
            "level",
            "dominant_sector",
            "floors",
            "change",
            "freshness",
        }
        assert wanted <= set(town)
    assert sum(day["headline_counts"].values()) == 9


def test_a_town_adds_contributions_that_sum_to_its_score(client: TestClient) -> None:
    town = get(client, f"{API}/days/2026-06-30/towns/339901001")
    conforms(town, TownDay)
    assert sum(item["value"] for item in town["contributions"]) == pytest.approx(
        town["score"], abs=1e-9
    )
    assert [point["date"] for point in town["trend"]] == ["2026-06-29", "2026-06-30"]
    assert get(client, f"{API}/days/2026-06-30/towns/339901001000") == town


def test_the_day_as_geojson_comes_before_the_day_itself(client: TestClient) -> None:
    answer = client.get(f"{API}/days/2026-06-30.geojson")
    assert answer.headers["content-type"] == "application/geo+json"
    document = answer.json()
    conforms(document, DayMap)
    rows = {row["code"]: row for row in get(client, f"{API}/days/2026-06-30")["towns"]}
    assert len(document["features"]) == 9
    for feature in document["features"]:
        row = rows[feature["id"]]
        assert feature["properties"]["level"] == row["level"]
        assert feature["properties"]["score"] == row["score"]
        assert feature["geometry"]["type"] in ("Polygon", "MultiPolygon")


def test_a_hazard_source_is_the_printed_exam(client: TestClient) -> None:
    """q/Q/β = 2/5/5, 2/1/20, 1/5/4 and 102 persons: S 2.6, R 85.6, level 2 (DOMAIN §1.4)."""
    source = get(client, f"{API}/hazard-sources/H1")
    conforms(source, HazardSource)
    assert source["S"] == pytest.approx(2.6)
    assert source["R"] == pytest.approx(85.6)
    assert (source["level"], source["alpha"], source["population_used"]) == (2, 2.0, "surveyed")
    assert source["surveyed_population_500m"] == 102


def test_an_identifier_may_hold_a_slash_and_a_space(client: TestClient) -> None:
    source = get(client, f"{API}/hazard-sources/{quote('H/2 乙', safe='')}")
    assert source["name"] == "<script>alert(1)</script>"
    assert source["level"] is None


def test_a_unit_without_substances_is_unknown_not_harmless(client: TestClient) -> None:
    source = get(client, f"{API}/hazard-sources/H3")
    conforms(source, HazardSource)
    assert source["S"] is None
    assert source["level"] is None
    assert source["faults"]


def test_shelter_coverage_by_hand(client: TestClient) -> None:
    """1,000 residents each: town 1 has 2,000 m² (enough), town 2 500 m² (short by 1,000 m²)."""
    document = get(client, f"{API}/shelters/coverage")
    conforms(document, ShelterCoverage)
    towns = {town["code"]: town for town in document["towns"]}
    assert towns["339901001"]["area_per_head"] == pytest.approx(2.0)
    assert towns["339901001"]["status"] == "enough"
    assert towns["339901002"]["shortfall_m2"] == pytest.approx(1000.0)
    assert towns["339901002"]["shortfall_persons"] == pytest.approx(1000 / 1.5)
    assert towns["339901009"]["status"] == "unknown"
    assert towns["339901009"]["shortfall_m2"] is None


@pytest.mark.parametrize("limit", [7, 100, 1000])
def test_a_layer_is_read_whole_by_following_next(client: TestClient, limit: int) -> None:
    path: str | None = f"{API}/layers/enterprises?limit={limit}"
    seen: list[str] = []
    while path:
        page = get(client, path)
        conforms(page, FeatureCollection)
        assert page["numberMatched"] == 230
        assert page["numberReturned"] == len(page["features"]) <= limit
        seen += [feature["id"] for feature in page["features"]]
        path = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)
    assert seen == [f"E{i:03}" for i in range(230)]


def test_a_rectangle_selects_by_place(client: TestClient) -> None:
    page = get(client, f"{API}/layers/shelters?bbox=121.0,28.6,121.04,28.62")
    assert [feature["id"] for feature in page["features"]] == ["S1", "S2"]
    assert get(client, f"{API}/layers/shelters?bbox=0,0,1,1")["numberMatched"] == 0


def test_persons_are_in_no_answer(client: TestClient) -> None:
    paths = [
        f"{API}/layers/{layer}?limit=10000"
        for layer in ("enterprises", "hazard_sources", "shelters", "targets")
    ]
    paths += [f"{API}/hazard-sources/H1", f"{API}/days/2026-06-30", f"{API}/shelters/coverage"]
    paths += [f"{API}/days/2026-06-30/towns/339901001"]
    for path in paths:
        text = client.get(path).text
        assert len(text) > 100
        for secret in SECRETS:
            assert secret not in text, (path, secret)


@pytest.mark.parametrize(
    "path",
    ["/days", "/days/2026-06-30", "/days/2026-06-30.geojson", "/days/2026-06-30/towns/339901001",
     "/layers/towns", "/layers/enterprises?limit=5", "/hazard-sources/H1", "/shelters/coverage"],
)  # fmt: skip
def test_an_unchanged_answer_is_304(client: TestClient, path: str) -> None:
    first = client.get(API + path)
    tag = first.headers["etag"]
    again = client.get(API + path, headers={"If-None-Match": f'"other", {tag}'})
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["etag"] == tag
    assert client.get(API + path, headers={"If-None-Match": 'W/"other"'}).status_code == 200


def test_different_answers_have_different_tags(client: TestClient) -> None:
    paths = ["/days/2026-06-30", "/days/2026-06-29", "/days/2026-06-30.geojson",
             "/layers/enterprises", "/layers/enterprises?limit=5",
             "/layers/enterprises?bbox=0,0,1,1", "/layers/shelters"]  # fmt: skip
    tags = [client.get(API + path).headers["etag"] for path in paths]
    assert len(set(tags)) == len(tags)


def test_a_large_answer_travels_compressed(client: TestClient) -> None:
    answer = client.get(f"{API}/layers/enterprises", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.json()["numberMatched"] == 230


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/days/2020-01-01", 404),
        ("/days/2020-01-01.geojson", 404),
        ("/days/2020-01-01/towns/339901001", 404),
        ("/days/2026-06-30/towns/999999999", 404),
        ("/days/2026-06-30/towns/abc", 422),
        ("/days/20260630", 422),
        ("/days/2026-02-30", 422),
        ("/days/today.geojson", 422),
        ("/hazard-sources/none", 404),
        ("/layers/roads", 404),
        ("/layers/communities", 404),
        ("/layers/towns?limit=0", 422),
        ("/layers/towns?limit=10001", 422),
        ("/layers/towns?limit=many", 422),
        ("/layers/towns?bbox=1,2,3", 422),
        ("/layers/towns?bbox=2,0,1,1", 422),
        ("/layers/towns?cursor=abc", 422),
        ("/nothing", 404),
    ],
)
def test_errors_are_problem_documents(client: TestClient, path: str, status: int) -> None:
    answer = client.get(API + path)
    problem = answer.json()
    assert answer.status_code == problem["status"] == status, problem
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "instance"} <= set(problem)
    assert problem["instance"].startswith(API)
    assert "Traceback" not in answer.text


def test_a_cursor_belongs_to_its_layer_and_rectangle(client: TestClient) -> None:
    page = get(client, f"{API}/layers/enterprises?limit=5")
    cursor = page["links"][-1]["href"].split("cursor=")[1]
    assert client.get(f"{API}/layers/shelters?cursor={cursor}").status_code == 422
    assert client.get(f"{API}/layers/enterprises?bbox=0,0,1,1&cursor={cursor}").status_code == 422
    assert client.get(f"{API}/layers/enterprises?limit=5&cursor={cursor}").status_code == 200


def test_a_cursor_reads_on_in_the_snapshot_it_began_with(client: TestClient) -> None:
    lost = write_cursor(Cursor("f" * 64, "shelters|", 2))
    assert client.get(f"{API}/layers/shelters?cursor={lost}").status_code == 410
    crafted = write_cursor(Cursor("../../etc/passwd", "shelters|", 2))
    assert client.get(f"{API}/layers/shelters?cursor={crafted}").status_code == 410


def test_an_empty_workspace_says_so(empty_client: TestClient) -> None:
    assert empty_client.get(f"{API}/days").json() == []
    for path in ("/days/2026-06-30", "/layers/towns", "/shelters/coverage", "/hazard-sources/H1"):
        assert empty_client.get(API + path).status_code == 404, path


SENT = {
    (f"{API}/dangers", "post"),
    (f"{API}/dangers/{{number}}/steps", "post"),
    (f"{API}/photos", "post"),
    (f"{API}/devices/messages", "post"),
}
"""What the API takes in; everything else is read."""


def test_openapi_describes_every_api_route_and_only_those(client: TestClient) -> None:
    description = client.get("/openapi.json").json()
    assert set(description["paths"]) == {
        f"{API}/days",
        f"{API}/days/{{date}}",
        f"{API}/days/{{date}}.geojson",
        f"{API}/days/{{date}}/towns/{{code}}",
        f"{API}/layers/{{layer}}",
        f"{API}/hazard-sources/{{id}}",
        f"{API}/shelters/coverage",
        f"{API}/weeks",
        f"{API}/weeks/{{week}}",
        f"{API}/weeks/{{week}}/towns/{{code}}",
        *(path for path, _ in SENT),
        f"{API}/dangers/{{number}}",
    }
    sent = {
        (path, method)
        for path, methods in description["paths"].items()
        for method in methods
        if method != "get"
    }
    assert sent == SENT
    for path, methods in description["paths"].items():
        for method, route in methods.items():
            assert route["summary"], (path, method)
            problems = {status for status in route["responses"] if status >= "400"}
            assert "503" in problems
            for status in problems:
                content = route["responses"][status]["content"]
                assert list(content) == ["application/problem+json"], (path, status)
    assert "HTTPValidationError" not in json.dumps(description)


def test_store_trouble_is_503_without_a_path(district_root: Path, tmp_path: Path) -> None:
    root = tmp_path / "broken"
    shutil.copytree(district_root, root)
    with TestClient(create_app(root), raise_server_exceptions=False) as broken:
        shutil.rmtree(root / "layers")
        answer = broken.get(f"{API}/layers/shelters")
        assert answer.status_code == 503
        assert str(tmp_path) not in answer.text
        (root / "riskmap.db").write_bytes(b"not a database at all" * 100)
        answer = broken.get(f"{API}/days")
        assert answer.status_code == 503, answer.text
        assert str(tmp_path) not in answer.text
