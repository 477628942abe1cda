"""The golden day: the sample district from raw files to the map of 2026-06-30, kept as numbers.

`make golden` rewrites the file; a change of it is a change of the map and stands in CHANGELOG
under Results.
"""

import importlib.util
import json
import math
import os
import shlex
import warnings
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from typer.testing import CliRunner

from riskmap.cli.main import app
from riskmap.daily.computing import compute_day, store_day
from riskmap.daily.days import read_day, read_town_days
from riskmap.paths import data_dir
from riskmap.workspace import open_workspace

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "2026-06-30.json"
NOW = datetime.fromisoformat("2026-07-01T09:00:00+08:00")
TOLERANCE = 1e-6
ROW = ["code", "name", "score", "level", "band_level", "dominant_sector", "change"]
ROW += ["known_weight", "incomplete"]
RISK = ["kind", "id", "sector", "points", "source"]


@pytest.fixture(scope="module")
def sample_day(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the day and the details of its towns as the sample gives them."""
    root = tmp_path_factory.mktemp("golden") / "ws"
    runner, env = CliRunner(), {"RISKMAP_NOW": NOW.isoformat()}
    raw = data_dir() / "sample" / "raw"
    lines = (data_dir() / "sample" / "commands.txt").read_text("utf-8").splitlines()
    for line in ["riskmap init . --name 云溪区 --code 339901", *lines]:
        words = [word.replace("raw/", f"{raw}/") for word in shlex.split(line, comments=True)[1:]]
        if words:
            words = [str(root) if word == "." else word for word in words]
            done = runner.invoke(app, ["-w", str(root), *words], env=env)
            assert done.exit_code in (0, 1), (line, done.output)
    with open_workspace(root) as ws:
        for day in (date(2026, 6, 29), date(2026, 6, 30)):
            store_day(ws, compute_day(ws, day, now=NOW))
        return read_day(ws, day), read_town_days(ws, day)


@pytest.fixture(scope="module")
def golden_day(sample_day: tuple[dict[str, Any], list[dict[str, Any]]]) -> dict[str, Any]:
    """Return what of it is kept."""
    return told(*sample_day)


def told(document: dict[str, Any], towns: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the numbers that a reader relies on, without digests and times of import."""
    return {
        "date": document["date"],
        "scheme": document["provenance"]["scheme"]["version"],
        "headline_counts": document["headline_counts"],
        "signals": [signal["alert_id"] for signal in document["signals"]],
        "towns": [
            {
                **{name: town[name] for name in ROW},
                "floors": [[f["rule"], f["level"], f["record"]] for f in town["floors"]],
                "contributions": [
                    [row["sector"], row["factor"], row["value"]] for row in town["contributions"]
                ],
                "hazard": [row["hazard_raw"] for row in town["inputs"]["sectors"]],
                "density": town["inputs"]["density"],
                "vulnerable": town["inputs"]["vulnerable"],
                "control": town["inputs"]["control"],
                "top_risks": [{name: risk[name] for name in RISK} for risk in town["top_risks"]],
                "what_if": town["what_if"] and town["what_if"]["actions"],
            }
            for town in towns
        ],
    }


def differences(kept: Any, found: Any, place: str = "") -> Iterator[str]:
    """Yield every place where two documents differ by more than the tolerance."""
    if isinstance(kept, dict) and isinstance(found, dict):
        for key in sorted({*kept, *found}):
            yield from differences(kept.get(key), found.get(key), f"{place}.{key}")
    elif isinstance(kept, list) and isinstance(found, list) and len(kept) == len(found):
        for i, (one, other) in enumerate(zip(kept, found, strict=True)):
            yield from differences(one, other, f"{place}[{i}]")
    elif isinstance(kept, float | int) and isinstance(found, float | int):
        if not math.isclose(kept, found, rel_tol=TOLERANCE, abs_tol=TOLERANCE):
            yield f"{place}: {kept} -> {found}"
    elif kept != found:
        yield f"{place}: {kept} -> {found}"


def test_the_golden_day(golden_day: dict[str, Any]) -> None:
    if os.environ.get("RISKMAP_GOLDEN") == "write":
        GOLDEN.parent.mkdir(exist_ok=True)
        text = json.dumps(golden_day, ensure_ascii=False, indent=1, allow_nan=False)
        GOLDEN.write_text(text + "\n", encoding="utf-8")
    kept = json.loads(GOLDEN.read_text("utf-8"))
    assert list(differences(kept, golden_day)) == []


def test_contributions_and_changes_add_up(golden_day: dict[str, Any]) -> None:
    for town in golden_day["towns"]:
        if town["score"] is not None:
            total = sum(value for _, _, value in town["contributions"])
            assert total == pytest.approx(town["score"], abs=1e-9)


def reference() -> ModuleType:
    """Return the independent reference model (standard library only)."""
    path = Path(__file__).resolve().parents[2] / "oracle" / "reference_model.py"
    spec = importlib.util.spec_from_file_location("reference_model", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves its csv files open
        spec.loader.exec_module(module)
    return module


def test_the_reference_model_scores_the_sample_alike(
    sample_day: tuple[dict[str, Any], list[dict[str, Any]]],
) -> None:
    """From raw inputs, signals and H, A, P of each town the oracle finds score and colour."""
    document, towns = sample_day
    oracle = reference()
    types = {"雷电": "强对流/雷电"}
    signals = {types.get(s["type"], s["type"]): s["level"] for s in document["signals"]}
    assert signals  # the day has weather, or this proves less than it says
    high = {"危化": 200, "工贸": 60, "在建工地": 60, "消防": 400, "道路水上": 20, "内涝地灾": 40}
    for town in towns:
        inputs = town["inputs"]
        e = oracle.log_norm(inputs["density"], 500, 30000)
        v = oracle.lin(inputs["vulnerable"], 0, 40)
        inherent, dynamic = {}, {}
        for row in inputs["sectors"]:
            name, raw = row["sector"], row["hazard_raw"]
            log = name in ("危化", "消防")
            top = high.get(name, 40)
            norm = oracle.log1p_norm(raw, top) if log else oracle.lin(raw, 0, top)
            inherent[name] = oracle.inherent(norm, e, v)
            weather = oracle.weather(signals, oracle.EFFECT[name])
            dynamic[name] = oracle.dyn(weather, row["H"], row["A"], row["P"])
        control = oracle.ctl(inputs["index"], inputs["closure"], inputs["online"])
        score, _, dominant = oracle.town(inherent, dynamic, control)
        assert town["score"] == pytest.approx(score, abs=1e-9)
        assert (town["band_level"], town["dominant_sector"]) == (oracle.colour(score), dominant)


def test_the_guard_sees_a_small_move() -> None:
    assert list(differences({"a": [1.0, 2.0]}, {"a": [1.0, 2.00001]})) == [".a[1]: 2.0 -> 2.00001"]
    assert list(differences({"a": 1.0}, {"a": 1.0 + 1e-9})) == []
