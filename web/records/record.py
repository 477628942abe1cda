"""One record: its facts, its versions, and the forms that enter, correct and withdraw it."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from riskmap.access.policy import RULES, Scope, Subject, authorise, may
from riskmap.errors import ConflictError, FieldsError, NotFoundError
from riskmap.records import entries, lowering, overrides
from riskmap.records.contracts import RECORD_CONTRACTS
from riskmap.records.entry_fields import BY_HAND, OF_THE_FIRM, refuse_other_kinds
from riskmap.records.entry_history import Version
from riskmap.schemes import scheme_in_use
from web.access import actor_of, moment_of
from web.forms import go, render_form, typed
from web.privacy import sees_persons
from web.records import late_deaths
from web.records.forms import (
    FormField,
    form_fields,
    form_values,
    label_of,
    proposed,
    shown_value,
)
from web.rendering import language_of, workspace_of
from web.rows import accident_grades
from web.rows.pages import reader_of
from web.rows.row_tables import title_of
from web.rows.row_view import name_of
from web.texts.lookup import Texts

router = APIRouter(prefix="/records", include_in_schema=False, default_response_class=HTMLResponse)

Key = Annotated[str, Query(max_length=300)]
Done = Annotated[str, Query(max_length=20)]
DONE = ("entered", "same", "withdrawn")


async def form_of(request: Request) -> dict[str, str]:
    """Return the text fields of the form that was sent."""
    return late_deaths.joined(typed(await request.form()))


Form = Annotated[dict[str, str], Depends(form_of)]


@router.get("/{kind}/item")
def item(request: Request, kind: str, key: Key, done: Done = "") -> Response:
    """Show one record with every version of it, and what the reader may do about it."""
    return item_page(request, kind, key, done=done if done in DONE else "")


@router.get("/{kind}/new")
def new(request: Request, kind: str) -> Response:
    """Show the form of a new record."""
    if kind == overrides.KIND:
        return go("/records/overrides/propose")
    refuse_other_kinds(kind)
    actor = actor_of(request)
    if actor.role not in RULES[f"record.{kind}"]:
        authorise(actor, f"record.{kind}")
    values = proposed(kind, actor, moment_of(request), reader_of(request))
    return _form_page(request, kind, None, {}, values)


@router.post("/{kind}/new")
def enter_new(request: Request, kind: str, form: Form) -> Response:
    """Take a new record; on a fault the form comes back with what was typed."""
    fields = _fields(kind, form)
    try:
        made = entries.enter(
            workspace_of(request), actor_of(request), kind, fields,
            once=form.get("once", ""), now=moment_of(request),
        )  # fmt: skip
    except FieldsError as error:
        return _form_page(request, kind, None, error.faults, form)
    except ConflictError as error:
        return _conflict_page(request, kind, form, error)
    return go(item_address(kind, made.version.key, "entered" if made.changed else "same"))


@router.get("/{kind}/edit")
def edit(request: Request, kind: str, key: Key) -> Response:
    """Show the form that corrects a record."""
    refuse_other_kinds(kind)
    version = entries.latest(workspace_of(request), kind, key)
    workspace, actor = workspace_of(request), actor_of(request)
    entries.authorise_change(workspace, actor, version, now=moment_of(request))
    return _form_page(request, kind, version, {}, form_values(version, reader_of(request)))


@router.post("/{kind}/edit")
def correct(request: Request, kind: str, form: Form, key: Key) -> Response:
    """Take a correction of the version that the reader saw."""
    workspace = workspace_of(request)
    try:
        made = entries.enter(
            workspace, actor_of(request), kind, _fields(kind, form) | _key_fields(kind, key),
            expect=expected(form), now=moment_of(request),
        )  # fmt: skip
    except FieldsError as error:
        seen = entries.latest(workspace, kind, key)
        return _form_page(request, kind, seen, error.faults, form, expect=form.get("expect"))
    except ConflictError as error:
        return _conflict_page(request, kind, form, error)
    return go(item_address(kind, key, "entered" if made.changed else "same"))


@router.post("/{kind}/withdraw")
def withdraw(request: Request, kind: str, form: Form, key: Key) -> Response:
    """Take a record back; its versions stay."""
    try:
        entries.withdraw(
            workspace_of(request), actor_of(request), kind, key, form.get("reason", ""),
            expect=expected(form), now=moment_of(request),
        )  # fmt: skip
    except FieldsError as error:
        return item_page(request, kind, key, faults=error.faults, values=form, form="withdraw")
    return go(item_address(kind, key, "withdrawn"))


def item_page(
    request: Request,
    kind: str,
    key: str,
    *,
    done: str = "",
    faults: Mapping[str, str] | None = None,
    values: Mapping[str, str] | None = None,
    form: str = "",
) -> Response:
    """Return the page of one record, with a form's faults when there are any."""
    if kind not in RECORD_CONTRACTS:
        raise NotFoundError("没有这种记录", kind[:60], "可用：" + " ".join(BY_HAND))
    versions = entries.history(workspace_of(request), kind, key)
    last, actor, reader = versions[-1], actor_of(request), reader_of(request)
    if kind == "commitments":
        authorise(actor, "read.commitments", subject_of(last))
    persons = sees_persons(actor, last.fields.get("town"), last.fields.get("domain"))
    able = (
        kind in BY_HAND
        and last.withdrawn_at is None
        and may(actor, f"record.{kind}", subject_of(last))
    )
    kept = able and _is_kept(request, last)
    waits = kind == overrides.KIND and last.withdrawn_at is None and overrides.waiting(last)
    context = {
        **frame(request, kind),
        "key": key,
        "heading": _heading(request, last),
        "version": last,
        "facts": _facts(request, last, persons=persons),
        "versions": [_told(request, one, persons=persons) for one in reversed(versions)],
        "able": able,
        "kept": kept,
        "editable": able and kind != overrides.KIND and not kept,
        "waiting": waits,
        "second_asked": waits and overrides.second_asked(last, actor),
        "alarm_open": kind == "alarms"
        and not (last.fields["cleared_at"] or last.fields["handled_at"]),
        "done": done,
        "withdrawn": shown_value("at", last.withdrawn_at, reader, persons=True),
        "withdrawn_reason": shown_value("reason", last.withdrawn_reason, reader, persons=persons),
    }
    return render_form(
        request, "record.html", context, faults, values, 422 if faults else 200, form=form
    )


def _is_kept(request: Request, version: Version) -> bool:
    """Say whether a record stands though the reader's role could change one of its kind."""
    now = moment_of(request)
    refused = entries.refused_change(workspace_of(request), actor_of(request), version, now=now)
    return refused is not None


def frame(request: Request, kind: str) -> dict[str, Any]:
    """Return what every record page says about its kind."""
    return {"page": "records", "kind": kind, "name": name_of(kind, language_of(request))}


def item_address(kind: str, key: str, done: str = "") -> str:
    """Return the address of a record's page."""
    query = {"key": key} | ({"done": done} if done else {})
    return f"/records/{kind}/item?{urlencode(query)}"


def subject_of(version: Version) -> Subject:
    """Return whose a record is."""
    fields = version.fields
    return Subject(fields.get("town"), fields.get("domain"), fields.get("enterprise_id"))


def expected(form: Mapping[str, str]) -> int:
    """Return the version that the reader saw; 0 (none) when the form does not say."""
    given = form.get("expect", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 18 else 0


def _fields(kind: str, form: Mapping[str, str]) -> dict[str, str]:
    refuse_other_kinds(kind)
    names = {column.name for column in RECORD_CONTRACTS[kind].columns}
    return {name: value for name, value in form.items() if name in names}


def _key_fields(kind: str, key: str) -> dict[str, str]:
    names = RECORD_CONTRACTS[kind].key_columns
    return dict(zip(names, key.split("|"), strict=False)) if len(names) > 1 else {names[0]: key}


def _form_fields(
    request: Request, kind: str, values: Mapping[str, str], *, new: bool
) -> list[FormField]:
    """Return the fields; a domain that the scheme does not have any more can still be kept.

    Of towns and domains only those are offered that the person may record for; an enterprise is
    not asked for what it does not choose.
    """
    known = list(scheme_in_use(workspace_of(request)).domains)
    mine = values.get("domain")
    domains = known if not mine or mine in known else [mine, *known]
    actor, reader = actor_of(request), reader_of(request)
    scope = RULES[f"record.{kind}"].get(actor.role)
    if scope is Scope.OWN_TOWN:
        own = {code: name for code, name in reader.towns.items() if code == actor.town}
        reader = replace(reader, towns=own)
    elif scope is Scope.OWN_DOMAIN:
        domains = [domain for domain in domains if domain in actor.domains]
    not_asked = OF_THE_FIRM if scope is Scope.OWN_ENTERPRISE else ()
    fields = form_fields(kind, reader, domains, new=new)
    return [field for field in fields if field.name not in not_asked]


def _form_page(  # noqa: PLR0917  (whose form it is, then what is wrong and what was typed)
    request: Request,
    kind: str,
    version: Version | None,
    faults: Mapping[str, str],
    values: Mapping[str, str],
    expect: str | None = None,
) -> Response:
    fields = _form_fields(request, kind, values, new=version is None)
    if late_deaths.FIELD in faults and late_deaths.unread(values):
        faults = {**faults, late_deaths.FIELD: late_deaths.FAULT}
    context = {
        **frame(request, kind),
        "fields": fields,
        "labels": {field.name: field.label for field in fields},
        "key": None if version is None else version.key,
        "expect": "" if version is None else expect or version.row_id,
        "once": values.get("once") or secrets.token_urlsafe(16),
        "compared": None,
    }
    status = 422 if faults else 200
    shown = late_deaths.spread(values)
    return render_form(request, "record_form.html", context, faults, shown, status)


def _conflict_page(
    request: Request, kind: str, form: Mapping[str, str], error: ConflictError
) -> Response:
    """Show both versions side by side; what was typed stays in the form."""
    reader = reader_of(request)
    key = str(error.theirs.get("key", ""))
    stored = entries.latest(workspace_of(request), kind, key)
    theirs = form_values(stored, reader)
    fields = _form_fields(request, kind, theirs, new=False)
    context = {
        **frame(request, kind),
        "fields": fields,
        "labels": {field.name: field.label for field in fields},
        "key": key,
        "expect": stored.row_id,
        "compared": [_compared(field, form, theirs) for field in fields],
    }
    shown = late_deaths.spread(form)
    return render_form(request, "record_form.html", context, {}, shown, 409)


def _compared(
    field: FormField, form: Mapping[str, str], theirs: Mapping[str, str]
) -> dict[str, Any]:
    words = dict(field.options)
    yours, stored = form.get(field.name, ""), theirs.get(field.name, "")
    return {
        "label": field.label,
        "yours": words.get(yours, yours),
        "theirs": words.get(stored, stored),
        "differs": yours != stored,
    }


def _heading(request: Request, version: Version) -> str:
    """Return what a record is called on its page: a decision on a colour says what it decides."""
    if version.kind != overrides.KIND:
        return version.key
    reader, fields = reader_of(request), version.fields
    shown = {
        name: shown_value(name, fields[name], reader, persons=True) or ""
        for name in ("town", "level")
    }
    return Texts(language_of(request))(f"override_{fields['direction']}", **shown)


def _facts(request: Request, version: Version, *, persons: bool) -> list[tuple[str, str | None]]:
    reader = reader_of(request)
    names = [column.name for column in RECORD_CONTRACTS[version.kind].columns]
    facts = [
        (
            label_of(version.kind, name, reader.language),
            shown_value(name, version.fields.get(name), reader, persons=persons),
        )
        for name in names
    ]
    if version.kind == accident_grades.KIND:
        grade = accident_grades.grade_of(version.fields, reader, moment_of(request))
        title = title_of(accident_grades.COLUMN, reader.language)
        facts.insert(names.index("domain") + 1, (title, grade))
    if version.kind == overrides.KIND and version.fields["direction"] == overrides.DOWN:
        facts = _of_a_lowering(request, version, facts, names)
    return facts


def _of_a_lowering(
    request: Request,
    version: Version,
    facts: list[tuple[str, str | None]],
    names: Sequence[str],
) -> list[tuple[str, str | None]]:
    """Return the facts of a lowering: with the colour that its day has, and who is waited for."""
    reader, t = reader_of(request), Texts(language_of(request))
    fields = version.fields
    current = lowering.colour_of(workspace_of(request), fields["date"], fields["town"])
    holds = shown_value("level", current, reader, persons=True) or t("override_no_colour")
    facts = list(facts)
    if overrides.waiting(version):
        second = names.index("second_person")
        facts[second] = (facts[second][0], t("override_awaited"))
    facts.insert(names.index("level") + 1, (t("override_holds"), holds))
    return facts


def _told(request: Request, version: Version, *, persons: bool) -> dict[str, Any]:
    """Return a version as the history tells it."""
    reader, t = reader_of(request), Texts(language_of(request))

    def shown(name: str, value: Any) -> str:
        return shown_value(name, value, reader, persons=persons) or t("record_unknown")

    if version.actor is not None:
        by = t("record_from_person", actor=version.actor if persons else t("record_somebody"))
    elif version.source == "devices":
        by = t("record_from_machine")
    else:
        by = t("record_from_file", source=version.source)
    changes = [
        (label_of(version.kind, name, reader.language), shown(name, before), shown(name, after))
        for name, (before, after) in (version.changes or {}).items()
    ]
    return {
        "learnt": shown("learnt_at", version.learnt_at),
        "held": shown("held_from", version.held_from),
        "by": by,
        "changes": changes,
        "withdrawn": shown("at", version.withdrawn_at) if version.withdrawn_at else "",
        "reason": shown("reason", version.withdrawn_reason) if version.withdrawn_at else "",
    }
