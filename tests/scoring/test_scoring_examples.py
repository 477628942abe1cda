"""Every example in a docstring of scoring runs."""

import doctest
import importlib
import pkgutil

import pytest

import scoring

MODULES = [module.name for module in pkgutil.iter_modules(scoring.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name):
    module = importlib.import_module(f"scoring.{name}")
    assert doctest.testmod(module).failed == 0


def test_there_are_examples():
    finder = doctest.DocTestFinder()
    modules = [importlib.import_module(f"scoring.{name}") for name in MODULES]
    count = sum(bool(test.examples) for module in modules for test in finder.find(module))
    assert count >= 15
