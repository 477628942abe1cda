"""From an error class to an HTTP status, and from there to a problem document or a page.

RFC 9457 problem details for the API, one calm page for a browser, never a traceback. The core
knows no HTTP: the only table of statuses is `STATUS_OF`.
"""

import json
from collections.abc import Sequence
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.templating import Jinja2Templates
from pyarrow import ArrowException
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from riskmap.access import audit
from riskmap.access.actors import Role
from riskmap.errors import (
    CLEAR_ERRORS,
    ConflictError,
    FieldsError,
    ForbiddenError,
    NotFoundError,
    RiskmapError,
    SignInError,
    TransitionError,
    WorkspaceError,
)
from riskmap.workspace import Workspace
from web.access import actor_of, moment_of, own_address, sign_in_address
from web.security import content_policy

PROBLEM_JSON = "application/problem+json"

STATUS_OF: tuple[tuple[type[Exception], int], ...] = (
    (NotFoundError, 404),
    (SignInError, 401),
    (ForbiddenError, 403),
    (ConflictError, 409),
    (TransitionError, 409),
    (FieldsError, 422),
    (WorkspaceError, 503),
    (RequestValidationError, 422),
    (RiskmapError, 400),
    (SQLAlchemyError, 503),
    (ArrowException, 503),
    (OSError, 503),
    *((kind, 503) for kind in CLEAR_ERRORS),
)
"""First match wins; an error that is in no row is a fault of ours: 500. An error of a source or a
scheme (the rest of CLEAR_ERRORS) can only mean a damaged store here: a reader sends no files."""

TITLES: dict[int, tuple[str, str]] = {
    400: ("请求有误", "Bad request"),
    401: ("请先登录", "Please sign in"),
    403: ("没有这项权限", "Not permitted"),
    404: ("没有找到", "Not found"),
    405: ("不支持这种请求方法", "Method not allowed"),
    409: ("现在不能这样办", "Not possible now"),
    410: ("已失效", "Gone"),
    413: ("发来的内容过大", "Content too large"),
    422: ("参数不合要求", "Parameters not acceptable"),
    429: ("请稍后再试", "Too many requests"),
    500: ("系统内部错误", "Internal error"),
    503: ("数据暂时读不到", "Data temporarily unavailable"),
}

SLUGS = {413: "content-too-large", 422: "unprocessable-entity"}
"""Names of statuses that Python calls differently from one version to the next."""

HIDDEN_DETAIL: dict[int, str] = {
    500: "服务端出了差错，已记入日志。请稍后再试，或联系管理员。",
    503: "工作区或数据库暂时读不到，已有成果没有丢失。请稍后再试，或请管理员检查工作区。",
}
"""What is said in place of an error text that may name files or statements of the machine."""


FRAMEWORK_ONLY = (400, 404, 405)
"""Statuses whose English text comes from the framework: a form that cannot be read, no route, no
such method (a reload of the address to which a form was sent)."""


SECRET = ("password", "secret", "token", "code")
"""Parts of the names of fields whose value is never sent back."""


class ParameterError(RiskmapError):
    """A query or path parameter is well formed but means nothing here."""


class GoneError(RiskmapError):
    """A cursor points to something that is no longer kept."""


def install_errors(app: FastAPI, templates: Jinja2Templates) -> None:
    """Answer every error of `app` as a problem document, or as ``error.html`` for a browser."""
    app.state.templates = templates
    for error_class in (*(row[0] for row in STATUS_OF), HTTPException, Exception):
        app.add_exception_handler(error_class, error_answer)


def error_answer(request: Request, error: Exception) -> Response:
    """Return the answer to an error: a problem document, a page, or the way to the sign-in page."""
    nonce = getattr(request.state, "nonce", None)
    page = nonce is not None and wants_page(request)
    if page and isinstance(error, SignInError) and request.method in ("GET", "HEAD"):
        onward = sign_in_address(own_address(request))
        return RedirectResponse(onward, 303, headers={"Cache-Control": "no-store"})
    if isinstance(error, ForbiddenError) and not error.noted:
        _note_refusal(request, error)
    problem = problem_of(error, request.url.path)
    if page:
        templates: Jinja2Templates = request.app.state.templates
        answer: Response = templates.TemplateResponse(
            request, "error.html", {"problem": problem}, status_code=status_of(error)
        )
        answer.headers["Content-Security-Policy"] = content_policy(str(nonce))
    else:
        answer = problem_response(problem)
    if isinstance(error, SignInError):
        answer.headers["WWW-Authenticate"] = 'Bearer realm="riskmap"'
    answer.headers.update(getattr(error, "headers", None) or {})
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _note_refusal(request: Request, error: ForbiddenError) -> None:
    """Keep in the audit that a known person or machine tried what it may not do."""
    actor = actor_of(request)
    if actor.role is not Role.ANONYMOUS:
        subject = f"{request.method} {request.url.path}"[:200]
        workspace: Workspace = request.app.state.workspace
        audit.refused(workspace, actor, "request", subject, str(error), now=moment_of(request))


def status_of(error: Exception) -> int:
    """Return the HTTP status of an error by the table of classes."""
    if isinstance(error, HTTPException):
        return error.status_code
    if isinstance(error, ParameterError):
        return 422
    if isinstance(error, GoneError):
        return 410
    return next((status for kind, status in STATUS_OF if isinstance(error, kind)), 500)


def problem_of(error: Exception, instance: str) -> dict[str, object]:
    """Return the problem document of an error.

    Parameters
    ----------
    error
        What was raised.
    instance
        Path of the request.

    Returns
    -------
    dict
        ``type``, ``title``, ``status``, ``detail``, ``instance`` and, for refused parameters,
        ``errors``: one ``{"parameter", "value", "expected"}`` each; for a conflict ``yours``
        and ``theirs``: what was sent and what is stored now.
    """
    status = status_of(error)
    slug = SLUGS.get(status) or HTTPStatus(status).phrase.lower().replace(" ", "-")
    problem: dict[str, object] = {
        "type": f"urn:riskmap:problem:{slug}",
        "title": TITLES.get(status, (HTTPStatus(status).phrase, ""))[0],
        "status": status,
        "detail": _detail(error, status, instance),
        "instance": instance,
    }
    if isinstance(error, RequestValidationError):
        problem["errors"] = [_refused(fault) for fault in error.errors()]
    if isinstance(error, FieldsError):
        problem["errors"] = [
            {"parameter": field, "value": _sent(error, field), "expected": said}
            for field, said in error.faults.items()
        ]
    if isinstance(error, TransitionError):
        problem["allowed"] = list(error.allowed)
    if isinstance(error, ConflictError):
        problem.update(yours=error.yours, theirs=error.theirs)
    return problem


def problem_response(problem: dict[str, object]) -> Response:
    """Return a problem document as a response."""
    text = json.dumps(problem, ensure_ascii=False, default=str)
    return Response(
        text.encode("utf-8", "replace"),  # half a character came from outside; nothing can send it
        status_code=int(str(problem["status"])),
        media_type=PROBLEM_JSON,
    )


def wants_page(request: Request) -> bool:
    """Say whether the reader is a browser on a page (and not a machine on the API)."""
    if request.url.path.startswith("/api/") or request.url.path == "/openapi.json":
        return False
    accept = request.headers.get("accept", "")
    return "text/html" in accept or "json" not in accept


def _detail(error: Exception, status: int, instance: str) -> str:
    if isinstance(error, RequestValidationError):
        if any(fault.get("type") == "json_invalid" for fault in error.errors()):
            return "请求体不是有效的 JSON。"
        return "；".join(_sentence(fault) for fault in error.errors()) + "。"
    if isinstance(error, WorkspaceError):
        return HIDDEN_DETAIL[503]
    if isinstance(error, RiskmapError):
        return str(error)
    if isinstance(error, HTTPException):
        return _framework_detail(error, status, instance)
    return HIDDEN_DETAIL.get(status, HIDDEN_DETAIL[500])


def _framework_detail(error: HTTPException, status: int, instance: str) -> str:
    if status == 404:
        return f"没有 {_shown(instance)} 这个地址。"
    return TITLES[status][0] + "。" if status in FRAMEWORK_ONLY else str(error.detail)


def _refused(fault: dict[str, object]) -> dict[str, object]:
    return {
        "parameter": _parameter(fault),
        "value": _shown(fault.get("input")),
        "expected": str(fault.get("msg", "")),
    }


def _sent(error: FieldsError, field: str) -> str:
    """Return what was sent for a field, cut; never a secret."""
    return "" if any(word in field for word in SECRET) else _shown(error.sent.get(field))


def _sentence(fault: dict[str, object]) -> str:
    return f"参数 {_parameter(fault)} 的值“{_shown(fault.get('input'))}”不合要求"


def _parameter(fault: dict[str, object]) -> str:
    place = fault.get("loc")
    return str(place[-1]) if isinstance(place, Sequence) and place else ""


def _shown(value: object, longest: int = 80) -> str:
    text = "" if value is None else str(value)
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")  # half a character, as in JSON
    return text if len(text) <= longest else text[:longest] + "…"
