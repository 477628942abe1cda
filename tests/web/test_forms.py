"""The macros of form pages: labels, faults beside fields, what was typed is kept as text."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import Response
from starlette.testclient import TestClient

import web.app
from riskmap.errors import ConflictError, FieldsError
from riskmap.workspace import init_workspace
from web.forms import render_form, typed

HOSTILE = '"><script>alert(1)</script>'
PAGE = """{% extends "base.html" %}
{% from "forms.html" import begin, field, area, select, choices, ticks, tick, photo, submit, summary
   with context %}
{% block main %}<form>{{ begin() }}{{ summary({"name": "姓名"}) }}
{{ field("name", "姓名", hint="全名", required=true) }}{{ area("note", "说明") }}
{{ select("kind", "领域", [("a", "消防"), ("b", "燃气")], empty="请选择") }}
{{ choices("grade", "等级", [("g", "一般"), ("m", "重大")], required=true) }}
{{ ticks("parts", "部分", [("x", "甲"), ("y", "乙")], chosen=["y"]) }}{{ tick("sure", "确认") }}
{{ photo("photo", "照片", kept="已有一张") }}{{ submit("提交") }}</form>
<form>{{ field("name", "另一个", form="second", value="proposed") }}</form>{% endblock %}"""


class Doubles:
    """A page with every macro, and two routes that raise."""

    router = APIRouter()

    @staticmethod
    @router.get("/doubles/form")
    def form(request: Request, form: str = "") -> Response:
        faults: Mapping[str, str] = {"name": "要填写姓名", "grade": "要选一个", "": "整体不行"}
        values = {"name": HOSTILE, "note": HOSTILE, "kind": "b", "grade": "m", "sure": "1"}
        return render_form(request, "doubles.html", {}, faults, values, 422, form=form)

    @staticmethod
    @router.get("/api/doubles/fields")
    def fields() -> None:
        raise FieldsError({"lon": "在区外 3 公里", "town": "没有这个镇街"})

    @staticmethod
    @router.get("/api/doubles/conflict")
    def conflict() -> None:
        raise ConflictError("别人先改了", yours={"state": "a"}, theirs={"state": "b"})


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    init_workspace(tmp_path / "district", "江北区", "330110")
    monkeypatch.setattr(web.app, "PARTS", (*web.app.PARTS, Doubles))
    app = web.app.create_app(tmp_path / "district")
    environment = app.state.templates.env
    loader = environment.loader
    real = loader.get_source
    monkeypatch.setattr(
        loader,
        "get_source",
        lambda env, name: (PAGE, name, None) if name == "doubles.html" else real(env, name),
    )
    return TestClient(app)


def test_faults_stand_beside_their_fields_and_what_was_typed_stays(client: TestClient) -> None:
    with client:
        answer = client.get("/doubles/form")
    page = answer.text
    assert answer.status_code == 422 and answer.headers["cache-control"] == "no-store"
    assert "<script>alert" not in page and page.count("&lt;script&gt;alert(1)") == 2
    name = re.search(r'<input type="text" id="f-name"[^>]*>', page, re.S)[0]
    assert 'aria-describedby="f-name-hint f-name-fault"' in name and "aria-invalid" in name
    assert re.search(r'class="field-fault" id="f-name-fault">要填写姓名<', page)
    assert re.search(r'<a href="#f-name">姓名：要填写姓名</a>', page)
    assert "有 3 处需要改正" in page and "<li>整体不行</li>" in page
    assert '<option value="b" selected>' in page
    assert re.search(r'value="m"[^>]*checked', page) and re.search(r'value="y"[^>]*checked', page)
    assert re.search(r'name="sure" value="1" checked', page)
    assert 'capture="environment"' in page and "已有一张" in page
    assert 'id="f-second-name" name="name" value="proposed"' in page
    token = re.search(r'name="csrf" value="([A-Za-z0-9_-]{43})"', page)
    assert token and token[1] in answer.headers["set-cookie"]
    assert len(re.findall(r'id="([^"]+)"', page)) == len(set(re.findall(r'id="([^"]+)"', page)))


def test_faults_belong_to_the_form_they_are_named_for(client: TestClient) -> None:
    with client:
        page = client.get("/doubles/form?form=second").text
    assert 'id="f-second-name-fault"' in page and 'id="f-name-fault"' not in page
    assert "处需要改正" not in page


def test_fields_and_conflicts_are_problem_documents(client: TestClient) -> None:
    with client:
        fields, conflict = (client.get(f"/api/doubles/{one}") for one in ("fields", "conflict"))
    assert fields.status_code == 422
    assert [one["parameter"] for one in fields.json()["errors"]] == ["lon", "town"]
    assert fields.json()["errors"][0]["expected"] == "在区外 3 公里"
    assert conflict.status_code == 409
    assert (conflict.json()["yours"], conflict.json()["theirs"]) == ({"state": "a"}, {"state": "b"})


def test_typed_leaves_files_and_the_token_out() -> None:
    form = FormData([("a", " x "), ("csrf", "secret"), ("long", "y" * 30_000)])
    assert typed(form, longest=10) == {"a": "x", "long": "y" * 10}
