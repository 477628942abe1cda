"""Settings shared by all tests: real data is opt-in, and in CI a skip is a failure."""

import os
from pathlib import Path

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect tests of real data where RISKMAP_REAL_DATA does not name its folder."""
    if os.environ.get("RISKMAP_REAL_DATA"):
        return
    real = [item for item in items if item.get_closest_marker("real")]
    if real:
        config.hook.pytest_deselected(items=real)
        items[:] = [item for item in items if not item.get_closest_marker("real")]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    """Turn every skip into a failure when CI is set."""
    outcome = yield
    report = outcome.get_result()
    if report.skipped and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"a skipped test is a failure in CI: {report.longrepr}"


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Return the folder of real data (see RISKMAP_REAL_DATA)."""
    return Path(os.environ["RISKMAP_REAL_DATA"]).resolve()
