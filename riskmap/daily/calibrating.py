"""Calibration: shares of colours against the targets, goalposts from the own inventory."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from riskmap.daily.backcast import Ground, backcast, prepare, typical_day
from riskmap.errors import RiskmapError
from riskmap.schemes import scheme_in_use
from riskmap.workspace import Workspace, write_atomically
from scoring.daily.calibration import level_shares, propose_goalpost, rank_stability
from scoring.schemes import parts as schemed
from scoring.schemes.parts import Hazard
from scoring.schemes.scheme import Scheme, load_scheme
from scoring.schemes.versions import propose_scheme

DRAWS = 200
SEED = 20260630


@dataclass(frozen=True)
class Goalpost:
    """An upper goalpost as it is and as proposed; `new` None where the inventory says nothing."""

    code: str
    name: str
    unit: str
    old: float
    new: float | None


@dataclass(frozen=True)
class Judged:
    """How a scheme does: shares of town-days by level, rank correlation under changed weights."""

    version: str
    shares: dict[str, float]
    least_correlation: float
    median_correlation: float


@dataclass(frozen=True)
class Calibration:
    """A back-cast of the scheme in use and of the proposal, side by side."""

    first: date
    last: date
    days: int
    towns: int
    goalposts: tuple[Goalpost, ...]
    old: Judged
    new: Judged
    targets: dict[str, float]
    file: Path


def calibrate(ws: Workspace, *, now: datetime, out: Path | None = None) -> Calibration:
    """Back-cast the past year, propose goalposts, write a new scheme version for approval.

    The scheme in use is never changed; the new file is used only when riskmap.toml names it.

    Raises
    ------
    RiskmapError
        There is nothing to back-cast, or the file to write exists already.
    """
    scheme = scheme_in_use(ws)
    ground = prepare(ws, scheme, now)
    goalposts = propose_goalposts(ground, scheme)
    day = now.astimezone(ws.settings.zone).date()
    version = f"{scheme.version}-cal-{day:%Y%m%d}"
    file = out or ws.schemes_dir / f"{version}.toml"
    if file.exists():
        raise RiskmapError("文件已存在，不覆盖任何方案", file, "用 --out 另写一个文件名")
    changed = {g.code: g.new for g in goalposts if g.new is not None and g.new != g.old}
    percentile = scheme.calibration.goalpost_percentile
    reason = (
        f"按本区存量第 {percentile:g} 百分位校准（{day}，{ground.district.n} 个镇街，"
        f"图层 {_digests(ground)}），须经安委办批准后使用"
    )
    text = propose_scheme(scheme.text, changed, version, reason)
    proposed = load_scheme(text)
    result = Calibration(
        first=ground.dates[0],
        last=ground.dates[-1],
        days=len(ground.dates),
        towns=ground.district.n,
        goalposts=goalposts,
        old=judge(ground, scheme),
        new=judge(ground, proposed),
        targets={
            "red": scheme.calibration.red_share_max,
            "orange": scheme.calibration.orange_share_max,
            "yellow": scheme.calibration.yellow_share_max,
            "rank_correlation": scheme.calibration.rank_correlation_min,
        },
        file=file,
    )
    write_atomically(file, text)
    return result


def propose_goalposts(ground: Ground, scheme: Scheme) -> tuple[Goalpost, ...]:
    """Return every indicator's goalpost: now, and the percentile of the own inventory.

    A proposal that does not lie above the lower goalpost is none.
    """
    inventory = ground.inventory
    rows: list[tuple[Hazard | schemed.Goalpost, NDArray[np.float64]]] = [
        (hazard, inventory.hazard[:, i]) for i, hazard in enumerate(scheme.hazards)
    ]
    rows.append((scheme.exposure, inventory.density))
    rows.append((scheme.vulnerability, inventory.vulnerable))
    found = []
    for indicator, values in rows:
        new = propose_goalpost(values, scheme.calibration.goalpost_percentile)
        usable = not np.isnan(new) and new > indicator.lo
        found.append(
            Goalpost(
                indicator.code,
                indicator.name,
                indicator.unit,
                indicator.hi,
                float(new) if usable else None,
            )
        )
    return tuple(found)


def judge(ground: Ground, scheme: Scheme) -> Judged:
    """Return the shares of town-days by colour and the stability of the order of towns."""
    result = backcast(ground, scheme)
    rng = np.random.default_rng(SEED)
    stable = rank_stability(typical_day(result, ground.inputs), scheme, rng, DRAWS)
    return Judged(scheme.version, level_shares(result.levels), stable.least, stable.median)


def _digests(ground: Ground) -> str:
    names = ("enterprises", "hazard_sources", "risk_points")
    snapshots = ground.district.snapshots
    return "、".join(f"{n} {snapshots[n].digest[:8]}" for n in names if n in snapshots)
