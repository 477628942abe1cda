"""Every example in a docstring of the composite engine runs."""

import doctest
import importlib
import pkgutil

import pytest

import scoring.composite

MODULES = [module.name for module in pkgutil.iter_modules(scoring.composite.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_composite_examples_run(name):
    module = importlib.import_module(f"scoring.composite.{name}")
    assert doctest.testmod(module).failed == 0


def test_there_are_composite_examples():
    finder = doctest.DocTestFinder()
    modules = [importlib.import_module(f"scoring.composite.{name}") for name in MODULES]
    assert sum(bool(t.examples) for module in modules for t in finder.find(module)) >= 15
