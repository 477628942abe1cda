"""The eleven towns of the fictional district 云溪区: who lives there and what stands there."""

from dataclasses import dataclass
from typing import get_type_hints

DISTRICT_NAME = "云溪区"
DISTRICT_CODE = "339901"
CITY_NAME = "云州市"
EPSG = 4549
CENTRE_LON, CENTRE_LAT = 120.0, 29.0
AREA_KM2 = 500.0


@dataclass(frozen=True)
class TownProfile:
    """One town: place in the outline, people, and how many sites of each kind it has.

    `u`, `v` are the seat in units of the district's radius, `pull` [m²] widens the town at its
    neighbours' cost, `thousands` are residents in thousands, `spread_m` is the scale of the
    built-up area around the seat [m], `control` the usual weekly index. The counts are sites
    before defects are mixed in.
    """

    number: int
    name: str
    kind: str
    u: float
    v: float
    pull: float
    thousands: float
    spread_m: float
    communities: int
    chemical: int
    industry: int
    fire: int
    sites: int
    black_spots: int
    water_and_slopes: int
    other_points: int
    targets: int
    shelters: int
    control: float

    @property
    def code(self) -> str:
        """Return the 9-digit code."""
        return f"{DISTRICT_CODE}{self.number:03d}"


_TABLE = """
1 云栖街道 街道 0.02 0.03 -6e6 165 2600 14 5 14 300 14 9 18 16 50 18 93
2 澄湖街道 街道 0.22 0.22 -5e6 140 2600 12 4 18 210 16 8 17 14 42 15 91
3 南屏街道 街道 -0.10 -0.28 -4e6 120 2600 11 5 38 150 14 8 16 13 38 13 87
4 望江街道 街道 0.52 -0.12 0 78 2300 8 24 58 80 12 8 16 18 34 9 80
5 东皋街道 街道 0.42 0.52 0 90 2800 9 8 60 105 13 7 13 10 30 11 85
6 石梁镇 镇 -0.45 0.10 0 92 2800 10 8 74 95 10 7 12 9 26 12 87
7 青墩镇 镇 0.20 -0.58 0 83 2800 10 9 92 80 8 8 11 8 24 11 77
8 白沙镇 镇 0.72 0.22 2e6 62 2800 8 7 45 50 6 7 13 8 22 9 84
9 双溪镇 镇 -0.20 0.58 4e6 43 2600 8 4 26 40 3 5 14 7 12 9 89
10 枫岭乡 乡 -0.72 0.42 6e6 16 2000 6 1 6 12 1 3 17 8 7 7 92
11 云门乡 乡 -0.58 -0.42 6e6 11 1800 5 1 4 8 1 3 16 7 6 6 94
"""


def _town(line: str) -> TownProfile:
    kinds = get_type_hints(TownProfile).values()
    return TownProfile(*(kind(cell) for kind, cell in zip(kinds, line.split(), strict=True)))


TOWNS: tuple[TownProfile, ...] = tuple(_town(line) for line in _TABLE.strip().splitlines())

_STEMS = """
新桥 西山 东岙 前塘 后塘 大树 石桥 清泉 柳浪 桂花 梅园 长乐 永安 和平 青松 白塔
上林 下林 金星 红旗 凤鸣 龙湾 古井 南塘 北塘 横溪 竹坞 荷塘 银杏 松涛 水月 桃源
茶园 兰亭 书院 牌坊 灯塔 渡口 仓前 城东 城西 城南 城北 湖滨 江畔 花园 康乐 吉祥
同心 丰收 朝阳 晨光 新安 安宁 广福 万年 三元 五里
"""
COMMUNITY_STEMS: tuple[str, ...] = tuple(_STEMS.split())
BRAND_FIRST = "恒宏瑞华盛泰鑫宇博凯信达源远嘉永正天诚德金顺兴联合众"
BRAND_SECOND = "达通和升隆昌源丰泰安利祥辉业润成发盈捷康茂洋晟益立强"
