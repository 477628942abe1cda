"""Report a hidden danger and act on it: the one door of pages, API, phone and command line."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from riskmap.access import audit
from riskmap.access.actors import Actor
from riskmap.access.policy import Subject, authorise, may
from riskmap.errors import ConflictError, FieldsError, NotFoundError
from riskmap.ledger.conditions import (
    Case,
    beyond_power,
    check_conditions,
    prevented,
    state_refusal,
)
from riskmap.ledger.deadlines import TOWN, due_on
from riskmap.ledger.effects import (
    HELD_THROUGHOUT,
    STEP_FIELDS,
    Setting,
    after_action,
    found_day,
)
from riskmap.ledger.fields import Checked, check_fields, moment_of
from riskmap.ledger.numbering import next_number
from riskmap.ledger.states import (
    BY_ACTION,
    EDITABLE,
    REPORTED,
    TRANSITIONS,
    State,
    Transition,
    allowed_actions,
)
from riskmap.ledger.tables import photos as photo_table
from riskmap.ledger.versions import (
    COLUMNS,
    Danger,
    append_version,
    load,
    lock,
    periods,
    plain,
)
from riskmap.schemes import scheme_in_use
from riskmap.workspace import Workspace
from scoring.scheme import Scheme

REPORT = "report"
REPORT_FIELDS = (*EDITABLE, "comment")
MOST_PHOTOS = 9
"""Photos of one step."""
_STAMPS = ("exposed_at", "assigned_at", "rectified_at", "rechecked_at", "closed_at", "listed_at")


def report(
    ws: Workspace,
    actor: Actor,
    fields: Mapping[str, Any],
    *,
    photos: Sequence[str] = (),
    now: datetime,
) -> Danger:
    """Report a hidden danger; return it with its new number.

    Parameters
    ----------
    fields
        Names of `REPORT_FIELDS`; domain, grade and description are needed. The town is that of
        the point where it is not named, the moment of finding is now, the deadline the scheme's.
    photos
        Digests of photos already taken in (`riskmap.ledger.photos`).

    Raises
    ------
    SignInError, ForbiddenError
        Not by this person, or not in this town or domain.
    FieldsError
        Fields that cannot be taken, all at once.
    """
    _may_at_all(actor, "danger.report")
    scheme = scheme_in_use(ws)
    checked = check_fields(ws, scheme, fields, REPORT_FIELDS, now=now)
    record = _new_record(ws, scheme, actor, checked, now)
    with ws.write() as connection:
        _check_photos(connection, photos, checked)
        checked.refuse()
        day = found_day(record, ws.settings.zone)
        record["number"] = next_number(connection, ws.settings.district.code, record["town"], day)
        danger = append_version(
            connection,
            actor,
            REPORT,
            None,
            record,
            comment=checked.values.get("comment"),
            photos=photos,
            now=now,
        )
        _audit(connection, actor, danger, now)
    return danger


def act(
    ws: Workspace,
    actor: Actor,
    number: str,
    action: str,
    fields: Mapping[str, Any],
    *,
    version: int | None,
    photos: Sequence[str] = (),
    held_at: datetime | str | None = None,
    now: datetime,
) -> Danger:
    """Do one action of `riskmap.ledger.states.TRANSITIONS` on a danger; return it as it is then.

    Parameters
    ----------
    fields
        The fields that the transition names (comment among them); a field that is not given
        stays, an empty one is emptied.
    version
        The version the person saw. Only a comment takes None (it overwrites nothing).
    held_at
        When it was done, if not now; not before the state it starts from.

    Raises
    ------
    NotFoundError
        There is no such danger, or no such action.
    SignInError, ForbiddenError
        Not by this person.
    ConflictError
        Somebody else changed the danger since `version`; `theirs` is the danger as it is now.
    TransitionError
        Its state does not allow the action; `allowed` names what it allows.
    FieldsError
        Fields that are missing or cannot be taken, all at once.
    """
    transition = _transition(action)
    _may_at_all(actor, transition.permission)
    scheme = scheme_in_use(ws)
    checked = check_fields(ws, scheme, fields, _field_names(transition), now=now)
    with ws.write() as connection:
        lock(connection, number)
        danger = load(connection, number)
        authorise(actor, transition.permission, danger.subject)
        _check_version(danger, action, fields, version)
        if danger.state not in transition.before:
            possible = tuple(one.action for one in allowed(danger, actor))
            raise state_refusal(transition, danger.state, possible)
        _check_photos(connection, photos, checked)
        _check_required(transition, checked, photos)
        held = _held(ws, danger, transition, checked, held_at, now)
        checked.refuse()
        setting = Setting(actor, scheme, ws.settings.zone, held)
        record = after_action(transition, danger, checked.values, setting)
        _check_record(transition, danger, record, setting)
        check_conditions(transition, Case(danger, actor, record, _usual(record, setting)))
        authorise(actor, transition.permission, _subject(record))
        danger = append_version(
            connection,
            actor,
            action,
            danger,
            record,
            comment=checked.values.get("comment"),
            photos=photos,
            now=now,
            restated=_restated(connection, danger, record),
        )
        _audit(connection, actor, danger, now)
    return danger


def read_danger(ws: Workspace, number: str, known_until: datetime | None = None) -> Danger:
    """Return a danger with its history, as known at a moment (None: now).

    Raises
    ------
    NotFoundError
        There is none of this number, or it was not known yet.
    """
    with ws.read() as connection:
        return load(connection, number, known_until)


def allowed(danger: Danger, actor: Actor) -> list[Transition]:
    """Return what this person can do with a danger now, in the order of the loop."""
    return [
        one
        for one in allowed_actions(danger.state)
        if may(actor, one.permission, danger.subject) and prevented(one, danger, actor) is None
    ]


def _transition(action: str) -> Transition:
    if action not in BY_ACTION:
        known = " ".join(one.action for one in TRANSITIONS)
        raise NotFoundError("没有这种操作", action, f"可用：{known}")
    return BY_ACTION[action]


def _field_names(transition: Transition) -> frozenset[str]:
    return frozenset((*transition.required, *transition.optional, "comment")) - {"photos"}


def _may_at_all(actor: Actor, action: str) -> None:
    """Refuse before anything is read whom the role never lets do this, wherever it is."""
    domain = actor.domains[0] if actor.domains else None
    authorise(actor, action, Subject(actor.town, domain, actor.enterprise_id))


def _new_record(
    ws: Workspace, scheme: Scheme, actor: Actor, checked: Checked, now: datetime
) -> dict[str, Any]:
    """Return every column of a new danger; what is wrong goes to the faults."""
    values = checked.values
    if values.get("found_at") is None and "found_at" not in checked.faults:
        values["found_at"] = now
    if values.get("town") is None and "town" not in checked.faults:
        values["town"] = values.get("town_at_point")
    for name in REPORTED:
        if values.get(name) is None:
            checked.faults.setdefault(name, _MISSING[name])
    checked.refuse()
    subject = _subject(values | {"enterprise_id": values.get("enterprise_id")})
    authorise(actor, "danger.report", subject)
    found_on = found_day(values, ws.settings.zone)
    deadline: date = values.get("deadline") or due_on(scheme, values.get("term"), found_on)
    if deadline < found_on:
        checked.faults["deadline"] = "整改期限早于发现日期"
    why = beyond_power(actor, subject, deadline, due_on(scheme, TOWN, found_on))
    if why is not None:
        checked.faults.setdefault("deadline", why)
    return {
        **dict.fromkeys(COLUMNS),
        **{name: values.get(name) for name in EDITABLE},
        "deadline": deadline,
        "term": values.get("term") or TOWN,
        "state": str(State.FOUND),
        "reported_by": actor.name,
        "held_from": values["found_at"],
    }


_MISSING = {
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


def _check_version(
    danger: Danger, action: str, fields: Mapping[str, Any], version: int | None
) -> None:
    if version == danger.version or (version is None and action == "comment"):
        return
    if version is None:
        raise FieldsError({"version": "请带上看到的版本号"})
    last = danger.steps[-1] if danger.steps else None
    who = (
        f"{last.actor_name}（{BY_ACTION[last.action].title_zh}）"
        if last and (last.action in BY_ACTION)
        else "别人"
    )
    raise ConflictError(
        "这条隐患刚被改动过",
        f"{danger.number}，{who}已存为第 {danger.version} 版，您看到的是第 {version} 版",
        "看过现在的内容后再提交，您填的都还在",
        yours={
            "action": action,
            "version": version,
            **{name: plain(value) for name, value in fields.items()},
        },
        theirs=danger.document(),
    )


def _check_photos(connection: sa.Connection, photos: Sequence[str], checked: Checked) -> None:
    if len(photos) > MOST_PHOTOS:
        checked.faults["photos"] = f"一次最多 {MOST_PHOTOS} 张照片"
    elif len(set(photos)) < len(photos):
        checked.faults["photos"] = "同一张照片附了两次"
    elif photos:
        query = sa.select(photo_table.c.digest).where(photo_table.c.digest.in_(photos))
        if len(connection.execute(query).all()) < len(photos):
            checked.faults["photos"] = "照片没有存好，请重新上传"


def _check_required(transition: Transition, checked: Checked, photos: Sequence[str]) -> None:
    for name in transition.required:
        missing = not photos if name == "photos" else checked.values.get(name) is None
        if missing:
            checked.faults.setdefault(name, _MISSING[name])
    if photos and "photos" not in (*transition.required, *transition.optional):
        checked.faults["photos"] = "这一步不附照片"


def _held(
    ws: Workspace,
    danger: Danger,
    transition: Transition,
    checked: Checked,
    held_at: datetime | str | None,
    now: datetime,
) -> datetime:
    """Return from when the new version holds: never before the one it follows."""
    since = danger.record["held_from"] or danger.record["found_at"]
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


def _check_record(
    transition: Transition, danger: Danger, record: Mapping[str, Any], setting: Setting
) -> None:
    """Check between the columns what the action would leave behind."""
    checked = Checked()
    found_on, today = (
        found_day(record, setting.zone),
        setting.held_at.astimezone(setting.zone).date(),
    )
    changed = {name for name in COLUMNS if record[name] != danger.record[name]}
    for name in {*REPORTED} & changed:
        if record[name] is None:
            checked.faults[name] = _MISSING[name]
    checked.refuse()
    if "deadline" in changed and record["deadline"] is not None and record["deadline"] < found_on:
        checked.faults["deadline"] = "整改期限早于发现日期"
    ahead = {"reopen": "deadline", "list": "listed_until", "extend_ask": "extension_until"}
    name = ahead.get(transition.action)
    if name is not None and record[name] < today:
        checked.faults[name] = f"不能早于 {today}"
    if "found_at" in changed:
        _check_found(danger, record, checked)
    if transition.action == "edit" and not changed - {"held_from"}:
        checked.faults["comment"] = "没有改动任何一项"
    checked.refuse()


def _check_found(danger: Danger, record: Mapping[str, Any], checked: Checked) -> None:
    """A corrected moment of finding lies before everything that was done since."""
    done = [record[name] for name in _STAMPS if record[name] is not None]
    done += [step.held_at for step in danger.steps if step.before is not None]
    if done and record["found_at"] > min(done):
        checked.faults["found_at"] = "晚于已办的步骤"


def _usual(record: Mapping[str, Any], setting: Setting) -> date:
    return due_on(setting.scheme, TOWN, found_day(record, setting.zone))


def _restated(
    connection: sa.Connection, danger: Danger, record: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the earlier periods with the corrected facts, none when no fact was corrected."""
    corrected = {
        name: record[name] for name in HELD_THROUGHOUT if record[name] != danger.record[name]
    }
    if not corrected:
        return []
    held = [
        one for one in periods(connection, danger.number) if one["held_from"] < record["held_from"]
    ]
    rows = [{**one, **corrected, "number": danger.number} for one in held]
    if rows and "found_at" in corrected:
        rows[0]["held_from"] = corrected["found_at"]
    return rows


def _subject(record: Mapping[str, Any]) -> Subject:
    return Subject(record["town"], record["domain"], record["enterprise_id"])


def _audit(connection: sa.Connection, actor: Actor, danger: Danger, now: datetime) -> None:
    step = danger.steps[-1]
    audit.append(
        connection,
        actor,
        f"danger.{step.action}",
        f"danger:{danger.number}",
        now=now,
        before={name: pair[0] for name, pair in step.changes.items()},
        after={
            **{name: pair[1] for name, pair in step.changes.items()},
            "version": danger.version,
            "comment": step.comment,
            "photos": list(step.photos),
        },
    )
