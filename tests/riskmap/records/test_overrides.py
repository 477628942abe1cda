"""A colour changed by people: who decides, who confirms, what counts."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa

from layers.importing.model import LayerImport
from riskmap.access.actors import LOCAL, Actor, Role
from riskmap.access.tables import audit
from riskmap.access.users import add_user, change_user, disable_user
from riskmap.errors import ConflictError, FieldsError, ForbiddenError, RiskmapError
from riskmap.layer_store import store_layer
from riskmap.moment import Moment
from riskmap.places import Places
from riskmap.records.entries import enter, latest, withdraw
from riskmap.records.entry_history import Version
from riskmap.records.importing import RecordOutcome, record_files
from riskmap.records.incidents import override_effects
from riskmap.records.overrides import KIND, confirm, propose, second_asked, waiting
from riskmap.records.reading import read_records
from riskmap.storage.database import day_towns, days, record_tables, schemes
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


@pytest.mark.parametrize("spelling", ["张三", "zhang", " zhang "])
def test_who_decided_is_no_second_person_in_another_spelling(
    workspace: Workspace, spelling: str
) -> None:
    """Stored past every check of today: a proposal names its author by name and login."""
    made, table = proposed(workspace), record_tables[KIND]
    with workspace.write() as connection:
        connection.execute(
            sa.update(table).where(table.c.row_id == made.row_id).values(decided_by=spelling)
        )
    seen = latest(workspace, KIND, made.key)
    assert (second_asked(seen, ZHANG), second_asked(seen, LI)) == (False, True)
    with pytest.raises(ForbiddenError, match="两个不同的人"):
        confirm(workspace, ZHANG, made.key, now=NOW)
    assert effects(workspace) == (0, 0)
    confirm(workspace, LI, made.key, now=NOW)
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


def test_who_raised_a_colour_takes_it_back_and_nobody_else_alone(workspace: Workspace) -> None:
    """Red withdrawn by another would be a lowering by one person, and by any number of steps."""
    head = Actor("head", "主任", Role.ADMINISTRATOR)
    add_user(workspace, head, login="zhang", name="张三", role="duty", now=NOW)
    made = proposed(workspace, "up")
    for other in (LI, NAMESAKE, head):
        with pytest.raises(ForbiddenError, match=r"上调由提出人撤回.*提出下调，由另一人复核"):
            withdraw(workspace, other, "overrides", made.key, "不需要了", now=NOW)
    assert effects(workspace) == (1, 0)
    withdraw(workspace, ZHANG, "overrides", made.key, "看错了", now=NOW)
    assert effects(workspace) == (0, 0)


@pytest.mark.parametrize("gone", ["disabled", "viewer", "unknown"])
def test_an_administrator_ends_what_nobody_can_take_back(workspace: Workspace, gone: str) -> None:
    head = Actor("head", "主任", Role.ADMINISTRATOR)
    made = proposed(workspace, "up")
    if gone != "unknown":
        add_user(workspace, head, login="zhang", name="张三", role="duty", now=NOW)
    if gone == "disabled":
        disable_user(workspace, head, "zhang", now=NOW)
    if gone == "viewer":
        change_user(workspace, head, "zhang", {"role": "viewer"}, now=NOW)
    with pytest.raises(ForbiddenError):
        withdraw(workspace, LI, "overrides", made.key, "不需要了", now=NOW)
    withdraw(workspace, head, "overrides", made.key, "提出人已离岗", now=NOW)
    assert effects(workspace) == (0, 0)


def computed(workspace: Workspace, level: str, revision: int = 1) -> None:
    """Store a day as if it had been computed with this colour."""
    with workspace.write() as connection:
        if revision == 1:
            connection.execute(
                sa.insert(schemes).values(digest="s", version="s", text="", first_used_at=NOW)
            )
        made = connection.execute(
            sa.insert(days).values(
                date=DAY, revision=revision, digest=f"d{revision}", computed_at=NOW, at=NOW,
                known_until=NOW, scheme_digest="s", code_version="c", document="{}",
            )
        )  # fmt: skip
        assert made.inserted_primary_key is not None
        connection.execute(
            sa.insert(day_towns).values(
                day_id=made.inserted_primary_key[0], code="331003001", date=DAY, level=level,
                score=50.0, document="{}",
            )
        )  # fmt: skip


@pytest.mark.parametrize(
    ("current", "sentence"),
    [
        ("red", "这一天现为红，下调至多一级，只能调到橙"),
        ("orange", "这一天现为橙，下调至多一级，只能调到黄"),
        ("blue", "这一天现为蓝，下调至多一级，只能调到绿"),
        ("green", "这一天现为绿，不能再下调"),
    ],
)
def test_no_lowering_but_by_one_step_from_the_colour_of_the_day(
    workspace: Workspace, current: str, sentence: str
) -> None:
    computed(workspace, current)
    with pytest.raises(FieldsError) as caught:
        proposed(workspace)
    assert caught.value.faults == {"level": sentence}
    assert read_records(workspace, "overrides").empty


def test_the_colour_shown_now_is_the_one_that_counts(workspace: Workspace) -> None:
    computed(workspace, "orange")
    computed(workspace, "yellow", revision=2)
    assert waiting(proposed(workspace))


def test_a_colour_withheld_is_nothing_to_count_from(workspace: Workspace) -> None:
    computed(workspace, "no_data")
    assert waiting(proposed(workspace))


def test_a_day_is_lowered_once(workspace: Workspace) -> None:
    computed(workspace, "yellow")
    first, second = proposed(workspace), proposed(workspace)
    confirm(workspace, LI, first.key, now=NOW)
    with pytest.raises(FieldsError, match="已经下调过一级"):
        proposed(workspace)
    computed(workspace, "blue", revision=2)
    with pytest.raises(ConflictError, match="颜色已不是提出时的那样"):
        confirm(workspace, LI, second.key, now=NOW)
    withdraw(workspace, ZHANG, "overrides", first.key, "看错了", now=NOW)
    computed(workspace, "yellow", revision=3)
    confirm(workspace, LI, second.key, now=NOW)
    assert effects(workspace) == (0, 1)


def test_a_file_lowers_by_one_step_at_most_too(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "调整.csv"
    path.write_text(
        """编号,日期,镇街,颜色,方向,理由,决定人,复核人
O1,2026-06-30,东城街道,蓝,下调,理由,张三,李四
O2,2026-06-30,东城街道,黄,下调,理由,张三,李四
O3,2026-06-29,东城街道,绿,下调,理由,张三,李四
O4,2026-06-30,东城街道,红,上调,理由,张三,
""",
        "utf-8",
    )
    before = record_files(workspace, "overrides", [path], now=NOW - timedelta(hours=2))
    assert (before.changed, before.rejected) == (4, 0)  # no colour to count from yet
    computed(workspace, "orange")
    outcome = record_files(workspace, "overrides", [path], now=NOW)
    assert [(fault.row, fault.column, fault.expected) for fault in outcome.faults] == [
        (2, "颜色", "这一天现为橙，下调至多一级，只能调到黄")
    ]
    assert len(read_records(workspace, "overrides")) == 4  # what is stored stays


FILE = "编号,日期,镇街,颜色,方向,理由,决定人,复核人\n"


def brought(workspace: Workspace, rows: str, actor: Actor = LOCAL) -> RecordOutcome:
    path = workspace.root.parent / "o.csv"
    path.write_text(FILE + rows, encoding="utf-8")
    return record_files(workspace, KIND, [path], now=NOW, actor=actor)


def test_a_file_of_a_person_brings_no_lowering(workspace: Workspace) -> None:
    admin = Actor("chen", "陈管", Role.ADMINISTRATOR)
    waiting_one = proposed(workspace)
    forged = f"{waiting_one.key},2026-06-30,东城街道,蓝,下调,油库已停用,张三（zhang）,乙\n"
    assert brought(workspace, forged, admin).rejected == 1
    assert latest(workspace, KIND, waiting_one.key).fields["second_person"] is None
    down = "O1,2026-06-30,东城街道,蓝,下调,停产,甲,乙\n"
    up = "O2,2026-06-30,东城街道,橙,上调,雨,甲,\n"
    outcome = brought(workspace, down + up, admin)
    assert (outcome.accepted, outcome.changed, outcome.rejected) == (1, 1, 1)
    told = [(one.row, one.column, one.value, one.expected) for one in outcome.faults]
    assert told == [(2, "方向", "下调", "下调请逐条提出，由另一人复核")]
    assert brought(workspace, down).changed == 1  # whoever has the machine
    again = brought(workspace, down + up, admin)
    assert (again.changed, again.faults) == (0, [])
    changed = brought(workspace, up.replace("橙", "蓝") + down.replace("乙", "丙"), admin)
    assert (changed.accepted, changed.rejected) == (0, 2)
    assert {one.row: one.expected for one in changed.faults} == {
        2: "这条调整已登记，不能用文件改动，请在它的页面上办理",
        3: "下调请逐条提出，由另一人复核",
    }


def test_the_audit_tells_what_a_file_changed(workspace: Workspace) -> None:
    row = "O1,2026-06-30,东城街道,橙,上调,雨,甲,\n"
    brought(workspace, row)
    brought(workspace, row.replace("橙", "红") + row.replace("O1", "O2"))
    with workspace.read() as connection:
        query = sa.select(audit).where(audit.c.action == "record.overrides.file")
        told = connection.execute(query.order_by(audit.c.number)).mappings().all()
    before, after = ([json.loads(one[side]) for one in told] for side in ("before", "after"))
    assert before == [{}, {}, {"O1": {"level": "orange"}}]
    assert after[2] == {"O1": {"level": "red"}}
    assert after[1]["new"] == {"count": 1, "first": "O2", "last": "O2"}
