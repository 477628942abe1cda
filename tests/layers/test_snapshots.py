import hashlib
import os
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely

from layers.errors import InputError
from layers.importing.layer import LayerImport, read_layer
from layers.population import PopulationGrid
from layers.snapshots import grid_bytes, read_grid, read_snapshot, write_snapshot


def imported(folder: Path, *rows: str) -> LayerImport:
    path = folder / "e.csv"
    path.write_text("编号,名称,经度,纬度\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return read_layer("enterprises", path)


ROWS = ("b,乙,121.2,28.2", "a,甲,121.1,28.1")


def test_named_by_its_bytes_and_read_back(tmp_path: Path) -> None:
    done = imported(tmp_path, *ROWS)
    digest = write_snapshot(tmp_path / "layers", "enterprises", done)
    path = tmp_path / "layers" / "enterprises" / f"{digest}.parquet"
    assert hashlib.sha256(path.read_bytes()).hexdigest() == digest
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    back = read_snapshot(tmp_path / "layers", "enterprises", digest)
    assert isinstance(back, gpd.GeoDataFrame)
    assert back["id"].tolist() == ["a", "b"]
    assert back.crs.to_epsg() == 4490
    assert shapely.get_x(back.geometry.array).tolist() == [121.1, 121.2]
    assert back["source_row"].tolist() == [3, 2]


def test_the_same_import_gives_the_same_bytes(tmp_path: Path) -> None:
    digests = {
        write_snapshot(tmp_path / str(i), "enterprises", imported(tmp_path, *ROWS))
        for i in range(3)
    }
    assert len(digests) == 1


def test_a_changed_value_gives_another_name(tmp_path: Path) -> None:
    one = write_snapshot(tmp_path / "l", "enterprises", imported(tmp_path, *ROWS))
    two = write_snapshot(tmp_path / "l", "enterprises", imported(tmp_path, "a,甲,121.1,28.1"))
    assert one != two
    assert len(read_snapshot(tmp_path / "l", "enterprises", one)) == 2


def test_a_snapshot_is_never_written_twice(tmp_path: Path) -> None:
    done = imported(tmp_path, *ROWS)
    digest = write_snapshot(tmp_path / "l", "enterprises", done)
    path = tmp_path / "l" / "enterprises" / f"{digest}.parquet"
    os.utime(path, (1, 1))
    assert write_snapshot(tmp_path / "l", "enterprises", done) == digest
    assert path.stat().st_mtime == 1


def test_damage_is_an_error_and_an_import_mends_it(tmp_path: Path) -> None:
    done = imported(tmp_path, *ROWS)
    digest = write_snapshot(tmp_path / "l", "enterprises", done)
    path = tmp_path / "l" / "enterprises" / f"{digest}.parquet"
    content = bytearray(path.read_bytes())
    content[200] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(InputError, match="已损坏"):
        read_snapshot(tmp_path / "l", "enterprises", digest)
    write_snapshot(tmp_path / "l", "enterprises", done)
    assert len(read_snapshot(tmp_path / "l", "enterprises", digest)) == 2
    path.unlink()
    with pytest.raises(InputError, match="不见了"):
        read_snapshot(tmp_path / "l", "enterprises", digest)


def test_a_failed_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = imported(tmp_path, *ROWS)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("layers.snapshots.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_snapshot(tmp_path / "l", "enterprises", done)
    assert list((tmp_path / "l" / "enterprises").iterdir()) == []


def test_a_table_without_geometry(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text("危险源编号,物质名称,数量\nH-1,氯,10\n", encoding="utf-8")
    digest = write_snapshot(tmp_path / "l", "substances", read_layer("substances", path))
    back = read_snapshot(tmp_path / "l", "substances", digest)
    assert isinstance(back, pd.DataFrame)
    assert not isinstance(back, gpd.GeoDataFrame)
    assert back["quantity_t"].tolist() == [10.0]


def test_raster_snapshot_is_a_cog_with_the_same_numbers(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    persons = rng.gamma(0.3, 20, (700, 900))
    persons[rng.random(persons.shape) < 0.1] = np.nan
    grid = PopulationGrid(persons, (100.0, 0, 5e5, 0, -100.0, 3.2e6), "EPSG:4549", "raster")
    assert grid_bytes(grid) == grid_bytes(grid)
    done = LayerImport("population", None, grid, 1, 1, 0, [], pd.DataFrame(), [], {}, {}, True)
    digest = write_snapshot(tmp_path, "population", done)
    path = tmp_path / "population" / f"{digest}.tif"
    with rasterio.open(path) as source:
        assert source.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert source.compression.name == "deflate"
        assert source.block_shapes == [(512, 512)]
        assert "TIFFTAG_DATETIME" not in source.tags()
    back = read_grid(tmp_path, digest)
    assert np.array_equal(back.persons, persons, equal_nan=True)
    assert (back.transform, back.crs, back.method) == (grid.transform, grid.crs, "raster")


def test_population_table_proves_its_grid_too(tmp_path: Path) -> None:
    towns = gpd.GeoDataFrame(
        {"code": ["331003001"], "name": ["甲镇"]},
        geometry=[shapely.box(121, 28, 121.05, 28.05)],
        crs="EPSG:4490",
    )
    path = tmp_path / "p.csv"
    path.write_text("name,人口\n甲镇,900\n", encoding="utf-8")
    done = read_layer("population", path, towns=towns)
    digest = write_snapshot(tmp_path / "l", "population", done)
    assert digest == write_snapshot(tmp_path / "m", "population", done)
    assert read_snapshot(tmp_path / "l", "population", digest)["persons"].tolist() == [900.0]
    grid = read_grid(tmp_path / "l", digest)
    assert grid.total == pytest.approx(900)
    assert grid.method == "spread by area over 1 towns"
    [raster] = (tmp_path / "l" / "population").glob("*.tif")
    raster.write_bytes(raster.read_bytes()[:-1] + b"x")
    with pytest.raises(InputError, match="已损坏"):
        read_grid(tmp_path / "l", digest)
