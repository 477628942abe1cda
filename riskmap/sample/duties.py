"""What people and firms did in the last weeks: inspections, daily commitments, devices."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from riskmap.sample.profiles import TOWNS
from riskmap.sample.sites import NAMES

_INSPECTED_DAYS = 60
_COMMITTED_DAYS = 14
_DOMAINS = ["消防", "工贸", "危化", "建设施工", "特种设备", "城镇燃气"]
_OUTCOMES = ["无", "责令改正", "警告", "罚款", "责令停产停业"]
_SENSORS = (
    ("可燃气体探测器", "可燃气体浓度", "%LEL", 25, 20, 10),
    ("储罐液位计", "液位", "m", 9.5, 9.2, 30),
    ("压力变送器", "压力", "MPa", 1.6, 1.5, 15),
)


def make_inspections(seed: int, end: date) -> pd.DataFrame:
    """Return 240 inspections of the last two months, the last on the day before `end`."""
    rng = np.random.default_rng([seed, 21])
    n = 240
    days = np.sort(rng.integers(1, _INSPECTED_DAYS, n))[::-1]
    minutes = rng.integers(9 * 60, 17 * 60, n)
    outcome = rng.choice(_OUTCOMES, n, p=[0.5, 0.38, 0.04, 0.07, 0.01])
    found = np.where(outcome == "无", 0, 1 + rng.poisson(1.2, n))
    fine = np.where(outcome == "罚款", rng.integers(1, 20, n) * 5000, 0)
    table = pd.DataFrame({"检查编号": [f"JC{i + 1:05d}" for i in range(n)]})
    table["检查时间"] = [
        f"{end - timedelta(days=int(d))} {m // 60:02d}:{m % 60:02d}"
        for d, m in zip(days, minutes, strict=True)
    ]
    table["所属镇街"] = NAMES[rng.integers(0, len(TOWNS), n)]
    table["行业领域"] = rng.choice(_DOMAINS, n, p=[0.36, 0.26, 0.1, 0.14, 0.08, 0.06])
    table["检查人"] = [f"检查员{'甲乙丙丁戊己'[k]}" for k in rng.integers(0, 6, n)]
    table["发现隐患数"] = found
    table["执法结果"] = outcome
    table["罚款金额"] = [str(v) if v else "" for v in fine]
    table["立案时间"] = _some_days_later(end, days, fine > 0, 2)
    table["公示时间"] = _some_days_later(end, days, fine > 0, 8)
    return table


def _some_days_later(end: date, days: np.ndarray, filed: np.ndarray, later: int) -> list[str]:
    return [
        f"{end - timedelta(days=int(d) - later)} 10:00" if mark and d > later else ""
        for d, mark in zip(days, filed, strict=True)
    ]


def make_commitments(seed: int, end: date, units: pd.DataFrame) -> pd.DataFrame:
    """Return the daily commitments of the firms with hazard sources; now and then one is missing.

    Most are given before 9 in the morning, some later, about one in twenty not at all.
    """
    rng = np.random.default_rng([seed, 22])
    firms = units.drop_duplicates("enterprise_id").sort_values("enterprise_id", kind="stable")
    rows: list[tuple[object, ...]] = []
    for back in range(_COMMITTED_DAYS - 1, -1, -1):
        day = end - timedelta(days=back)
        for firm, town in zip(firms["enterprise_id"], firms["town"], strict=True):
            given, late = rng.random(), rng.random() < 0.06
            minute = int(rng.integers(9 * 60 + 5, 11 * 60) if late else rng.integers(405, 510))
            state = str(rng.choice(["正常", "特殊作业", "检修", "停产"], p=[0.8, 0.1, 0.06, 0.04]))
            work = str(rng.choice(["动火作业", "有限空间作业", "高处作业"]))
            risk = str(rng.choice(["低", "一般", "较大"], p=[0.7, 0.25, 0.05]))
            if given < 0.05 or (back == 0 and late):
                continue
            when = f"{day} {minute // 60:02d}:{minute % 60:02d}"
            work = work if state == "特殊作业" else ""
            rows.append((firm, f"{day}", NAMES[int(town)], when, state, risk, work, "主要负责人"))
    columns = ["统一社会信用代码", "承诺日期", "所属镇街", "承诺时间", "生产状态", "风险等级"]
    return pd.DataFrame(rows, columns=[*columns, "特殊作业", "承诺人"])


def make_devices(end: date, units: pd.DataFrame) -> pd.DataFrame:
    """Return three devices of every hazard source; they have sent no message yet."""
    start = f"{end - timedelta(days=400)}"
    rows = [
        (f"DEV-{unit}-{k + 1}", name, unit, NAMES[int(town)], kind, scale, *limits, 15, start)
        for unit, town in zip(units["id"], units["town"], strict=True)
        for k, (name, kind, scale, *limits) in enumerate(_SENSORS)
    ]
    columns = ["设备编号", "设备名称", "重大危险源编号", "所属镇街", "设备类型", "单位"]
    columns += ["报警值", "消警值", "持续秒数", "离线分钟数", "启用日期"]
    return pd.DataFrame(rows, columns=columns)
