"""How a town is asked for, and how what it lacks is put into words."""

import pytest

from riskmap.daily.day_rows import incomplete_zh
from riskmap.daily.days import find_town
from riskmap.errors import NotFoundError

DAY = {
    "towns": [
        {"code": "10015110", "name": "秀林鄉"},
        {"code": "331003001", "name": "东城街道"},
        {"code": "331003002", "name": "臺口乡"},
        {"code": "331003003", "name": "台口乡"},
    ]
}


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("秀林乡", "10015110"),
        (" 東城街道 ", "331003001"),
        ("331003001000", "331003001"),
        ("台口乡", "331003003"),  # as written comes before as spelt otherwise
    ],
)
def test_a_town_in_another_spelling(asked: str, code: str) -> None:
    assert find_town(DAY, asked) == code


def test_two_towns_of_one_spelling_are_not_guessed() -> None:
    with pytest.raises(NotFoundError, match="没有这个镇街"):
        find_town(DAY, "臺口鄉")


def test_what_is_lacking_is_in_words() -> None:
    town = {
        "incomplete": ["h1", "vulnerable", "warnings", "hidden_dangers", "density"],
        "inputs": {"sectors": [{"indicator": "h1", "sector": "危化"}]},
    }
    assert incomplete_zh(town) == ["危化点位", "脆弱目标", "气象预警", "隐患", "人口密度"]
