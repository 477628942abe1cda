"""Every error class has one status; nobody is shown a traceback or a path of the machine."""

import json

import pytest
from fastapi import FastAPI, Query, Request
from fastapi.templating import Jinja2Templates
from fastapi.testclient import TestClient
from jinja2 import Environment
from pyarrow import ArrowInvalid
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException

from riskmap.errors import ConflictError, NotFoundError, RiskmapError, WorkspaceError
from web.errors import (
    GoneError,
    ParameterError,
    install_errors,
    problem_of,
    problem_response,
    status_of,
)

SECRET = "/srv/secret/riskmap.db"
ERRORS = {
    "missing": (NotFoundError("没有这一天的成果", "2020-01-01"), 404),
    "parameter": (ParameterError("日期写法不对", "x"), 422),
    "gone": (GoneError("游标所指的快照已不存在"), 410),
    "clear": (RiskmapError("不行", "x", "改"), 400),
    "workspace": (WorkspaceError("读不到", SECRET), 503),
    "database": (OperationalError(f"SELECT {SECRET}", {}, Exception("locked")), 503),
    "parquet": (ArrowInvalid(f"not a parquet file {SECRET}"), 503),
    "disk": (PermissionError(13, "Permission denied", SECRET), 503),
    "bug": (ZeroDivisionError(f"division by zero in {SECRET}"), 500),
    "teapot": (HTTPException(418, "teapot"), 418),
}


@pytest.fixture(name="client")
def client_() -> TestClient:
    app = FastAPI()

    @app.get("/api/v1/broken/{name}")
    def broken(name: str) -> None:
        raise ERRORS[name][0]

    @app.get("/api/v1/limited")
    def limited(limit: int = Query(ge=1)) -> int:
        return limit

    install_errors(app, Jinja2Templates(env=Environment()))
    return TestClient(app, raise_server_exceptions=False)


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_is_a_problem_document_with_the_status_of_its_class(
    client: TestClient, name: str
) -> None:
    answer = client.get(f"/api/v1/broken/{name}")
    problem = answer.json()
    assert answer.status_code == problem["status"] == ERRORS[name][1]
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert set(problem) == {"type", "title", "status", "detail", "instance"}
    assert problem["instance"] == f"/api/v1/broken/{name}"
    assert SECRET not in answer.text
    assert "Traceback" not in answer.text


def test_refused_parameters_are_named_all_at_once(client: TestClient) -> None:
    problem = client.get("/api/v1/limited?limit=0").json()
    assert problem["status"] == 422
    assert problem["errors"][0]["parameter"] == "limit"
    assert problem["errors"][0]["value"] == "0"
    assert "limit" in problem["detail"]


def test_unknown_routes_and_methods_are_problems_too(client: TestClient) -> None:
    missing = client.get("/api/v1/nothing").json()
    assert (missing["status"], missing["detail"]) == (404, "没有 /api/v1/nothing 这个地址。")
    answer = client.post("/api/v1/limited")
    assert answer.json()["status"] == 405
    assert answer.json()["detail"] == "不支持这种请求方法。"
    assert answer.headers["allow"] == "GET"


def test_a_subclass_comes_before_its_base() -> None:
    assert status_of(NotFoundError("x")) == 404
    assert status_of(WorkspaceError("x")) == 503
    assert status_of(RuntimeError("x")) == 500


def test_long_values_are_cut() -> None:
    request = Request({"type": "http", "method": "GET", "path": "/", "headers": []})
    problem = problem_of(ParameterError("游标无法识别", "x" * 40), request.url.path or "/")
    assert len(json.dumps(problem, ensure_ascii=False)) < 400


def test_half_a_character_in_what_was_sent_can_be_answered() -> None:
    error = ConflictError("已有", "ab\ud800", yours={"note": "ab\ud800"}, theirs={})
    answer = problem_response(problem_of(error, "/"))
    assert json.loads(bytes(answer.body))["yours"] == {"note": "ab?"}
