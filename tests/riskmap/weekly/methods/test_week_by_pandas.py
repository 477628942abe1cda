"""Whole weeks of the sample district against an independent sum of its raw files."""

import importlib.util
import shlex
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from typer.testing import CliRunner

from riskmap.cli.main import app
from riskmap.daily.computing import places_of
from riskmap.district import load_district, snapshots_in_use
from riskmap.ledger.gaming import week_window
from riskmap.paths import data_dir
from riskmap.schemes import scheme_in_use
from riskmap.weekly.measures import Measure, WeekMoment
from riskmap.weekly.measuring import measure_week
from riskmap.weekly.methods.material import KINDS
from riskmap.workspace import open_workspace

NOW = datetime.fromisoformat("2026-07-01T09:00:00+08:00")
NEEDED = ("towns", "communities", "population", "hazard_sources", "shelters", *KINDS)
WEEKS = ("2026-W02", "2026-W09", "2026-W14", "2026-W24", "2026-W25", "2026-W26")
"""W02 has a sign of gaming, W09 is longer by the spring festival, W14 has the only alarm of the
year left for hours (AL0040, the Saturday after W13 is cut off), W25 ends before a holiday."""
COMPUTED = ("A1.2", "A1.3", "A2.2", "A2.3", "A2.4", "A4.1", "A5.1", "A5.3", "A6.3", "A7.2", "A8.1")
"""Of origin records and with records in the sample: devices are silent, nothing was exposed."""


@pytest.fixture(scope="module")
def by_pandas() -> ModuleType:
    """Return the independent script as a module."""
    spec = importlib.util.spec_from_file_location(
        "by_pandas", Path(__file__).with_name("by_pandas.py")
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def raw_files(by_pandas: ModuleType) -> Any:
    """Return the sample's raw files as the script reads them."""
    data = data_dir()
    return by_pandas.Sample(data / "sample" / "raw", data / "calendars" / "workdays-cn.csv")


@pytest.fixture(scope="module")
def weeks_measured(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[dict[str, str], dict[str, dict[str, Measure]]]]:
    """Return the towns' names by code and the indicators of the weeks, as riskmap measures them."""
    root = tmp_path_factory.mktemp("by-pandas") / "ws"
    runner, env = CliRunner(), {"RISKMAP_NOW": NOW.isoformat()}
    raw = data_dir() / "sample" / "raw"
    lines = (data_dir() / "sample" / "commands.txt").read_text("utf-8").splitlines()
    for line in [f"riskmap init {root} --name 云溪区 --code 339901", *lines]:
        words = [word.replace("raw/", f"{raw}/") for word in shlex.split(line, comments=True)[1:]]
        if words and (words[0] == "init" or words[1] in NEEDED):
            done = runner.invoke(app, ["-w", str(root), *words], env=env)
            assert done.exit_code in (0, 1), (line, done.output)
    with open_workspace(root) as ws:
        scheme = scheme_in_use(ws)
        found, _ = snapshots_in_use(ws, None)
        places = places_of(load_district(ws, {"towns": found["towns"]}), scheme)
        assert scheme.weekly is not None
        yield (
            dict(zip(places.codes, places.names, strict=True)),
            {
                week: measure_week(
                    ws, scheme.weekly, WeekMoment(week, week_window(ws, week), NOW), places
                )
                for week in WEEKS
            },
        )


@pytest.mark.parametrize("week", WEEKS)
def test_a_week_of_the_sample_summed_by_pandas(
    week: str, by_pandas: ModuleType, raw_files: Any, weeks_measured: Any
) -> None:
    names, weeks = weeks_measured
    oracle = by_pandas.week_by_pandas(raw_files, week, names)
    assert set(oracle) == set(weeks[week])
    for code, one in weeks[week].items():
        table = oracle[code]
        if code == "A1.3":  # how many people live where is a raster
            assert_array_equal(one.numerator, table["numerator"], code)
            assert_allclose(one.value, table["numerator"] / one.denominator, rtol=1e-12)
            continue
        assert_allclose(one.value, table["value"], rtol=1e-12, err_msg=code)
        counted = ~np.isnan(one.denominator) & (one.denominator > 0)
        for name in {"numerator", "denominator"} & set(table):
            both = counted & table[name].notna().to_numpy()
            ours = getattr(one, name)
            assert_array_equal(ours[both], table[name].to_numpy()[both], f"{code} {name}")


def test_the_sample_exercises_what_is_computed(weeks_measured: Any) -> None:
    """A comparison of zeros and blanks would prove nothing."""
    _, weeks = weeks_measured
    for code in COMPUTED:
        own = np.concatenate(
            [
                week[code].value[[said == "records" for said in week[code].origin]]
                for week in weeks.values()
            ]
        )
        values = len(np.unique(own[~np.isnan(own)]))
        assert values > (code != "A2.4"), code  # in these weeks every penalty was published
    assert any(one["signs"] for one in weeks["2026-W02"]["A5.3"].facts.values())
