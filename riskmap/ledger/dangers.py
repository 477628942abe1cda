"""Report a hidden danger and act on it: the one door of pages, API, phone and command line."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from riskmap.access import audit
from riskmap.access.actors import Actor
from riskmap.access.policy import Subject, authorise, may
from riskmap.errors import NotFoundError
from riskmap.ledger.action_checks import (
    MISSING,
    check_photos,
    check_record,
    check_required,
    check_version,
    held_moment,
)
from riskmap.ledger.conditions import (
    Case,
    beyond_power,
    check_conditions,
    prevented,
    state_refusal,
)
from riskmap.ledger.deadlines import TOWN, due_of, due_on
from riskmap.ledger.effects import Setting, after_action, found_day
from riskmap.ledger.fields import Checked, check_fields
from riskmap.ledger.numbering import next_number
from riskmap.ledger.restating import restated
from riskmap.ledger.sent_again import identity_of, note_first, number_of_first
from riskmap.ledger.states import (
    BY_ACTION,
    EDITABLE,
    REPORTED,
    TRANSITIONS,
    State,
    Transition,
    allowed_actions,
)
from riskmap.ledger.versions import (
    COLUMNS,
    Danger,
    append_version,
    load,
    lock,
)
from riskmap.schemes import scheme_in_use
from riskmap.workspace import Workspace
from scoring.schemes.scheme import Scheme

REPORT = "report"
REPORT_FIELDS = (*EDITABLE, "comment")


def report(
    ws: Workspace,
    actor: Actor,
    fields: Mapping[str, Any],
    *,
    photos: Sequence[str] = (),
    once: str = "",
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
    once
        Key of the form or request: the same report sent again under it returns the first.

    Raises
    ------
    SignInError, ForbiddenError
        Not by this person, or not in this town or domain.
    FieldsError
        Fields that cannot be taken, all at once.
    """
    with audit.refusals_kept(ws, actor, "danger.report", "danger:new", now=now):
        return _report(ws, actor, fields, photos, once, now)


def _report(  # noqa: PLR0917  (the arguments of `report`, in its order)
    ws: Workspace,
    actor: Actor,
    fields: Mapping[str, Any],
    photos: Sequence[str],
    once: str,
    now: datetime,
) -> Danger:
    _may_at_all(actor, "danger.report")
    identity = identity_of(actor, once, fields, photos) if once else ""
    scheme = scheme_in_use(ws)
    checked = check_fields(ws, scheme, fields, REPORT_FIELDS, now=now)
    with ws.read() as connection:
        check_photos(connection, photos, checked)
    record = _new_record(ws, scheme, actor, checked, now)
    with ws.write() as connection:
        first = number_of_first(connection, identity) if identity else None
        if first is not None:
            return load(connection, first)
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
        if identity:
            note_first(connection, identity, danger.number)
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
    once: str = "",
    now: datetime,
) -> Danger:
    """Do one action of `riskmap.ledger.states.TRANSITIONS` on a danger; return it as it is then.

    Parameters
    ----------
    fields
        The fields that the transition names (comment among them); a field that is not given
        stays, an empty one is emptied.
    version
        The version the person saw. Only a comment takes None (it overwrites nothing). The same
        action with the same content sent again by the same person on the same version is done
        already: the danger is returned as it is.
    held_at
        When it was done, if not now; not before the state it starts from.
    once
        Key of the request, to know a comment without version when it is sent again.

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
    with audit.refusals_kept(ws, actor, f"danger.{action}", f"danger:{number}", now=now):
        _may_at_all(actor, transition.permission)
        scheme = scheme_in_use(ws)
        checked = check_fields(ws, scheme, fields, _field_names(transition), now=now)
        with ws.write() as connection:
            lock(connection, number)
            danger = load(connection, number)
            authorise(actor, transition.permission, danger.subject)
            key = f"{number}#{once if version is None else version}"
            sent = {**fields, "action": action}
            identity = identity_of(actor, key, sent, photos, held_at) if once or version else ""
            if identity and number_of_first(connection, identity) is not None:
                return danger
            check_version(danger, action, fields, version)
            _check_state(transition, danger, actor)
            check_photos(connection, photos, checked)
            check_required(transition, checked, photos)
            held = held_moment(ws, danger, checked, held_at, now)
            checked.refuse()
            setting = Setting(actor, scheme, ws.settings.zone, held)
            record = _decided(transition, danger, checked, setting)
            danger = append_version(
                connection,
                actor,
                action,
                danger,
                record,
                comment=checked.values.get("comment"),
                photos=photos,
                now=now,
                restated=restated(connection, danger, record),
            )
            if identity:
                note_first(connection, identity, number)
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


def _check_state(transition: Transition, danger: Danger, actor: Actor) -> None:
    if danger.state not in transition.before:
        possible = tuple(one.action for one in allowed(danger, actor))
        raise state_refusal(transition, danger.state, possible)


def _decided(
    transition: Transition, danger: Danger, checked: Checked, setting: Setting
) -> dict[str, Any]:
    """Return the record after an action, once everything about it was found good."""
    record = after_action(transition, danger, checked.values, setting)
    check_record(transition, danger, record, setting)
    scheme, zone = setting.scheme, setting.zone
    fresh = due_on(scheme, record["term"], setting.held_at.astimezone(zone).date())
    due, due_after = (due_of(one, scheme, zone) for one in (danger.record, record))
    check_conditions(transition, Case(danger, setting.actor, record, due, due_after, fresh))
    authorise(setting.actor, transition.permission, _subject(record))
    return record


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
        values["town"] = checked.town_at_point
    for name in REPORTED:
        if values.get(name) is None:
            checked.faults.setdefault(name, MISSING[name])
    subject = Subject(values.get("town"), values.get("domain"), values.get("enterprise_id"))
    if subject.town is not None and subject.domain is not None:  # else both are among the faults
        authorise(actor, "danger.report", subject)
    checked.refuse()
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
