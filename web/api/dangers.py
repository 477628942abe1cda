"""The closed loop over the API: list, report, read, act, photos; the ledger checks and decides."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from riskmap.access.policy import Subject, authorise, may
from riskmap.errors import FieldsError
from riskmap.ledger import dangers
from riskmap.ledger.danger_list import DangerRow, list_dangers
from riskmap.ledger.deadlines import due_of, overdue_days
from riskmap.ledger.photo_reading import MAX_BYTES, PhotoError
from riskmap.ledger.photos import take_photo
from riskmap.ledger.sent_again import LONGEST_KEY
from riskmap.ledger.states import DONE, STATE_ZH
from riskmap.ledger.versions import Danger, plain
from riskmap.schemes import scheme_in_use
from web.access import actor_of, moment_of
from web.answers import answer, as_json, etag_of
from web.api.danger_models import (
    DangerDocument,
    DangerList,
    DangerQuery,
    DangerReport,
    DangerStep,
    PhotoAnswer,
)
from web.api.problems import problems
from web.ledger.danger_view import PERSONS, address_of
from web.privacy import masked_document
from web.rendering import workspace_of

router = APIRouter(prefix="/api/v1", tags=["隐患 dangers"])

Number = Annotated[str, Path(description="隐患编号", max_length=120)]
SentAgain = Annotated[
    str,
    Header(
        max_length=LONGEST_KEY,
        description="同一内容重发时用同一个值：第二次返回第一次的结果，不重复登记",
    ),
]
NOT_FIELDS = frozenset({"action", "version", "held_at", "photos"})


@router.get(
    "/dangers",
    response_model=DangerList,
    responses=problems(401, 422, 503),
    summary="隐患列表：按状态、镇街、领域、等级、是否超期、文字筛选",
)
def get_dangers(request: Request, asked: Annotated[DangerQuery, Query()]) -> Response:
    """Return one page of the dangers that match, newest found first."""
    found = list_dangers(
        workspace_of(request),
        actor_of(request),
        **asked.model_dump(exclude={"limit"}),
        size=asked.limit,
        now=moment_of(request),
    )
    document = {
        "total": found.total,
        "page": found.page,
        "pages": found.pages,
        "limit": asked.limit,
        "dangers": [_row(request, row) for row in found.rows],
    }
    text = as_json(document)
    return answer(request, etag_of("dangers", text), lambda: text)


@router.post(
    "/dangers",
    response_model=DangerDocument,
    status_code=201,
    responses=problems(401, 403, 422, 503),
    summary="上报一条隐患",
)
def post_danger(request: Request, body: DangerReport, idempotency_key: SentAgain = "") -> Response:
    """Report a hidden danger; all fields that cannot be taken are named at once."""
    sent = body.model_dump(exclude_unset=True)
    with _told(sent):
        danger = dangers.report(
            workspace_of(request),
            actor_of(request),
            _fields(sent),
            photos=body.photos,
            once=idempotency_key,
            now=moment_of(request),
        )
    return _sent(request, danger, 201)


@router.get(
    "/dangers/{number}",
    response_model=DangerDocument,
    responses=problems(401, 404, 422, 503),
    summary="一条隐患：全部字段、办理经过、照片、您可以办理的操作",
)
def get_danger(request: Request, number: Number) -> Response:
    """Return one danger with its history."""
    authorise(actor_of(request), "read")
    danger = dangers.read_danger(workspace_of(request), number)
    text = as_json(_document(request, danger))
    return answer(request, etag_of("danger", text), lambda: text)


@router.post(
    "/dangers/{number}/steps",
    response_model=DangerDocument,
    responses=problems(401, 403, 404, 409, 422, 503),
    summary="办理一步：交办、整改、复查、销号、延期、挂牌、移送、更正、备注",
)
def post_step(
    request: Request, number: Number, body: DangerStep, idempotency_key: SentAgain = ""
) -> Response:
    """Do one action; a stale version is answered 409 with what was sent and what is stored."""
    sent = body.model_dump(exclude_unset=True)
    with _told(sent):
        danger = dangers.act(
            workspace_of(request),
            actor_of(request),
            number,
            body.action,
            _fields(sent),
            version=body.version,
            photos=body.photos,
            held_at=body.held_at,
            once=idempotency_key,
            now=moment_of(request),
        )
    return _sent(request, danger, 200)


@router.post(
    "/photos",
    response_model=PhotoAnswer,
    status_code=201,
    responses=problems(401, 403, 422, 503),
    summary="存一张照片（请求体就是照片文件），之后上报或办理时引用它的 digest",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"image/*": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def post_photo(request: Request) -> Response:
    """Store a photo: JPEG, PNG, WebP or HEIC by content, at most 20 MB and 50 megapixels."""
    data = bytearray()
    async for part in request.stream():
        if len(data) <= MAX_BYTES:  # the rest is read, so that the answer arrives, and not kept
            data += part
    return await run_in_threadpool(_stored, request, bytes(data))


def _stored(request: Request, data: bytes) -> Response:
    try:
        photo = take_photo(workspace_of(request), actor_of(request), data, now=moment_of(request))
    except PhotoError as error:
        raise FieldsError({"photo": str(error)}) from error
    shown = ("digest", "width", "height", "bytes", "lon", "lat", "taken_at")
    text = as_json({name: plain(getattr(photo, name)) for name in shown})
    return Response(text, 201, {"Cache-Control": "no-store"}, "application/json")


@contextmanager
def _told(sent: Mapping[str, Any]) -> Iterator[None]:
    """Say in a refusal of fields what was sent for each."""
    try:
        yield
    except FieldsError as error:
        raise FieldsError(error.faults, sent) from error


def _fields(sent: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in sent.items() if name not in NOT_FIELDS}


def _sent(request: Request, danger: Danger, status: int) -> Response:
    headers = {"Cache-Control": "no-store"}
    if status == 201:
        headers["Location"] = "/api/v1" + address_of(danger.number)
    stored = dangers.read_danger(workspace_of(request), danger.number)
    return Response(as_json(_document(request, stored)), status, headers, "application/json")


def _document(request: Request, danger: Danger) -> dict[str, Any]:
    """Return a danger as this reader may see it, with what this reader may do."""
    workspace, actor = workspace_of(request), actor_of(request)
    zone = workspace.settings.zone
    due = due_of(danger.record, scheme_in_use(workspace), zone)
    today = moment_of(request).astimezone(zone).date()
    late = 0 if danger.state in DONE else overdue_days(due, today)
    document = {
        **danger.document(),
        "due": due.isoformat(),
        "overdue_days": late,
        "allowed": [one.action for one in dangers.allowed(danger, actor)],
    }
    return for_reader(document, persons=may(actor, "read.persons", danger.subject))


def _row(request: Request, row: DangerRow) -> dict[str, Any]:
    found = row.record
    subject = Subject(found["town"], found["domain"], found["enterprise_id"])
    document = {
        **{name: plain(value) for name, value in found.items()},
        "number": row.number,
        "version": row.version,
        "state": str(row.state),
        "state_zh": STATE_ZH[row.state],
        "learnt_at": plain(row.learnt_at),
        "source": row.source,
        "due": _day(row.due),
        "overdue_days": row.overdue_days,
        "remind": row.remind,
    }
    return for_reader(document, persons=may(actor_of(request), "read.persons", subject))


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def for_reader(document: Mapping[str, Any], *, persons: bool) -> dict[str, Any]:
    """Return a danger's document, with persons and numbers in texts masked unless they may be seen.

    Examples
    --------
    >>> for_reader({"reported_by": "李四", "steps": [{"actor": "li", "actor_name": "李四"}]},
    ...     persons=False)
    {'reported_by': '李**', 'steps': [{'actor': '***', 'actor_name': '李**'}]}
    """
    if persons:
        return dict(document)
    shown: dict[str, Any] = masked_document(_without_names(document))
    return shown


def _without_names(document: Mapping[str, Any]) -> dict[str, Any]:
    shown = {
        name: _initial(value) if name in (*PERSONS, "actor_name") else value
        for name, value in document.items()
    }
    if "actor" in shown:
        shown["actor"] = "***"
    if "changes" in shown:
        shown["changes"] = {
            name: [_initial(one) for one in pair] if name in PERSONS else pair
            for name, pair in shown["changes"].items()
        }
    if "steps" in shown:
        shown["steps"] = [_without_names(step) for step in shown["steps"]]
    return shown


def _initial(name: Any) -> Any:
    return f"{str(name)[:1]}**" if name else name
