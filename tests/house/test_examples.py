"""Every example in a docstring of the four packages runs."""

import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("layers", "scoring", "riskmap", "web")
FEWEST = 120
"""Examples there are at least; fewer would mean that the search has gone blind."""


def with_examples() -> list[str]:
    """Return the modules whose text holds an example."""
    paths = (path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py")))
    return [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in paths
        if ">>> " in path.read_text("utf-8")
    ]


MODULES = with_examples()


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name: str) -> None:
    outcome = doctest.testmod(importlib.import_module(name))
    assert outcome.attempted, "an example stands where doctest does not see it"
    assert outcome.failed == 0


def test_no_package_is_without_examples() -> None:
    assert {name.partition(".")[0] for name in MODULES} == set(PACKAGES)


def test_there_are_many_examples() -> None:
    assert (
        sum(
            (ROOT / name.replace(".", "/")).with_suffix(".py").read_text("utf-8").count(">>> ")
            for name in MODULES
        )
        >= FEWEST
    )


def test_the_guard_sees_a_wrong_example() -> None:
    parsed = doctest.DocTestParser().get_doctest(">>> 1 + 1\n3\n", {}, "wrong", None, None)
    runner = doctest.DocTestRunner(verbose=False)
    assert runner.run(parsed, out=lambda _: None).failed == 1
