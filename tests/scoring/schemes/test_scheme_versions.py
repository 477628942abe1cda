"""A new version of a scheme: only what was asked changes, and the old one stays."""

import tomllib

import pytest

from scoring.errors import SchemeError
from scoring.schemes.scheme import load_scheme
from scoring.schemes.versions import propose_scheme, scheme_diff


def test_a_scheme_does_not_differ_from_itself(scheme):
    assert scheme_diff(scheme, scheme) == []


def test_diff_names_the_path_and_both_values(scheme, scheme_text):
    text = scheme_text.replace("weight = 0.13", "weight = 0.12").replace(
        'code = "其他"\nsector = "其他"', 'code = "其他"\nsector = "消防"'
    )
    text = text.replace("weight = 0.15", "weight = 0.16")
    assert scheme_diff(scheme, load_scheme(text)) == [
        ("domains[其他].sector", "其他", "消防"),
        ("sectors[内涝地灾].weight", 0.13, 0.12),
        ("sectors[工贸].weight", 0.15, 0.16),
    ]


def test_a_key_that_only_one_has(scheme, scheme_text):
    text = scheme_text.replace('reason = "', 'based_on = "abc"\nreason = "', 1)
    assert scheme_diff(scheme, load_scheme(text)) == [("based_on", None, "abc")]


def test_proposal_changes_only_the_goalposts(scheme, scheme_text):
    reason = '95th percentile of "云溪" \\ 2026-06'
    text = propose_scheme(scheme_text, {"h2": 36, "h4": 250.5, "e": 18000}, "云溪-2026.2", reason)
    new = load_scheme(text)
    differences = {path: (a, b) for path, a, b in scheme_diff(scheme, new)}
    assert {path: pair for path, pair in differences.items() if path.endswith(".hi")} == {
        "hazards[h2].hi": (60.0, 36.0),
        "hazards[h4].hi": (400.0, 250.5),
        "exposure.hi": (30000.0, 18000.0),
    }
    assert set(differences) - {p for p in differences if p.endswith((".hi", ".source"))} == {
        *("version", "reason", "based_on")
    }
    assert differences["based_on"] == (None, scheme.digest)
    assert new.hazards[1].source == reason
    assert text.count("\n") == scheme_text.count("\n") + 1  # based_on; every comment stays
    again = propose_scheme(text, {"h2": 40}, "云溪-2026.3", "again")
    assert tomllib.loads(again)["based_on"] == new.digest


@pytest.mark.parametrize(
    ("goalposts", "version", "said"),
    [
        ({"h9": 10}, "new", "没有指标 h9"),
        ({"h2": 10}, "default-2026.3", "须与旧版本不同"),
        ({"h2": 0.0}, "new", "请让 lo < hi"),
        ({"e": float("nan")}, "new", "之间"),
    ],
)
def test_proposals_that_cannot_be(scheme_text, goalposts, version, said):
    with pytest.raises(SchemeError, match=said):
        propose_scheme(scheme_text, goalposts, version, "why")


def test_a_reason_is_asked(scheme_text):
    with pytest.raises(SchemeError, match="理由"):
        propose_scheme(scheme_text, {"h2": 10}, "new", "  ")
