"""A colour changed by people: who decides, who confirms, what counts."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from layers.importing.model import LayerImport
from riskmap.access.actors import Actor, Role
from riskmap.errors import ConflictError, FieldsError, ForbiddenError, RiskmapError
from riskmap.layer_store import store_layer
from riskmap.moment import Moment
from riskmap.places import Places
from riskmap.records.entries import enter, latest, withdraw
from riskmap.records.entry_history import Version
from riskmap.records.incidents import override_effects
from riskmap.records.overrides import confirm, propose, waiting
from riskmap.records.reading import read_records
from riskmap.workspace import Workspace, init_workspace, open_workspace

NOW = datetime(2026, 6, 30, 0, 40, tzinfo=UTC)
DAY = date(2026, 6, 30)
PLACES = Places(("331003001",), ("东城街道",), ("消防",), {"消防": 0})
ZHANG = Actor("zhang", "张三", Role.DUTY)
LI = Actor("li", "李四", Role.DUTY)
NAMESAKE = Actor("zhang2", "张三", Role.DUTY)


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    init_workspace(tmp_path / "w", "黄岩区", "331003")
    towns = gpd.GeoDataFrame(
        {"code": ["331003001"], "name": ["东城街道"], "source_file": "t", "source_row": [1]},
        geometry=[shapely.box(121, 28, 122, 29)],
        crs="EPSG:4490",
    )
    stored = LayerImport(
        "towns", towns, None, 1, 1, 0, [], pd.DataFrame(), [{"file": "t"}], {}, {}, True
    )
    with open_workspace(tmp_path / "w") as opened:
        store_layer(opened, "towns", stored, datetime(2026, 6, 1, tzinfo=UTC))
        yield opened


def proposed(workspace: Workspace, direction: str = "down", actor: Actor = ZHANG) -> Version:
    return propose(
        workspace,
        actor,
        town="东城街道",
        day=DAY,
        level="blue",
        direction=direction,
        reason="油库已停用",
        now=NOW,
    ).version


def effects(workspace: Workspace, known: datetime | None = None) -> tuple[int, int]:
    """Return how many floors hold, and how many towns are lowered."""
    at = pd.Timestamp(NOW + timedelta(hours=1)).tz_convert("Asia/Shanghai")
    rows = read_records(workspace, "overrides", known)
    raised, lowered, _ = override_effects(rows, PLACES, Moment(DAY, at, at))
    return len(raised), int(lowered.sum())


def test_up_counts_at_once(workspace: Workspace) -> None:
    made = proposed(workspace, "up")
    assert not waiting(made)
    assert effects(workspace) == (1, 0)


def test_down_counts_when_another_person_confirmed(workspace: Workspace) -> None:
    made = proposed(workspace)
    assert waiting(made)
    assert effects(workspace) == (0, 0)
    with pytest.raises(ForbiddenError, match="两个不同的人"):
        confirm(workspace, ZHANG, made.key, now=NOW)
    assert effects(workspace) == (0, 0)
    later = NOW + timedelta(minutes=5)
    done = confirm(workspace, LI, made.key, now=later).version
    assert (done.fields["decided_by"], done.fields["second_person"]) == (
        "张三（zhang）",
        "李四（li）",
    )
    assert effects(workspace) == (0, 1)
    assert effects(workspace, NOW) == (0, 0)
    with pytest.raises(ConflictError, match="已有人复核"):
        confirm(workspace, LI, made.key, now=later)


def test_a_namesake_is_another_person(workspace: Workspace) -> None:
    made = proposed(workspace)
    confirm(workspace, NAMESAKE, made.key, now=NOW)
    assert effects(workspace) == (0, 1)


def test_what_cannot_be_proposed(workspace: Workspace) -> None:
    with pytest.raises(FieldsError) as caught:
        propose(
            workspace,
            ZHANG,
            town="东城街道",
            day=DAY - timedelta(days=1),
            level="blue",
            direction="down",
            reason=" ",
            now=NOW,
        )
    assert set(caught.value.faults) == {"date", "reason"}
    with pytest.raises(ForbiddenError):
        proposed(workspace, actor=Actor("w", "王五", Role.REPORTER, town="331003001"))
    up = proposed(workspace, "up")
    with pytest.raises(ConflictError, match="不用复核"):
        confirm(workspace, LI, up.key, now=NOW)
    old = proposed(workspace)
    with pytest.raises(ConflictError, match="过去"):
        confirm(workspace, LI, old.key, now=NOW + timedelta(days=1))


def test_nobody_forges_the_second_person(workspace: Workspace) -> None:
    made = proposed(workspace)
    fields = {"second_person": "李四（li）"}
    with pytest.raises(RiskmapError, match="提出和复核"):
        enter(workspace, ZHANG, "overrides", fields, expect=made.row_id, now=NOW)
    assert waiting(latest(workspace, "overrides", made.key))
    withdraw(workspace, ZHANG, "overrides", made.key, "不需要了", now=NOW)
    assert effects(workspace) == (0, 0)
