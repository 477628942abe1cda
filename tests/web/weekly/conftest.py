"""A week made by hand (four towns, eight aspects, one department late), and real ones.

`weeks_root` is a copy of the sample district with three computed weeks, two of them published and
one of these corrected, and the hand-made week as it would have been stored.
"""

import shutil
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from riskmap.access.actors import command_line
from riskmap.canonical import canonical_text
from riskmap.weekly.computing import compute_week, store_week
from riskmap.weekly.publishing import publish_week
from riskmap.weekly.stored import insert_week
from riskmap.weekly.tables import week_publications, weeks
from riskmap.workspace import Workspace, open_workspace
from web.app import create_app

WEEK = "2026-W26"
HAND = "2026-W20"
"""Week under which the hand-made document is stored."""
BANDS = [
    {"level": "green", "name": "绿", "min": 95.0, "inclusive": True, "measure": "通报表扬"},
    {"level": "blue", "name": "蓝", "min": 90.0, "inclusive": False, "measure": "常态监管"},
    {
        "level": "yellow",
        "name": "黄",
        "min": 80.0,
        "inclusive": True,
        "measure": "分级管理、补短板",
    },
    {"level": "orange", "name": "橙", "min": 60.0, "inclusive": True, "measure": "专项整改"},
    {
        "level": "red",
        "name": "红",
        "min": 0.0,
        "inclusive": True,
        "measure": "履职述职、巡查督导、挂牌",
    },
]
ASPECTS = [
    ("A1", "消防安全", 15), ("A2", "监管执法", 15), ("A3", "专项行动", 10),
    ("A4", "安全事故防控", 15), ("A5", "隐患闭环与曝光整改", 15), ("A6", "安全教育培训", 10),
    ("A7", "智慧管控", 10), ("A8", "防灾减灾", 10),
]  # fmt: skip
INDICATORS = [
    ("A1.2", "A1", "火灾隐患到期整改率", "%", 15, 70, 100, "records", "消防"),
    ("A2.1", "A2", "执法检查计划完成率", "%", 15, 60, 100, "department", "应急"),
    ("A3.1", "A3", "专项行动节点任务完成率", "%", 10, 60, 100, "department", "安委办"),
    ("A4.1", "A4", "伤亡事故扣分（近 4 周）", "分", 15, 8, 0, "records", "应急"),
    ("A5.1", "A5", "30 日闭环率（镇街 15 日、区级 30 日）", "%", 11, 60, 100, "records", "安委办"),
    ("A5.3", "A5", "超期未改扣分", "分", 4, 4, 0, "records", "安委办"),
    ("A6.1", "A6", "主要负责人、安管员持证率", "%", 10, 70, 100, "department", "人社"),
    ("A7.1", "A7", "感知设备在线率", "%", 10, 80, 98, "records", "数据"),
    ("A8.1", "A8", "避灾安置场所可用率", "%", 10, 60, 100, "records", "民政"),
]  # fmt: skip
POINTS = {
    "339901001": (15, 15, 10, 15, 11, 4, 10, 10, 9.5),
    "339901002": (12, 13.5, 9, 15, 9, 2, 8, 10, 9),
    "339901003": (9, 7.5, 6, 0, 4, 0, 5, None, 6),
    "339901004": (14, None, None, 15, 11, 4, 10, 8, 10),
}
"""By town: points of the nine indicators in their order; None missing."""
TOWNS = [
    ("339901001", "望江街道", 99.5, "green", 1, 1.2, (1, 1), {"green": 0.99, "blue": 0.01}),
    ("339901002", "石梁镇", 87.45, "yellow", 2, -4.04, (2, 2), {"yellow": 0.81, "blue": 0.19}),
    ("339901003", "<b>青墩镇</b>", 41.2, "red", 3, None, (3, 3), {"red": 1.0}),
    ("339901004", "临溪街道", None, "no_data", None, None, None, {"no_data": 1.0}),
]
CAP = {"score": 59, "reason": "较大事故 A-7", "until_week": "2026-W29"}
PREVIOUS = {
    "339901001": {"week": "2026-W25", "revision": 1, "index": 98.3, "rank": 2},
    "339901002": {"week": "2026-W25", "revision": 1, "index": 91.49, "rank": 1},
}


def week_by_hand() -> dict[str, Any]:
    """Return the document of the week, published, second revision."""
    return {
        "week": WEEK,
        "window": {"start": "2026-06-18T17:00:00+08:00", "end": "2026-06-26T17:00:00+08:00"},
        "at": "2026-06-26T17:00:00+08:00",
        "known_until": "2026-06-29T09:00:00+08:00",
        "preliminary": False,
        "corrects": {"revision": 1, "reason": "人社补报 6 月持证数"},
        "late_reason": None,
        "status": "published",
        "revision": 2,
        "computed_at": "2026-06-29T09:01:00+08:00",
        "published_at": "2026-06-29T09:30:00+08:00",
        "published_by": "周值班",
        "scheme": {"version": "default-2026.3", "digest": "ab" * 32},
        "district": {
            "index": 76.05, "change": -1.4, "towns": 4, "known": 3,
            "levels": {"red": 1, "orange": 0, "yellow": 1, "blue": 0, "green": 1, "no_data": 1},
        },
        "bands": deepcopy(BANDS),
        "aspects": [{"code": c, "name": n, "points": p} for c, n, p in ASPECTS],
        "indicators": [_indicator(row) for row in INDICATORS],
        "towns": [_town(row) for row in TOWNS],
        "departments": [
            _department("消防", ["A1.2"], None, 0.83),
            _department("应急", ["A2.1", "A4.1"], "2026-06-26T10:12:00+08:00", 0.75),
            {**_department("人社", ["A6.1"], "2026-06-28T08:00:00+08:00", 0.82), "late": True,
             "missing": [{"indicator": "A6.1", "towns": ["339901004"]}]},
        ],
        "sensitivity": [
            {"choice": "weight", "first": 0.21, "first_spread": 0.03, "total": 0.3,
             "total_spread": 0.05},
            {"choice": "norm", "first": 0.6, "first_spread": 0.04, "total": 0.7,
             "total_spread": 0.05},
        ],
        "bases": {
            "two_months": {"from": "2026-W19", "to": "2026-W26", "weeks": ["2026-W25", WEEK],
                           "towns": _basis()},
            "year": {"from": "2026-W01", "to": "2026-W26", "weeks": ["2026-W25", WEEK],
                     "towns": _basis()},
        },
        "provenance": {
            "layers": {"towns": {"digest": "cd" * 32, "rows": 4}},
            "records": {"hidden_dangers": {"rows": 120}, "alarms": {"rows": 4, "stale": True}},
            "small_count_means": {"A1.2": 0.91}, "seed": 20261121, "draws": 1000,
            "code_version": "0.5.0", "digest": "ef" * 32,
        },
    }  # fmt: skip


def town_by_hand(code: str = "339901002") -> dict[str, Any]:
    """Return the document of a town's week."""
    week = week_by_hand()
    row = next(town for town in week["towns"] if town["code"] == code)
    details = [_detail(place, one, code) for place, one in enumerate(INDICATORS)]
    gains = sorted(details, key=lambda one: -(one["gain"] or 0))
    return {
        **row,
        "week": WEEK,
        "indicators": details,
        "gains": [one["code"] for one in gains if one["gain"]],
        "trend": [
            {"week": "2026-W23", "index": 90.2, "level": "blue", "rank": 2},
            {"week": "2026-W24", "index": None, "level": "no_data", "rank": None},
            {"week": "2026-W25", "index": 91.49, "level": "blue", "rank": 1},
            {"week": WEEK, "index": row["index"], "level": row["level"], "rank": row["rank"]},
        ],
    }


def _indicator(row: tuple[Any, ...]) -> dict[str, Any]:
    names = ("code", "aspect", "name", "unit", "points", "zero", "full", "origin", "department")
    one = dict(zip(names, row, strict=True))
    return {**one, "higher": one["full"] > one["zero"]}


def _aspects(code: str) -> list[dict[str, Any]]:
    found = []
    for aspect, _, of in ASPECTS:
        own = [p for row, p in zip(INDICATORS, POINTS[code], strict=True) if row[1] == aspect]
        lacks = [
            row[0]
            for row, p in zip(INDICATORS, POINTS[code], strict=True)
            if row[1] == aspect and p is None
        ]
        points = None if lacks else sum(p for p in own if p is not None)
        share = None if points is None else points / of
        found.append({"code": aspect, "points": points, "of": of, "share": share, "missing": lacks})
    return found


def _town(row: tuple[Any, ...]) -> dict[str, Any]:
    code, name, index, level, rank, change, interval, in_band = row
    aspects = _aspects(code)
    known = [one for one in aspects if one["share"] is not None]
    best = {"code": "339901001", "name": "望江街道", "points": 4.0}
    capped = code == "339901003"
    return {
        "code": code, "name": name, "index": index,
        "before_cap": 62.5 if capped else index,
        "cap": CAP if capped else None,
        "level": level, "rank": rank, "change": change, "previous": PREVIOUS.get(code),
        "rank_interval": list(interval) if interval else None, "rank_median": rank,
        "in_band": in_band,
        "weakest_aspect": min(known, key=lambda one: one["share"])["code"] if index else None,
        "aspects": aspects,
        "costs": [{"indicator": "A5.3", "lost": 2.0, "best": best}] if rank == 2 else [],
        "signs": 1 if capped else 0,
        "card": {"number": "2026-W26-339901003-red", "card": "red", "state": "given",
                 "answer_due": "2026-07-26"} if capped else None,
    }  # fmt: skip


def _detail(place: int, row: tuple[Any, ...], code: str) -> dict[str, Any]:
    points, of, unit = POINTS[code][place], row[4], row[3]
    score = None if points is None else points / of
    value = None if score is None else row[5] + score * (row[6] - row[5])
    counted = unit == "%" and value is not None
    best = {"code": "339901001", "name": "望江街道", "points": float(of)}
    overdue = {"kind": "hidden_dangers", "key": "D-17", "good": False, "text": "超期 3 天"}
    return {
        "code": row[0], "value": value,
        "numerator": round(value / 100 * 4, 2) if counted and value is not None else None,
        "denominator": 4 if counted else None, "small": counted and row[0] == "A1.2",
        "drawn": value, "score": score, "points": points, "of": of,
        "lost": None if points is None else of - points,
        "gain": None if points is None else of - points, "best": best, "median": of * 0.8,
        "origin": "missing" if points is None else row[7],
        "evidence": [overdue] if row[0] == "A5.3" else [],
        "facts": {"overdue_general": 2} if row[0] == "A5.3" else {},
    }  # fmt: skip


def _department(
    name: str, codes: list[str], delivered_at: str | None, share: float
) -> dict[str, Any]:
    return {
        "name": name, "indicators": codes, "delivered_at": delivered_at, "late": False,
        "missing": [], "share": share, "towns": [{"code": "339901001", "share": 1.0}],
    }  # fmt: skip


def _basis() -> list[dict[str, Any]]:
    means = [(98.9, "green", 1, 2), (89.5, "yellow", 2, 2), (41.2, "red", 3, 2)]
    rows = [
        {"code": town[0], "index": mean, "level": level, "rank": rank, "weeks": weeks}
        for town, (mean, level, rank, weeks) in zip(TOWNS, means, strict=False)
    ]
    nothing = {"index": None, "level": "no_data", "rank": None, "weeks": 0}
    return [*rows, {"code": TOWNS[3][0], **nothing}]


def compute(ws: Workspace, week: str, reason: str, publish: bool) -> None:
    """Compute a week from what is known now; publish it or leave it a draft."""
    actor, now = command_line("周值班"), datetime.now(UTC)
    store_week(ws, actor, compute_week(ws, week, now=now, reason=reason), now=now)
    if publish:
        publish_week(ws, actor, week, by="周值班", now=now)


def store_by_hand(ws: Workspace) -> None:
    """Store and publish the hand-made week, drawn on the towns of the workspace."""
    document = {**week_by_hand(), "week": HAND, "corrects": None}
    joined = ("status", "revision", "computed_at", "published_at", "published_by")
    with ws.write() as connection:
        row = connection.execute(sa.select(weeks).limit(1)).mappings().one()
        digest = row["document"].split('"towns":{"digest":"', 1)[1][:64]
        document["provenance"]["layers"]["towns"]["digest"] = digest
        details = [{**town_by_hand(code), "week": HAND} for code in POINTS]
        text = canonical_text({k: v for k, v in document.items() if k not in joined})
        values = {
            **{k: row[k] for k in ("computed_at", "scheme_digest", "code_version")},
            "week": HAND, "revision": 1, "at": datetime(2026, 5, 15, 9, tzinfo=UTC),
            "known_until": datetime(2026, 5, 15, 9, tzinfo=UTC), "corrects": None,
            "reason": None, "digest": "ef" * 32, "document": text,
        }  # fmt: skip
        week_id = insert_week(connection, values, details, [canonical_text(d) for d in details])
        published = {"published_at": values["computed_at"], "published_by": "周值班"}
        connection.execute(sa.insert(week_publications).values(week_id=week_id, **published))


@pytest.fixture(scope="session")
def weeks_root(sample_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample district with W24 published, W25 published twice, W26 a draft, and `HAND`."""
    root = tmp_path_factory.mktemp("weeks") / "district"
    shutil.copytree(sample_root, root)
    with open_workspace(root) as ws:
        compute(ws, "2026-W24", "补算", publish=True)
        compute(ws, "2026-W25", "补算", publish=True)
        compute(ws, "2026-W25", "核对以后再算一次", publish=True)
        compute(ws, WEEK, "补算", publish=False)
        store_by_hand(ws)
    return root


@pytest.fixture(scope="session")
def weeks_client(weeks_root: Path) -> Iterator[TestClient]:
    """A client of that district without a server."""
    with TestClient(create_app(weeks_root), follow_redirects=False) as client:
        yield client


@pytest.fixture
def week_document() -> dict[str, Any]:
    """The week made by hand."""
    return week_by_hand()


@pytest.fixture
def town_document() -> dict[str, Any]:
    """Its second town in detail."""
    return town_by_hand()
