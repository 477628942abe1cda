"""A base map of another datum: what is drawn upon it is shifted alike, and nothing else opens.

The tile server of the test answers every address with one small PNG that the test makes.
"""

import json
import re
import shutil
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
import shapely
from playwright.sync_api import Browser
from starlette.testclient import TestClient

from riskmap.map_datum import in_datum

DAY = "/map/2026-06-30"


def grey_png(side: int = 256) -> bytes:
    """A grey picture as a PNG, by the format's own rules (W3C PNG, chunks IHDR, IDAT, IEND)."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + check

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    rows = (b"\x00" + b"\xb0" * side) * side
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


@pytest.fixture(scope="module")
def tiles() -> Iterator[str]:
    """The address of a tile server on this machine."""
    picture = grey_png()

    class Tiles(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.send_header("Content-Length", str(len(picture)))
            self.end_headers()
            self.wfile.write(picture)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Tiles) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def tiled_server(
    tiles: str,
    sample_root: Path,
    tmp_path_factory: pytest.TempPathFactory,
    serving: Callable[[Path], AbstractContextManager[str]],
) -> Iterator[str]:
    """The sample district over GCJ-02 tiles; the attribution tries to be HTML."""
    root = tmp_path_factory.mktemp("tiled") / "district"
    shutil.copytree(sample_root, root)
    settings = (root / "riskmap.toml").read_text("utf-8")
    for name, value in (
        ("tiles", f"{tiles}/{{z}}/{{x}}/{{y}}.png"),
        ("attribution", "某图商 <b>GS(2026)0001号</b>"),
        ("datum", "gcj02"),
    ):
        settings, count = re.subn(
            rf"(?m)^{name} = .*$", f"{name} = {json.dumps(value, ensure_ascii=False)}", settings
        )
        assert count == 1
    (root / "riskmap.toml").write_text(settings, "utf-8")
    with serving(root) as address:
        yield address


def first_point(feature: dict[str, Any]) -> tuple[float, float]:
    lon, lat = shapely.get_coordinates(shapely.from_geojson(json.dumps(feature["geometry"])))[0]
    return float(lon), float(lat)


@pytest.mark.parametrize(
    ("datum", "lon", "lat"),
    [("wgs84", 116.39089, 39.90734), ("gcj02", 116.397131, 39.908741)],
)
def test_a_known_point_is_moved(datum: str, lon: float, lat: float) -> None:
    """The printed pair of layers.datum: WGS84 and GCJ-02 of one place in Beijing."""
    moved = in_datum(np.array([shapely.Point(116.39089, 39.90734)], dtype=object), datum)
    assert shapely.get_coordinates(moved)[0].tolist() == pytest.approx([lon, lat], abs=1e-6)


def test_bd09_lies_beyond_gcj02_and_nothing_stays_nothing() -> None:
    shapes = np.array([shapely.Point(121.2, 28.6), None], dtype=object)
    gcj, bd = in_datum(shapes, "gcj02"), in_datum(shapes, "bd09")
    assert 0.0055 < gcj[0].distance(bd[0]) < 0.0105
    assert gcj[1] is None and bd[1] is None
    with pytest.raises(KeyError):
        in_datum(shapes, "pz90")


@pytest.mark.browser
def test_map_and_layers_are_drawn_in_the_datum_of_the_tiles(
    browser: Browser, tiles: str, tiled_server: str, sample_client: TestClient
) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    page = context.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda said: said.type == "error" and complaints.append(said.text))
    page.goto(tiled_server + DAY)
    page.wait_for_load_state("networkidle")
    page.locator("input[data-layer=risk_points]").check()
    page.wait_for_selector("path.point-risk_points")
    page.wait_for_load_state("networkidle")
    drawn = page.evaluate("""() => { const found = {towns: {}, points: {}};
        window.riskmap.towns.eachLayer((one) => {
          found.towns[one.feature.properties.code] = one.getBounds().getCenter(); });
        window.riskmap.map.eachLayer((one) => {
          if (one.feature && one.getLatLng) found.points[one.feature.id] = one.getLatLng(); });
        return found; }""")
    attribution = page.locator(".leaflet-control-attribution")
    assert attribution.is_visible()
    assert attribution.inner_text() == "某图商 <b>GS(2026)0001号</b>"
    assert page.locator("img.leaflet-tile-loaded").count() > 0
    own = {urlsplit(tiled_server).netloc, urlsplit(tiles).netloc}
    hosts = {urlsplit(url).netloc for url in asked if not url.startswith(("data:", "blob:"))}
    assert hosts == own
    assert complaints == []
    context.close()
    points = sample_client.get("/api/v1/layers/risk_points?limit=2000").json()["features"]
    assert len(drawn["points"]) == len(points)
    for feature in points[:50]:
        lon, lat = first_point(feature)
        shape = in_datum(np.array([shapely.Point(lon, lat)], dtype=object), "gcj02")[0]
        place = drawn["points"][feature["id"]]
        assert (place["lng"], place["lat"]) == pytest.approx((shape.x, shape.y), abs=1e-7)
    for feature in sample_client.get("/api/v1/days/2026-06-30.geojson").json()["features"]:
        stored = np.array([shapely.from_geojson(json.dumps(feature["geometry"]))], dtype=object)
        west, south, east, north = in_datum(stored, "gcj02")[0].bounds
        middle = drawn["towns"][feature["properties"]["code"]]
        at = ((west + east) / 2, (south + north) / 2)
        assert (middle["lng"], middle["lat"]) == pytest.approx(at, abs=5e-4)


def test_only_pictures_of_the_tile_host_are_let_in(
    browser: Browser, tiles: str, tiled_server: str
) -> None:
    page = browser.new_page()
    answer = page.goto(tiled_server + DAY)
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    page.close()
    parts = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert parts["img-src"] == f"'self' data: {tiles}"
    assert all(tiles not in value for key, value in parts.items() if key != "img-src")


def test_the_api_stays_in_the_datum_of_the_data_unless_asked(sample_client: TestClient) -> None:
    address = "/api/v1/layers/risk_points?limit=3"
    plain = sample_client.get(address).json()
    same = sample_client.get(f"{address}&datum=wgs84").json()
    moved = sample_client.get(f"{address}&datum=bd09").json()
    assert "datum" not in plain and plain["features"] == same["features"]
    assert moved["datum"] == "bd09"
    assert all("datum=bd09" in link["href"] for link in moved["links"])
    for one, other in zip(plain["features"], moved["features"], strict=True):
        assert one["id"] == other["id"]
        shift = np.hypot(*np.subtract(first_point(one), first_point(other)))
        assert 0.003 < shift < 0.02
        assert not {"lon", "lat"} & set(other["properties"])
    assert sample_client.get(f"{address}&datum=pz90").status_code == 422
