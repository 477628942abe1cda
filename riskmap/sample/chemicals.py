"""Hazard sources of the fictional district and what they hold."""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from riskmap.sample.ground import Ground
from riskmap.sample.profiles import TOWNS

_UNITS = """
4 | 云江石化成品油罐区 | 储存单元 | 128
    汽油 86290-81-5 8200
    柴油 - 6000 W5.4
    甲醇 67-56-1 3000
    液化石油气 68476-85-7 400
4 | 望江氯碱液氯工段 | 生产单元 |
    液氯 7782-50-5 42
    氢气 1333-74-0 2
    氯酸钠 7775-09-9 30
4 | 江源合成氨库 | 储存单元 |
    液氨 7664-41-7 120
    甲醇 67-56-1 260
4 | 恒丰涂料原料罐区 | 储存单元 |
    甲苯 108-88-3 300
    二甲苯 1330-20-7 400 W5.4
    乙酸乙酯 141-78-6 300
    丙酮 67-64-1 200
4 | 远达环氧装置 | 生产单元 | 36
    环氧乙烷 75-21-8 20
    1，2-环氧丙烷 75-56-9 15
    乙醇 64-17-5 40
5 | 东皋冷链制冷机房 | 生产单元 |
    液氨 7664-41-7 28
5 | 东皋液化气储配站 | 储存单元 | 210
    液化石油气 68476-85-7 120
    丙烷 74-98-6 20
6 | 石梁食品制冷站 | 生产单元 |
    液 氨 7664-41-7 12
7 | 青墩树脂罐区 | 储存单元 |
    苯乙烯 100-42-5 600
    甲醇 67-56-1 250
    甲醛溶液（37%） 50-00-0 180 J5
    甲苯 71-43-2 120
7 | 青墩化肥仓库 | 储存单元 | 0
    硝酸铵（含可燃物≤0.2%） 6484-52-2 80
    硝酸钾 7757-79-1 200
8 | 白沙港油库 | 储存单元 |
    汽油 86290-81-5 900
    柴油 - 4000 W5.4
    乙醇汽油 - 300
    乙醇 64-17-5 150
8 | 白沙医药合成车间 | 生产单元 |
    甲苯 108-88-3 60
    氯化氢（无水） 7647-01-0 6
    溴素 7726-95-7 4
    乙腈 75-05-8 30 W5.3
"""


@dataclass(frozen=True)
class Chemicals:
    """Units (with `boundary` polygons in metres and the owner's id) and substances."""

    units: pd.DataFrame
    substances: pd.DataFrame


def make_chemicals(
    ground: Ground, rng: np.random.Generator, enterprises: pd.DataFrame
) -> Chemicals:
    """Return 12 units at chemical enterprises of their towns, and 35 substances.

    Two CAS numbers are wrong on purpose: one of another substance, one with a bad check digit.
    """
    owners = enterprises[~enterprises["name"].str.endswith("加油站")]
    numbers = {town.number: i for i, town in enumerate(TOWNS)}
    units, substances = [], []
    used: set[str] = set()
    for i, block in enumerate(re.split(r"\n(?=\d)", _UNITS.strip()), start=1):
        head, *content = block.splitlines()
        number, name, kind, surveyed = (cell.strip() for cell in head.split("|"))
        owner = _owner(owners, numbers[int(number)], used)
        unit_id = f"HS{i:02d}"
        units.append(
            {
                "id": unit_id,
                "name": name,
                "enterprise_id": owner["id"],
                "unit_type": kind,
                "surveyed": int(surveyed) if surveyed else None,
                "town": numbers[int(number)],
                "boundary": _plot(ground, rng, owner),
            }
        )
        substances += [_substance(unit_id, text.split()) for text in content]
    return Chemicals(pd.DataFrame(units, dtype=object), pd.DataFrame(substances))


def _owner(owners: pd.DataFrame, town: int, used: set[str]) -> pd.Series:
    free = owners[(owners["town"] == town) & ~owners["id"].isin(used)]
    owner = free.iloc[0]
    used.add(str(owner["id"]))
    return owner


def _plot(ground: Ground, rng: np.random.Generator, owner: pd.Series) -> shapely.Polygon:
    half = rng.uniform(60, 150, 2)
    turn = rng.uniform(0, np.pi)
    corners = np.array([[-1, -1], [1, -1], [1, 0.3], [0.4, 1], [-1, 1]]) * half
    spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    plot = shapely.Polygon(corners @ spin.T + [owner["x"], owner["y"]])
    inside: shapely.Polygon = plot.intersection(ground.town_polygons[int(owner["town"])])
    return inside if inside.geom_type == "Polygon" else plot


def _substance(unit_id: str, cells: list[str]) -> dict[str, str]:
    category = cells.pop() if cells[-1][0] in "JW" else ""
    quantity, cas = cells.pop(), cells.pop()
    name = " ".join(cells)
    cas = "" if cas == "-" else cas
    if (unit_id, name) == ("HS03", "液氨"):
        quantity = "１２０"
    return {"unit": unit_id, "name": name, "cas": cas, "category": category, "quantity": quantity}
