"""Where a row comes from, in words."""

import pytest

from web.formatting import origin

NUMBER = "330106-001-20260630-0007"


@pytest.mark.parametrize(
    ("source", "zh", "en"),
    [
        ("hidden.csv:485", "hidden.csv:485", "hidden.csv:485"),
        ("entry#12", "手工登记，审计第 12 号", "entered by hand, audit no. 12"),
        (f"ledger:{NUMBER}#3", f"隐患台账 {NUMBER} 第 3 版", f"ledger {NUMBER}, version 3"),
        (None, None, None),
    ],
)
def test_inner_words_do_not_reach_the_page(source: str, zh: str, en: str) -> None:
    assert origin(source) == zh
    assert origin(source, "en") == en
