"""Parameters of the API: what is taken, what is refused, and cursors that cannot be forged."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.errors import ParameterError
from web.parameters import (
    Bbox,
    Cursor,
    parse_bbox,
    parse_date,
    parse_town,
    read_cursor,
    write_cursor,
)


def test_dates_are_iso_and_nothing_else() -> None:
    assert parse_date("2026-06-30") == datetime.date(2026, 6, 30)
    for text in (
        "20260630",
        "2026-6-30",
        "2026-02-30",
        "2026-W27-2",
        "今天",
        "",
        "1",
        "２０２６-06-30",
    ):
        with pytest.raises(ParameterError, match="YYYY-MM-DD"):
            parse_date(text)


def test_town_codes_of_twelve_digits_are_cut_and_taiwan_has_eight() -> None:
    assert parse_town("339901001000") == "339901001"
    assert parse_town("339901001") == "339901001"
    assert parse_town("10015010") == "10015010"
    for text in ("339901001001", "33990100", "3399010011", "abc", "三三九九零一零零一", "")[2:]:
        with pytest.raises(ParameterError, match="9 位"):
            parse_town(text)


def test_a_rectangle_is_west_south_east_north() -> None:
    assert parse_bbox(None) is None
    assert parse_bbox("121,28.4,121.4,28.8") == Bbox(121, 28.4, 121.4, 28.8)
    assert parse_bbox("121,28.4,121.4,28.8").text == "121,28.4,121.4,28.8"  # type: ignore[union-attr]  # a rectangle was given
    refused = ("", "1,2,3", "1,2,3,4,5", "a,b,c,d", "nan,0,1,1", "0,0,inf,1", "2,0,1,1", "0,2,1,1",
               "-181,0,1,1", "0,0,1,91", "1;2;3;4")  # fmt: skip
    for text in refused:
        with pytest.raises(ParameterError, match="bbox"):
            parse_bbox(text)


@given(st.text(max_size=60))
def test_any_rectangle_text_is_taken_or_refused(text: str) -> None:
    try:
        bbox = parse_bbox(text)
    except ParameterError:
        return
    assert bbox is not None
    assert -180 <= bbox.west <= bbox.east <= 180
    assert -90 <= bbox.south <= bbox.north <= 90


@given(
    st.text(max_size=20), st.integers(0, 10**9), st.text(alphabet="0123456789abcdef", max_size=64)
)
def test_a_cursor_comes_back_as_it_was(query: str, offset: int, digest: str) -> None:
    text = write_cursor(Cursor(digest, query, offset))
    assert read_cursor(text, query) == Cursor(digest, query, offset)
    with pytest.raises(ParameterError, match="另一个图层或范围"):
        read_cursor(text, query + "x")


@given(st.text(max_size=120))
def test_a_made_up_cursor_is_refused(text: str) -> None:
    with pytest.raises(ParameterError):
        read_cursor(text, "shelters|")


@given(st.integers(0, 10**6), st.integers(0, 40))
def test_a_cursor_with_one_letter_changed_is_refused(offset: int, place: int) -> None:
    text = write_cursor(Cursor("a" * 64, "shelters|", offset))
    place %= len(text) - 2
    changed = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
    with pytest.raises(ParameterError):
        read_cursor(changed, "shelters|")
