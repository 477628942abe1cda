"""Thirteen months of warnings as the national feed gives them, responses, special periods."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from riskmap.sample.profiles import CITY_NAME, DISTRICT_CODE, DISTRICT_NAME

DAYS = 395
_CLIMATE: dict[str, tuple[str, dict[str, float], float]] = {
    # type: months, chance per day by colour, usual hours until it is lifted (0: never lifted)
    "雷电": ("4 5 6 7 8 9", {"黄": 0.16, "橙": 0.01}, 0),
    "暴雨": ("3 4 5 6 7 8 9", {"蓝": 0.06, "黄": 0.07, "橙": 0.03, "红": 0.004}, 16),
    "大风": ("1 2 3 4 7 8 11 12", {"蓝": 0.05, "黄": 0.012}, 0),
    "高温": ("7 8", {"黄": 0.24, "橙": 0.26, "红": 0.02}, 12),
    "大雾": ("11 12 1 2 3", {"黄": 0.06, "橙": 0.02}, 5),
    "道路结冰": ("12 1 2", {"黄": 0.06, "橙": 0.015}, 16),
    "寒潮": ("11 12 1 2", {"蓝": 0.03, "黄": 0.01}, 0),
    "霾": ("12 1", {"黄": 0.05}, 0),
    "森林火险": ("10 11 12 2 3 4", {"橙": 0.02}, 0),
}
_TYPHOONS = ((7, 21), (8, 9), (9, 13))
_FOLLOWS = (("蓝", -36), ("黄", -20), ("橙", -8), ("黄", 6))
_TYPE_NUMBER = {"台风": 1, "暴雨": 2, "寒潮": 4, "大风": 5, "高温": 7, "雷电": 9, "大雾": 12}
_COLOUR_NUMBER = {"蓝": 1, "黄": 2, "橙": 3, "红": 4}
_FINAL = {
    "cold": ("道路结冰", "橙", "预计未来6小时内，石梁镇、双溪镇、枫岭乡、云门乡等地路面有结冰"),
    "warm": ("暴雨", "橙", "过去3小时双溪镇、枫岭乡、石梁镇降雨已超过50毫米，预计降雨仍将持续"),
}


def make_warnings(seed: int, end: date) -> list[dict[str, str]]:
    """Return the items of the feed, newest first, the last issued at 06:20 on `end`."""
    rng = np.random.default_rng([seed, 21])
    items: list[dict[str, str]] = []
    for back in range(DAYS, 0, -1):
        day = end - timedelta(days=back)
        for kind, (months, chances, hours) in _CLIMATE.items():
            draw, minute = rng.random(), int(rng.integers(0, 1440))
            colour = _drawn(chances, draw) if str(day.month) in months.split() else ""
            if colour:
                items += _episode(day, kind, colour, hours=hours, minute=minute)
    for month, first in _TYPHOONS:
        for year in (end.year - 2, end.year - 1, end.year):
            items += _typhoon(datetime(year, month, first, 18), end)
    items += _last_days(end)
    unique = {item["alertid"]: item for item in items}
    return sorted(unique.values(), key=lambda item: item["issuetime"], reverse=True)


def _drawn(chances: dict[str, float], draw: float) -> str:
    for colour in reversed(list(chances)):
        if draw < chances[colour]:
            return colour
        draw -= chances[colour]
    return ""


def _episode(
    day: date, kind: str, colour: str, *, hours: float, minute: int
) -> list[dict[str, str]]:
    start = 11 * 60 if kind == "高温" else minute
    at = datetime(day.year, day.month, day.day) + timedelta(minutes=start)
    city = minute % 4 == 0
    lifted = [_item(at + timedelta(hours=hours), kind, "", city=city)] if hours else []
    return [_item(at, kind, colour, city=city), *lifted]


def _typhoon(peak: datetime, end: date) -> list[dict[str, str]]:
    first = end - timedelta(days=DAYS)
    if not first < peak.date() < end - timedelta(days=3):
        return []
    steps = [(colour, peak + timedelta(hours=h)) for colour, h in _FOLLOWS]
    if peak.month == 8:
        steps.insert(3, ("红", peak))
    items = [_item(at, "台风", colour, city=False) for colour, at in steps]
    return [*items, _item(peak + timedelta(hours=20), "台风", "", city=False)]


def _last_days(end: date) -> list[dict[str, str]]:
    season = "warm" if end.month in (4, 5, 6, 7, 8, 9) else "cold"
    kind, colour, said = _FINAL[season]
    at = datetime(end.year, end.month, end.day)
    evening = at - timedelta(hours=4, minutes=50)
    dawn = at + timedelta(hours=6, minutes=20)
    other = "雷电" if season == "warm" else "大雾"
    return [
        _item(evening, kind, "黄", city=False),
        _item(at + timedelta(hours=1, minutes=5), other, "黄", city=True),
        _item(dawn, kind, colour, city=False, said=said),
    ]


def _item(at: datetime, kind: str, colour: str, *, city: bool, said: str = "") -> dict[str, str]:
    code = f"{DISTRICT_CODE[:4]}00" if city else DISTRICT_CODE
    station = f"{CITY_NAME}气象台" if city else f"{CITY_NAME}{DISTRICT_NAME}气象台"
    shown = f"{colour}色" if colour else ""
    verb = "发布" if colour else "解除"
    alert = f"{code}41600000_{at:%Y%m%d%H%M}{len(kind) + _COLOUR_NUMBER.get(colour, 0) * 10:02d}"
    picture = f"p{_TYPE_NUMBER.get(kind, 99):04d}{_COLOUR_NUMBER.get(colour, 0):03d}"
    item = {
        "alertid": alert,
        "issuetime": f"{at:%Y/%m/%d %H:%M}",
        "title": f"{station}{verb}{kind}{shown}预警信号",
        "url": f"/publish/alarm/{alert}.html",
        "pic": f"/assets/img/alarm/{picture}.png",
    }
    if said:
        when = f"{at.year}年{at.month:02d}月{at.day:02d}日{at.hour:02d}时{at.minute:02d}分"
        item["content"] = f"{station}{when}{verb}{kind}{shown}预警信号：{said}，请注意防范。"
    return item


def write_feed(path: Path, items: list[dict[str, str]]) -> None:
    """Write the feed as the national site gives it, one warning per line."""
    page = {"pageNo": 1, "pageSize": len(items), "count": len(items), "prev": 1, "next": 1}
    lines = ",\n".join(json.dumps(item, ensure_ascii=False) for item in items)
    head = json.dumps(page)[:-1]
    path.write_text(
        f'{{"msg": "success", "code": 0, "data": {{"page": {head}, "list": [\n{lines}\n]}}}}}}\n',
        encoding="utf-8",
    )


def make_responses(end: date) -> pd.DataFrame:
    """Return emergency responses: one per typhoon and a flood response that is in force."""
    rows: list[tuple[str, str, datetime, datetime | None, str]] = []
    for month, first in _TYPHOONS:
        for year in (end.year - 2, end.year - 1, end.year):
            peak = datetime(year, month, first, 18)
            if end - timedelta(days=DAYS) < peak.date() < end - timedelta(days=3):
                level = "Ⅲ级" if month == 8 else "Ⅳ级"
                span = (peak - timedelta(hours=18), peak + timedelta(hours=20))
                rows.append(("防台风", level, span[0], span[1], "全区"))
    last = datetime(end.year, end.month, end.day)
    kind = "防汛" if end.month in (4, 5, 6, 7, 8, 9) else "防低温雨雪冰冻"
    rows.append((kind, "Ⅳ级", last - timedelta(hours=4), None, "双溪镇;枫岭乡;云门乡;石梁镇"))
    rows.sort(key=lambda row: row[2])
    columns = ["响应编号", "名称", "响应等级", "启动时间", "结束时间", "镇街范围"]
    return pd.DataFrame(
        [
            (f"R{i + 1:03d}", name, level, f"{a:%Y-%m-%d %H:%M}", _text(b), towns)
            for i, (name, level, a, b, towns) in enumerate(rows)
        ],
        columns=columns,
    )


def _text(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M}"


def make_special_periods(end: date) -> pd.DataFrame:
    """Return holidays and the like that touch the thirteen months."""
    yearly = [
        ("国庆假期", 10, 1, 7, 0.6, "消防;道路水上"),
        ("元旦假期", 1, 1, 3, 0.3, "消防;道路水上"),
        ("春运", 1, 26, 40, 0.3, "道路水上;消防"),
        ("全国两会", 3, 3, 10, 0.3, ""),
        ("五一假期", 5, 1, 5, 0.6, "消防;道路水上"),
        ("高考中考", 6, 6, 12, 0.3, "消防"),
        ("安全生产月", 6, 1, 30, 0.0, ""),
    ]
    rows = []
    for year in (end.year - 2, end.year - 1, end.year):
        for name, month, day, days, severity, sectors in yearly:
            start = date(year, month, day)
            stop = start + timedelta(days=days)
            if stop >= end - timedelta(days=DAYS) and start <= end + timedelta(days=30):
                rows.append((start, f"{year}年{name}", severity, stop, "全区", sectors))
    rows.sort()
    return pd.DataFrame(
        [
            (f"SP{i + 1:02d}", name, severity, f"{a} 00:00", f"{b} 00:00", towns, sectors)
            for i, (a, name, severity, b, towns, sectors) in enumerate(rows)
        ],
        columns=["时段编号", "名称", "强度", "开始时间", "结束时间", "镇街范围", "部门"],
    )
