"""What the tests of the engine share: the default scheme and a way to write a day down."""

import importlib.util
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from scoring.daily.inputs import DailyInputs, Triggers
from scoring.schemes.scheme import Scheme, load_scheme

# A failing example names the scheme instead of printing all of it.
Scheme._repr_pretty_ = lambda self, printer, cycle: printer.text(repr(self))

ROOT = Path(__file__).resolve().parents[2]
SCHEME_FILE = ROOT / "data" / "schemes" / "default-2026.toml"
ORACLE_FILE = ROOT / "tests" / "oracle" / "reference_model.py"


@pytest.fixture(scope="session")
def scheme_text() -> str:
    return SCHEME_FILE.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def scheme(scheme_text: str) -> Scheme:
    return load_scheme(scheme_text)


@pytest.fixture(scope="session")
def oracle() -> ModuleType:
    """Load the independent reference model; it leaves its CSVs open."""
    spec = importlib.util.spec_from_file_location("reference_model", ORACLE_FILE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def make_day(scheme: Scheme) -> Callable[..., DailyInputs]:
    """Return a function that writes down a day: n towns, everything known, nothing going on."""

    def make(n: int = 1, **given: Any) -> DailyInputs:
        m = len(scheme.sectors)
        signals = given.pop("signals", [])
        named: dict[str, Any] = {
            "hazard": np.zeros((n, m)),
            "density": np.full(n, 500.0),
            "vulnerable": np.zeros(n),
            "signal_type": np.array([s[0] for s in signals], dtype=np.int64),
            "signal_level": np.array([s[1] for s in signals], dtype=np.int64),
            "signal_covers": np.array(
                [s[2] if len(s) > 2 else np.ones(n, dtype=bool) for s in signals], dtype=bool
            )
            .reshape(len(signals), n)
            .T,
            "signal_known": True,
            "backlog": np.zeros((n, m, 4)),
            "accident": np.zeros((n, m)),
            "special": np.zeros((n, m)),
            "index": np.full(n, 50.0),
            "closure": np.full(n, 0.5),
            "online": np.full(n, 0.5),
            "triggers": Triggers(),
            "lowered": np.zeros(n, dtype=np.int8),
            "previous_level": np.full(n, -1, dtype=np.int8),
        }
        return DailyInputs(**(named | given))

    return make
