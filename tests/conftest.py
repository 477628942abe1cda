"""Settings shared by all tests: real data is opt-in, and in CI a skip is a failure."""

import os
from collections.abc import Generator
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


def refused(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turn a skip into a failure when CI is set."""
    if report.skipped and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"a skipped test is a failure in CI: {report.longrepr}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport]:
    """Refuse the skip of a test in CI."""
    report = yield
    refused(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport]:
    """Refuse the skip of a whole module in CI."""
    report = yield
    refused(report)
    return report


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Return the folder of real data (see RISKMAP_REAL_DATA)."""
    return Path(os.environ["RISKMAP_REAL_DATA"]).resolve()
