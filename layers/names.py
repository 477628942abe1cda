"""Names and headers as people write them, brought to one spelling for comparing.

The spelling made here is a key for matching only; what is stored and shown is the text of the
source (trimmed).
"""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping

import pandas as pd

# Traditional and variant characters of place names and table headers, each before the
# simplified one. Only characters that occur there: this is no general converter.
_PAIRS = (
    "臺台縣县鄉乡鎮镇區区裡里裏里蓮莲壽寿豐丰鳳凤濱滨萬万榮荣復复興兴溪溪瑞瑞號号處处難难災灾"
    "類类別别內内預预計计容容稱称經经緯纬應应風风險险點点業业數数量量戶户總总男男齡龄歲岁"
    "滿满適适弱弱圖图寬宽層层樓楼學学國国場场廠厂廣广東东門门關关嶺岭嶼屿灣湾龍龙龜龟"
    "橋桥壢坜園园義义彰彰雲云嘉嘉連连馬马衛卫設设備备倉仓儲储氣气體体級级種种責责單单"
    "鐵铁醫医護护養养飛飞機机車车電电線线開开發发報报編编碼码標标誌志記记錄录檢检"
    "實实際际間间時时長长負负聯联絡络話话現现況况狀状態态狹狭邊边離离遠远縱纵橫横"
    "會会議议鄰邻圍围劃划規规範范環环築筑構构築筑寧宁陽阳陰阴陳陈劉刘張张鄭郑鄧邓"
    "歸归進进過过還还運运達达遷迁選选鹽盐鹿鹿麗丽麥麦黃黄齊齐齒齿嘆叹壩坝墾垦壘垒"
)
_SIMPLE = {ord(_PAIRS[i]): _PAIRS[i + 1] for i in range(0, len(_PAIRS) - 1, 2)}
_SPACES = re.compile(r"[\s\u200b\u200c\u200d\u2060\ufeff]+")
_BRACKET = re.compile(r"[(\[{【〔](?P<inside>[^()\[\]{}【】〔〕]*)[)\]}】〕]$")


def clean(text: str) -> str:
    """Return text in NFKC (full-width to half-width) without outer and odd white space."""
    plain = unicodedata.normalize("NFKC", text)
    return _SPACES.sub(" ", plain).strip()


def name_key(text: str) -> str:
    """Return the key by which two spellings of one name are equal.

    NFKC, no white space, 臺 as 台, traditional as simplified characters, lower case.

    >>> name_key("　臺東 縣") == name_key("台东县")
    True
    """
    plain = unicodedata.normalize("NFKC", text)
    return _SPACES.sub("", plain).translate(_SIMPLE).casefold()


def name_keys(names: pd.Series) -> pd.Series:
    """Return `name_key` of every value, shape (n,); a missing name stays missing.

    Each distinct spelling is worked out once.
    """
    distinct = names.dropna().unique()
    keys: Mapping[str, str] = {value: name_key(value) for value in distinct}
    return names.map(keys).astype("str")


def header_key(text: str) -> str:
    """Return the key of a column header: `name_key` without marks such as ``*`` and ``:``."""
    return re.sub(r"[*＊:：、\"'“”_\-]", "", name_key(text))


def header_parts(text: str) -> tuple[str, str]:
    """Split a header into its key and what stands in its last brackets (a unit, mostly).

    >>> header_parts("设计最大量（吨）")
    ('设计最大量', '吨')
    """
    plain = name_key(text)
    found = _BRACKET.search(plain)
    if found is None or found.start() == 0:
        return header_key(text), ""
    return header_key(plain[: found.start()]), found["inside"]


def nearest(name: str, candidates: Iterable[str], count: int = 3) -> list[str]:
    """Return up to `count` candidates that look most like a name, best first."""
    by_key = {name_key(candidate): candidate for candidate in candidates}
    keys = difflib.get_close_matches(name_key(name), list(by_key), n=count, cutoff=0.4)
    return [by_key[key] for key in keys]


def or_nearest(name: str, candidates: Iterable[str]) -> str:
    """Return a Chinese hint that names the nearest candidates, or says there are none."""
    near = nearest(name, candidates)
    return f"相近的有：{'、'.join(near)}" if near else "没有相近的名称"
