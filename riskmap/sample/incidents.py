"""Thirteen months of hidden dangers, accidents, alarms and decisions up to a day."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from riskmap.sample.ground import Ground
from riskmap.sample.people import scatter
from riskmap.sample.profiles import DISTRICT_CODE, TOWNS
from riskmap.sample.sites import NAMES

DAYS = 395
_DOMAINS = {
    "消防": ("安全出口堵塞", "电动车违规充电", "灭火器过期", "电气线路私拉乱接", "防火门损坏"),
    "危化": ("可燃气体报警器未校验", "静电接地不良", "储罐液位计故障", "装卸区无人监护"),
    "工贸": ("粉尘清扫不及时", "防护罩缺失", "喷涂作业通风不足", "叉车无证操作"),
    "有限空间": ("未落实先通风后检测", "有限空间无警示标识"),
    "建设施工": ("脚手架连墙件缺失", "临边防护不到位", "塔吊限位失灵", "基坑积水"),
    "道路交通": ("标线缺失", "护栏损坏", "视距不良"),
    "防汛": ("排水口堵塞", "挡水板缺失", "地下车库水泵故障"),
    "地质灾害": ("边坡裂缝", "截排水沟淤积"),
    "特种设备": ("电梯超期未检", "压力容器安全阀失效"),
    "城镇燃气": ("软管老化", "未装报警切断装置"),
}
_SHARES = np.array([0.27, 0.08, 0.18, 0.05, 0.13, 0.09, 0.06, 0.04, 0.06, 0.04])


def _times(rng: np.random.Generator, end: date, days: np.ndarray, low: int, high: int) -> list[str]:
    minutes = rng.integers(low * 60, high * 60, len(days))
    return [
        f"{end - timedelta(days=int(d))} {m // 60:02d}:{m % 60:02d}"
        for d, m in zip(days, minutes, strict=True)
    ]


def make_hidden_dangers(
    ground: Ground, seed: int, end: date, communities: pd.DataFrame
) -> pd.DataFrame:
    """Return 1,350 hidden dangers, the last found on the day before `end`; Chinese headers."""
    rng = np.random.default_rng([seed, 11])
    n = 1350
    days = np.sort(rng.integers(1, DAYS, n))[::-1]
    weight = np.array([t.industry + t.fire * 0.6 + t.sites * 2 + 10 for t in TOWNS], float)
    towns = rng.choice(len(TOWNS), n, p=weight / weight.sum())
    domain = rng.choice(list(_DOMAINS), n, p=_SHARES)
    major = rng.random(n) < 0.025
    took = np.ceil(rng.lognormal(np.log(8), 0.75, n) * np.where(major, 3.5, 1.0)).astype(int)
    allowed = np.where(major, 30, 15)
    found = _times(rng, end, days, 9, 17)
    closed = np.where(took < days, took, -1)
    table = pd.DataFrame({"隐患编号": _numbers(towns, end, days), "发现时间": found})
    table["所属镇街"] = NAMES[towns]
    table["所属村社"] = _community_names(rng, communities, towns)
    table["行业领域"] = domain
    table["隐患等级"] = np.where(major, "重大", "一般")
    table["隐患描述"] = [str(rng.choice(_DOMAINS[d])) for d in domain]
    table["整改期限"] = [
        f"{end - timedelta(days=int(d - a))}" for d, a in zip(days, allowed, strict=True)
    ]
    table["状态"] = np.where(closed >= 0, "已销号", "整改中")
    table["销号时间"] = _closed_at(rng, end, days, closed)
    listed = major & (rng.random(n) < 0.3) & (days > 3)
    table["挂牌时间"] = [
        f"{end - timedelta(days=int(d - 2))} 10:00" if mark else ""
        for d, mark in zip(days, listed, strict=True)
    ]
    table["挂牌期限"] = np.where(listed, table["整改期限"], "")
    x, y = scatter(ground, rng, towns, spread=0.9)
    return _with_overdue_major(table.assign(x=x, y=y), end, towns)


def _numbers(towns: np.ndarray, end: date, days: np.ndarray) -> list[str]:
    stamps = [(end - timedelta(days=int(d))).strftime("%Y%m%d") for d in days]
    return [
        f"{DISTRICT_CODE}-{TOWNS[t].number:03d}-{stamp}-{i % 10000:04d}"
        for i, (t, stamp) in enumerate(zip(towns, stamps, strict=True), start=1)
    ]


def _community_names(
    rng: np.random.Generator, communities: pd.DataFrame, towns: np.ndarray
) -> list[str]:
    by_town = communities.groupby("town")["name"].agg(list)
    return [str(rng.choice(by_town[t])) for t in towns]


def _closed_at(
    rng: np.random.Generator, end: date, days: np.ndarray, closed: np.ndarray
) -> list[str]:
    hours = rng.integers(9, 18, len(days))
    return [
        f"{end - timedelta(days=int(d - c))} {h:02d}:00" if c >= 0 else ""
        for d, c, h in zip(days, closed, hours, strict=True)
    ]


def _with_overdue_major(table: pd.DataFrame, end: date, towns: np.ndarray) -> pd.DataFrame:
    """Make one danger of 望江街道 a listed major one that is overdue on the last day."""
    days_ago = (pd.Timestamp(end) - pd.to_datetime(table["发现时间"])).dt.days.to_numpy()
    chosen = np.flatnonzero((towns == 3) & (days_ago > 35) & (days_ago < 70))[0]
    columns = [
        "行业领域",
        "隐患等级",
        "隐患描述",
        "状态",
        "整改期限",
        "挂牌时间",
        "挂牌期限",
        "销号时间",
    ]
    deadline = str(end - timedelta(days=4))
    listed = f"{end - timedelta(days=30)} 10:00"
    table.loc[table.index[chosen], columns] = [
        "危化", "重大", "储罐区防火堤开裂且未限期修复", "整改中", deadline, listed, deadline, "",
    ]  # fmt: skip
    return table


def make_accidents(seed: int, end: date) -> pd.DataFrame:
    """Return near misses, small accidents, a fatal one two days before `end`, one 较大."""
    rng = np.random.default_rng([seed, 12])
    n = 76
    days = np.sort(rng.integers(8, DAYS, n))[::-1]
    weight = np.array([t.industry + t.fire * 0.4 + t.sites * 3 for t in TOWNS], float)
    towns = rng.choice(len(TOWNS), n, p=weight / weight.sum())
    near = rng.random(n) < 0.78
    domains = ["消防", "工贸", "建设施工", "道路交通", "危化", "特种设备"]
    table = pd.DataFrame({"发生时间": _times(rng, end, days, 6, 22)})
    table["所属镇街"] = NAMES[towns]
    table["行业领域"] = rng.choice(domains, n, p=[0.35, 0.2, 0.15, 0.18, 0.06, 0.06])
    table["性质"] = np.where(near, "险情", "事故")
    table["死亡人数"] = np.where(~near & (rng.random(n) < 0.25), 1, 0)
    table["重伤人数"] = np.where(~near & (rng.random(n) < 0.2), 1, 0)
    table["轻伤人数"] = np.where(near, 0, rng.integers(0, 3, n))
    table["直接经济损失"] = np.where(near, 0, rng.integers(1, 60, n) * 10000)
    special = pd.DataFrame(
        [
            [f"{end - timedelta(days=241)} 15:20", "青墩镇", "工贸", "事故", 3, 2, 1, 6_200_000],
            [f"{end - timedelta(days=2)} 10:40", "石梁镇", "建设施工", "事故", 1, 0, 0, 1_500_000],
        ],
        columns=table.columns,
    )
    table = pd.concat([table, special]).sort_values("发生时间", kind="stable", ignore_index=True)
    table.insert(0, "事故编号", [f"AC{i + 1:04d}" for i in range(len(table))])
    return table


def make_alarms(seed: int, end: date, units: pd.DataFrame) -> pd.DataFrame:
    """Return sensor alarms of hazard sources; three were left for hours."""
    rng = np.random.default_rng([seed, 13])
    n = 46
    days = np.sort(rng.integers(2, DAYS, n))[::-1]
    unit = rng.integers(0, len(units), n)
    start = pd.to_datetime(pd.Series(_times(rng, end, days, 0, 24)))
    minutes = rng.integers(3, 13, n)
    minutes[[9, 24, 39]] = [300, 900, 420]
    start[[9, 24, 39]] = start[[9, 24, 39]].dt.normalize() + pd.Timedelta(hours=6)
    stop = start + pd.to_timedelta(minutes, unit="m")
    said = start + pd.to_timedelta(np.minimum(minutes, 2), unit="m")
    table = pd.DataFrame({"报警编号": [f"AL{i + 1:04d}" for i in range(n)]})
    table["重大危险源编号"] = units["id"].to_numpy()[unit]
    table["所属镇街"] = NAMES[units["town"].to_numpy(np.int64)[unit]]
    table["报警类型"] = rng.choice(
        ["可燃气体浓度", "有毒气体浓度", "液位高高", "压力高", "温度高"], n
    )
    for name, when in (
        ("报警时间", start),
        ("确认时间", said),
        ("消警时间", stop),
        ("处置时间", stop),
    ):
        table[name] = when.dt.strftime("%Y-%m-%d %H:%M")
    return table


def make_overrides(end: date) -> pd.DataFrame:
    """Return five decisions of people, each with its reason."""
    rows = [
        (300, "双溪镇", "黄", "上调", "上游水库泄洪，沿溪村庄需加强值守", "值班长甲", ""),
        (212, "云栖街道", "黄", "上调", "大型群众活动，人员密集", "值班长乙", ""),
        (150, "白沙镇", "蓝", "下调", "油库已停用检修并完成置换", "值班长甲", "分管领导丙"),
        (61, "澄湖街道", "橙", "上调", "高层建筑外墙起火后排查", "值班长乙", ""),
        (1, "枫岭乡", "黄", "上调", "滑坡监测点位移加快", "值班长甲", ""),
    ]
    return pd.DataFrame(
        [
            (f"OV{i + 1:03d}", str(end - timedelta(days=d)), *rest)
            for i, (d, *rest) in enumerate(rows)
        ],
        columns=["调整编号", "日期", "所属镇街", "调整后等级", "方向", "理由", "决定人", "复核人"],
    )


def make_indicators(seed: int, end: date) -> pd.DataFrame:
    """Return 56 weeks × 11 towns of the weekly index, the on-line rate and patrols done."""
    rng = np.random.default_rng([seed, 14])
    monday = end - timedelta(days=end.weekday())
    weeks = [(monday - timedelta(weeks=56 - k)).isocalendar() for k in range(56)]
    rows: list[tuple[object, ...]] = []
    for town in TOWNS:
        drift = 0.0
        for week in weeks:
            drift = 0.8 * drift + rng.normal(0, 1.6)
            label = f"{week.year}-W{week.week:02d}"
            index = float(np.clip(town.control + drift, 55, 99.5))
            online = float(np.clip(rng.normal(0.80 + town.control / 700, 0.03), 0.6, 1))
            planned = 20 + town.communities
            done = round(planned * float(np.clip(rng.normal(0.95, 0.05), 0.7, 1)))
            rows.append((label, town.code, "index", f"{index:.1f}", "", ""))
            rows.append((label, town.code, "A7.1", f"{100 * online:.1f}%", "", ""))
            rows.append((label, town.code, "patrol", "", done, planned))
    return pd.DataFrame(rows, columns=["周", "镇街代码", "指标", "数值", "分子", "分母"])
