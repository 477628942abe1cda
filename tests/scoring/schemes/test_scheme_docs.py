"""Docs are tested: every key of a scheme stands in docs/reference/scheme.md."""

import re
import tomllib
from pathlib import Path

import pytest

DOC = Path(__file__).resolve().parents[3] / "docs" / "reference" / "scheme.md"
EVERYWHERE = {"source", "status"}


def keys_of(value):
    """Names of keys; names that are data (effects by sub-sector) are left out."""
    if isinstance(value, list):
        return {key for one in value for key in keys_of(one)}
    if not isinstance(value, dict):
        return set()
    inner = {key for name, one in value.items() if name != "effects" for key in keys_of(one)}
    return set(value) | inner


def test_every_key_is_documented(scheme_text):
    words = set(re.findall(r"[A-Za-z_][A-Za-z0-9_]*", DOC.read_text(encoding="utf-8")))
    shortened = {"effect_1", "effect_2"}  # written as effect_0 … effect_3
    assert keys_of(tomllib.loads(scheme_text)) - words - EVERYWHERE - shortened == set()


@pytest.mark.parametrize("name", ["withholds_green", "window_days", "based_on"])
def test_the_page_says_more_than_the_name(name):
    assert f"`{name}`" in DOC.read_text(encoding="utf-8")
