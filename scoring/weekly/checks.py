"""What the weekly tables must mean: points that sum up, bands in order, rules that can fire."""

from collections.abc import Callable, Iterable
from itertools import pairwise
from math import isclose
from typing import Any

from scoring.composite.small_counts import Sampling
from scoring.levels import LEVELS
from scoring.weekly.parts import CARDS, RECORDS
from scoring.weekly.shape import GIVEN

Doc = dict[str, Any]


def check_weekly(doc: Doc) -> Iterable[str]:
    """Yield every fault of meaning in the weekly tables of a scheme (in Chinese).

    Parameters
    ----------
    doc
        Parsed TOML without faults of shape; without weekly tables there is nothing to check.
    """
    table = doc.get("weekly")
    if table is None:
        return
    if "week" not in doc:
        yield "有 [weekly] 就要有 [week]，请写上每周截止的星期和时刻"
    checks: tuple[Callable[[Doc], Iterable[str]], ...] = (
        *(_codes, _points, _indicators, _bands, _deductions, _doubts, _cards),
    )
    for check in checks:
        yield from check(table)


def _codes(table: Doc) -> Iterable[str]:
    for name, key in (("aspects", "code"), ("indicators", "code"), ("cards", "card")):
        values = [row[key] for row in table[name]]
        for value in sorted({value for value in values if values.count(value) > 1}):
            yield f"weekly.{name} 的 {key} {value!r} 重复，请只留一个"
    both = {row["code"] for row in table["aspects"]} & {row["code"] for row in table["indicators"]}
    for code in sorted(both):
        yield f"weekly 的代码 {code!r} 既是方面又是指标，请改一个"


def _points(table: Doc) -> Iterable[str]:
    total = sum(row["points"] for row in table["aspects"])
    if not isclose(total, table["points"], abs_tol=1e-9):
        yield f"weekly.aspects 的分值之和为 {total:g}，应为 {table['points']:g}，请调整"
    for aspect in table["aspects"]:
        code = aspect["code"]
        if aspect["points"] <= 0:
            yield f"weekly.aspects[{code}] 的分值 {aspect['points']:g} 应大于 0"
        own = [row["points"] for row in table["indicators"] if row["aspect"] == code]
        if not own:
            yield f"weekly.aspects[{code}] 没有指标，请补一个或删去此方面"
        elif not isclose(sum(own), aspect["points"], abs_tol=1e-9):
            yield (
                f"weekly.aspects[{code}] 的指标分值之和为 {sum(own):g}，"
                f"应为 {aspect['points']:g}，请调整"
            )


def _indicators(table: Doc) -> Iterable[str]:
    aspects = {row["code"] for row in table["aspects"]}
    for row in table["indicators"]:
        name = f"weekly.indicators[{row['code']}]"
        if row["aspect"] not in aspects:
            yield f"{name}.aspect {row['aspect']!r} 不在 weekly.aspects 中"
        if row["zero"] == row["full"]:
            yield f"{name} 的 zero 与 full 都是 {row['full']:g}，应为不同的数"
        if row["points"] <= 0:
            yield f"{name} 的分值 {row['points']:g} 应大于 0"
        if (row["origin"] == RECORDS) != ("method" in row):
            yield f"{name} 的 origin 为 {row['origin']}：records 须写 method，department 不写"
        yield from _chance(name, row)


def _chance(name: str, row: Doc) -> Iterable[str]:
    chance, unit = row.get("chance"), row["unit"]
    if chance == Sampling.BINOMIAL and unit != "%":
        yield f"{name} 的 chance 为 binomial，单位应为 %，现为 {unit}"
    if chance == Sampling.POISSON and unit != "起/万人":
        yield f"{name} 的 chance 为 poisson，单位应为 起/万人，现为 {unit}"
    if row.get("small") and unit != "%":
        yield f"{name} 的 small 只用于 %，现单位为 {unit}"


def _bands(table: Doc) -> Iterable[str]:
    bands = table["bands"]
    found = [band["level"] for band in bands]
    if found != list(LEVELS):
        yield f"weekly.bands 的 level 为 {'、'.join(found)}，应依次为 {'、'.join(LEVELS)}"
        return
    if bands[-1]["min"] != 0 or not bands[-1]["inclusive"]:
        yield "weekly.bands 最差一级应从 0 起且含 0，否则 0 分没有颜色"
    for better, worse in pairwise(bands):
        if better["min"] <= worse["min"]:
            yield (
                f"weekly.bands 的 {better['level']} 从 {better['min']:g} 分起，"
                f"应高于 {worse['level']} 的 {worse['min']:g}"
            )
    if bands[0]["min"] > table["points"]:
        yield f"weekly.bands 的 {found[0]} 从 {bands[0]['min']:g} 分起，高于满分，永远不会出现"


def _deductions(table: Doc) -> Iterable[str]:
    lost, cap = table["deductions"], table["cap"]
    if not lost["death"] >= lost["serious_injury"] >= lost["minor_injury"]:
        yield "weekly.deductions 应满足 death ≥ serious_injury ≥ minor_injury"
    if lost["overdue_major"] < lost["overdue_general"]:
        yield "weekly.deductions 的 overdue_major 不应小于 overdue_general"
    if cap["score"] >= table["points"]:
        yield f"weekly.cap.score {cap['score']:g} 不低于满分 {table['points']:g}，封顶不起作用"


def _doubts(table: Doc) -> Iterable[str]:
    doubts = table["doubts"]
    for name in ("norms", "means", "colour_means"):
        chosen = doubts[name]
        if GIVEN not in chosen:
            yield f"weekly.doubts.{name} 须含 {GIVEN!r}（方案本身的做法）"
        if len(set(chosen)) != len(chosen):
            yield f"weekly.doubts.{name} {chosen} 有重复，请只留一个"
    means = {*doubts["means"], *doubts["colour_means"]}
    if doubts["floor"] <= 0 and means - {GIVEN, "arithmetic"}:
        yield "weekly.doubts.floor 须大于 0：几何、调和平均遇 0 分会归零"


def _cards(table: Doc) -> Iterable[str]:
    found = [row["card"] for row in table["cards"]]
    if found != [card for card in CARDS if card in found]:
        yield f"weekly.cards 为 {'、'.join(found)}，应由轻到重：{'、'.join(CARDS)}"
    for row in table["cards"]:
        name = f"weekly.cards[{row['card']}]"
        if not any(key in row for key in ("level", "last_below", "fall", "lesser", "grade")) and (
            "overdue_major" not in row
        ):
            yield f"{name} 没有触发条件，永远不会发出"
        if ("lesser" in row) != ("lesser_weeks" in row):
            yield f"{name} 的 lesser 与 lesser_weeks 须同时写"
        lighter = CARDS.index(row["card"]) - 1
        if "lesser" in row and (lighter < 0 or CARDS[lighter] not in found):
            yield f"{name} 的 lesser 须有轻一级的牌"
        if "release_index" not in row and not row.get("release_application"):
            yield f"{name} 须写 release_index 或 release_application = true，否则无法解除"
