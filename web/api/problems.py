"""How the errors of the API are described in OpenAPI."""

from typing import Any

from web.api.models import Problem
from web.errors import PROBLEM_JSON

_SAID = {
    304: "未变化（ETag 相同）",
    401: "未登录，或令牌无效",
    403: "没有这项权限",
    404: "没有找到",
    409: "别人先改了（yours、theirs 为两个版本），或现在的状态不能这样办",
    410: "游标所指的快照已不存在",
    422: "参数不合要求",
    503: "数据暂时读不到",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI description of 304 and of the errors of a route."""
    schema = Problem.model_json_schema()
    described: dict[int | str, dict[str, Any]] = {304: {"description": _SAID[304]}}
    for status in statuses:
        content = {PROBLEM_JSON: {"schema": schema}}
        described[status] = {"description": _SAID[status], "content": content}
    return described
