"""Sentences that were stored with a card, as people read them: weeks, cards and days by name.

What is stored stays as it was raised; only the way it is shown changes. Numbers of dangers and
accidents stay: people use these in letters.
"""

import re
from collections.abc import Callable

from markupsafe import Markup, escape

from web.formatting import full_date
from web.texts.lookup import Texts
from web.weekly.week_view import week_name

ZH = Texts("zh")
_NUMBER = r"(?P<number>(?P<week>\d{4}-W\d{2})-[0-9A-Z]+-(?P<card>white|yellow|red))"
_CARD = re.compile(
    r"(?:(?P<given>\d{4}年第\d+周发[白黄红]牌)（)?(?:[白黄红]牌 )?"
    rf"{_NUMBER}(?(given)）|(?:（[白黄红]牌）)?)"
)
"""A card by its number, with the words that say once more which card it is."""
_WEEK = re.compile(r"(?<![\w-])(\d{4}-W\d{2})(?![\w-])(?: 周)?(?: (?=[\u4e00-\u9fff]))?")
_DAY = re.compile(r"(?<=期限 )(\d{4}-\d{2}-\d{2})(?!\d)")
_REVISION = re.compile(r"第 (\d+) 稿")


def card_name(number: str, t: Texts) -> str:
    """Return a card by its week and kind; a number of another shape stays as it is.

    >>> card_name("2026-W44-339901004-yellow", ZH), card_name("K-7", ZH)
    ('2026年第44周黄牌', 'K-7')
    """
    found = re.fullmatch(_NUMBER, number)
    if found is None:
        return number
    week, card = week_name(found["week"], t), t(f"card_{found['card']}")
    return t("card_of_week", week=week, card=card)


def readable(text: str) -> str:
    """Return a stored sentence with its weeks, cards and terms by name.

    >>> readable("12 周内 2 次黄牌（此前：2026-W44-339901004-yellow）")
    '12 周内 2 次黄牌（此前：2026年第44周黄牌）'
    >>> readable("此前 2026年第44周发黄牌（2026-W44-339901004-yellow）")
    '此前 2026年第44周发黄牌'
    >>> readable("2026年第45周再次触发（在身黄牌 2026-W44-339901004-yellow）")
    '2026年第45周再次触发（在身2026年第44周黄牌）'
    >>> readable("期限 2026-11-18，超期 1 天：330110-7"), readable("2026-W34 周")
    ('期限 2026年11月18日，超期 1 天：330110-7', '2026年第34周')
    >>> readable("环比下降 10.80 分（2026-W40 为 82.65）")
    '环比下降 10.80 分（2026年第40周为 82.65）'
    """
    return _plain(_CARD.sub(_name, text))


def linked(text: str, address: Callable[[str], str], said: Callable[[str], str] = str) -> Markup:
    """Return a stored sentence as `readable` does, every card that it names leading to its page.

    Parameters
    ----------
    address
        The page of a card by its number.
    said
        What is done to the words between (masking).

    Examples
    --------
    >>> linked("由 2026-W44-339901004-red（红牌）取代", lambda number: f"/{number}")
    Markup('由 <a href="/2026-W44-339901004-red">2026年第44周红牌</a>取代')
    """
    parts, start = [], 0
    for found in _CARD.finditer(text):
        link = Markup('<a href="{}">{}</a>').format(address(found["number"]), _name(found))
        parts += [escape(said(_plain(text[start : found.start()]))), link]
        start = found.end()
    return Markup("").join([*parts, escape(said(_plain(text[start:])))])


def _name(found: re.Match[str]) -> str:
    return found["given"] or card_name(found["number"], ZH)


def _plain(text: str) -> str:
    text = _DAY.sub(lambda found: full_date(found[1]), text)
    text = _WEEK.sub(lambda found: week_name(found[1], ZH), text)
    return _REVISION.sub(r"第 \1 版", text)
