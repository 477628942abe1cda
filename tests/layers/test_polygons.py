import numpy as np
import pandas as pd
import pytest
import shapely

from layers.datum import to_lonlat
from layers.polygons import holes, overlaps, repair_polygons, repair_report

NAMES = np.array(["甲", "乙", "丙", "丁"], dtype=object)


def ground(*rings: list[tuple[float, float]] | shapely.Polygon) -> np.ndarray:
    """Return polygons given in metres around 500 km east, 3,170 km north of zone 4549."""
    shapes = [
        ring if isinstance(ring, shapely.Polygon) else shapely.Polygon(ring) for ring in rings
    ]
    return shapely.transform(
        np.array(shapes, dtype=object),
        lambda x, y: to_lonlat(x + 500_000, y + 3_170_000, 4549),
        interleaved=False,
    )


def test_a_bow_tie_becomes_two_triangles_and_its_area_is_told() -> None:
    bow_tie = ground([(0, 0), (1000, 1000), (1000, 0), (0, 1000)])
    repair = repair_polygons(bow_tie)
    assert repair.changed.tolist() == [True]
    assert shapely.is_valid(repair.geometry).all()
    assert repair.geometry[0].geom_type == "MultiPolygon"
    assert repair.before_m2[0] == pytest.approx(
        0.0, abs=1
    )  # the two halves turn against each other
    assert repair.after_m2[0] == pytest.approx(500_000, abs=5)
    table = pd.DataFrame({"name": ["甲"], "source_row": [7]})
    [entry] = repair_report(repair, table)
    assert (entry["row"], entry["name"]) == (7, "甲")
    assert entry["change_m2"] == pytest.approx(500_000, abs=5)
    assert "Self-intersection" in entry["reason"]


def test_a_valid_polygon_is_not_touched() -> None:
    square = ground([(0, 0), (1000, 0), (1000, 1000), (0, 1000)])
    repair = repair_polygons(square)
    assert not repair.changed.any()
    assert repair.geometry[0] is square[0]


def test_a_spike_leaves_only_its_polygon() -> None:
    spike = ground([(0, 0), (1000, 0), (1000, 1000), (0, 1000), (0, 500), (-400, 500), (0, 500)])
    repair = repair_polygons(spike)
    assert repair.geometry[0].geom_type == "Polygon"
    assert repair.after_m2[0] == pytest.approx(1e6, abs=10)


def test_overlap_in_square_kilometres() -> None:
    # 1 km squares that share a strip of 100 m × 1 km, and one that only touches.
    polygons = ground(
        [(0, 0), (1000, 0), (1000, 1000), (0, 1000)],
        [(900, 0), (1900, 0), (1900, 1000), (900, 1000)],
        [(0, 1000), (1000, 1000), (1000, 2000), (0, 2000)],
    )
    found = overlaps(polygons, NAMES[:3])
    assert found["overlap_pairs"] == 1
    assert found["overlap_km2"] == pytest.approx(0.1, abs=1e-5)
    assert found["overlap_largest"][0]["a"] == "甲"


def test_slivers_are_told_from_enclaves() -> None:
    # A frame of four pieces around a hole 10 m × 1000 m, and a ring with a 600 m square inside.
    frame = shapely.Polygon(
        [(0, 0), (3000, 0), (3000, 3000), (0, 3000)],
        [[(100, 100), (110, 100), (110, 1100), (100, 1100)],
         [(1500, 1500), (2100, 1500), (2100, 2100), (1500, 2100)]],
    )  # fmt: skip
    found = holes(ground(frame))
    assert found["hole_count"] == 2
    assert found["hole_km2"] == pytest.approx(0.01 + 0.36, abs=1e-5)
    assert found["sliver_count"] == 1
    assert found["sliver_km2"] == pytest.approx(0.01, abs=1e-5)


def test_a_town_that_fills_the_hole_leaves_none() -> None:
    outer = shapely.Polygon(
        [(0, 0), (3000, 0), (3000, 3000), (0, 3000)],
        [[(1000, 1000), (2000, 1000), (2000, 2000), (1000, 2000)]],
    )
    inner = [(1000, 1000), (2000, 1000), (2000, 2000), (1000, 2000)]
    assert holes(ground(outer, inner))["hole_count"] == 0
