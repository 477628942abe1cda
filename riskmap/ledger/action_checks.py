"""What is checked of one action on a danger: the version seen, its photos, fields and times."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from riskmap.errors import ConflictError, FieldsError
from riskmap.ledger.effects import Setting, found_day
from riskmap.ledger.fields import Checked, moment_of
from riskmap.ledger.states import BY_ACTION, EDITABLE, REPORTED, Transition
from riskmap.ledger.tables import photos as photo_table
from riskmap.ledger.versions import Danger, plain
from riskmap.workspace import Workspace

MOST_PHOTOS = 9
"""Photos of one step."""
_STAMPS = ("exposed_at", "assigned_at", "rectified_at", "rechecked_at", "closed_at", "listed_at")

MISSING = {
    "found_at": "请填写发现时间",
    "town": "请选择镇街，或在地图上选点",
    "domain": "请选择领域",
    "grade": "请选择等级",
    "description": "请写清楚是什么隐患",
    "comment": "请填写说明",
    "photos": "请附现场照片",
    "responsible_unit": "请填写责任单位",
    "deadline": "请填写整改期限",
    "extension_until": "请填写申请延到哪一天",
    "listed_until": "请填写挂牌督办到哪一天",
    "transferred_to": "请填写移送给哪个部门",
}


def check_version(
    danger: Danger, action: str, fields: Mapping[str, Any], version: int | None
) -> None:
    """Refuse with both versions what was decided on an older version than the present one.

    Raises
    ------
    ConflictError
        Somebody else changed the danger since; `yours` is what was sent, `theirs` what is stored.
    FieldsError
        No version was sent.
    """
    if version == danger.version or (version is None and action == "comment"):
        return
    if version is None:
        raise FieldsError({"version": "请带上看到的版本号"})
    now = f"{_last_hand(danger)}已存为第 {danger.version} 版"
    raise ConflictError(
        "这条隐患刚被改动过",
        f"{danger.number}，{now}，您看到的是第 {version} 版",
        "看过现在的内容后再提交，您填的都还在",
        yours={
            "action": action,
            "version": version,
            **{name: plain(value) for name, value in fields.items()},
        },
        theirs=danger.document(),
    )


def _last_hand(danger: Danger) -> str:
    if not danger.steps or danger.steps[-1].action not in BY_ACTION:
        return "别人"
    last = danger.steps[-1]
    return f"{last.actor_name}（{BY_ACTION[last.action].title_zh}）"


def check_photos(connection: sa.Connection, photos: Sequence[str], checked: Checked) -> None:
    """Note photos that are too many, the same, or not stored."""
    if len(photos) > MOST_PHOTOS:
        checked.faults["photos"] = f"一次最多 {MOST_PHOTOS} 张照片"
    elif len(set(photos)) < len(photos):
        checked.faults["photos"] = "同一张照片附了两次"
    elif photos:
        query = sa.select(photo_table.c.digest).where(photo_table.c.digest.in_(photos))
        if len(connection.execute(query).all()) < len(photos):
            checked.faults["photos"] = "照片没有存好，请重新上传"


def check_required(transition: Transition, checked: Checked, photos: Sequence[str]) -> None:
    """Note what the transition asks for and was not given, and photos that it has no place for."""
    for name in transition.required:
        missing = not photos if name == "photos" else checked.values.get(name) is None
        if missing:
            checked.faults.setdefault(name, MISSING[name])
    if photos and "photos" not in (*transition.required, *transition.optional):
        checked.faults["photos"] = "这一步不附照片"


def held_moment(
    ws: Workspace,
    danger: Danger,
    checked: Checked,
    held_at: datetime | str | None,
    now: datetime,
) -> datetime:
    """Return from when the new version holds: never before the one it follows."""
    done = [danger.record[name] for name in ("held_from", "found_at", *_STAMPS)]
    since: datetime = max(moment for moment in done if moment is not None)
    if held_at is None:
        return max(now, since)
    try:
        held = moment_of(ws, held_at, now)
    except ValueError as error:
        checked.faults["held_at"] = str(error)
        return now
    if held < since:
        began = since.astimezone(ws.settings.zone)
        checked.faults["held_at"] = f"早于上一步（{began:%Y-%m-%d %H:%M}）"
    return held


def check_record(
    transition: Transition, danger: Danger, record: Mapping[str, Any], setting: Setting
) -> None:
    """Check between the columns what the action would leave behind.

    Raises
    ------
    FieldsError
        All that is wrong, by field.
    """
    checked = Checked()
    changed = {name for name in EDITABLE if record[name] != danger.record[name]}
    for name in REPORTED:
        if record[name] is None and name in changed:
            checked.faults[name] = MISSING[name]
    checked.refuse()
    _check_days(transition, danger, record, setting, checked)
    if "found_at" in changed:
        _check_found(danger, record, checked)
    if transition.action == "edit" and not changed:
        checked.faults["comment"] = "没有改动任何一项"
    checked.refuse()


def _check_days(
    transition: Transition,
    danger: Danger,
    record: Mapping[str, Any],
    setting: Setting,
    checked: Checked,
) -> None:
    deadline, today = record["deadline"], setting.held_at.astimezone(setting.zone).date()
    if deadline and deadline < found_day(record, setting.zone):
        checked.faults["deadline"] = "整改期限早于发现日期"
    ahead = _AHEAD.get(transition.action)
    asked = ahead is not None and record[ahead] != danger.record[ahead]
    if ahead is not None and asked and record[ahead] < today:
        checked.faults[ahead] = f"不能早于 {today}"


_AHEAD = {"reopen": "deadline", "list": "listed_until", "extend_ask": "extension_until"}
"""Days that an action promises: they lie ahead of it."""


def _check_found(danger: Danger, record: Mapping[str, Any], checked: Checked) -> None:
    """Note a corrected moment of finding that lies after something that was done since."""
    done = [record[name] for name in _STAMPS if record[name] is not None]
    done += [step.held_at for step in danger.steps if step.before is not None]
    if done and record["found_at"] > min(done):
        checked.faults["found_at"] = "晚于已办的步骤"
