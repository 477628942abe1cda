"""Pages with a form: shown again with what was typed and one sentence beside each wrong field.

A template imports the macros of `forms.html` with its context:

    {% extends "base.html" %}
    {% from "forms.html" import begin, field, area, select, photo, submit, summary with context %}
    {% block main %}
    <form method="post" action="/report" class="form" enctype="multipart/form-data" novalidate>
      {{ begin() }}
      {{ summary() }}
      {{ field("login", t("login"), autocomplete="username", required=true) }}
      {{ submit(t("send")) }}
    </form>
    {% endblock %}

and the route answers with `render_form(request, "report.html", {...}, faults, values, status=422)`.
When a page has several forms, give each macro `form="close"` and `render_form(..., form="close")`:
faults and values then belong to that form only, and the ids of fields stay apart.
"""

from collections.abc import Mapping
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from web.csrf import FIELD, keep_token
from web.rendering import render


def render_form(  # noqa: PLR0917  (the page, then what is wrong and what was typed)
    request: Request,
    template: str,
    context: Mapping[str, Any],
    faults: Mapping[str, str] | None = None,
    values: Mapping[str, str] | None = None,
    status: int = 200,
    *,
    form: str = "",
) -> Response:
    """Return a page with forms; it is kept by no cache.

    Parameters
    ----------
    request, template, context
        As for `web.rendering.render`.
    faults
        Field name → one sentence; "" is a fault of the form as a whole.
    values
        Field name → what was typed (or what is proposed).
    status
        422 when there are faults.
    form
        Which form of the page `faults` and `values` belong to.
    """
    shown = {
        "faults": dict(faults or {}),
        "values": dict(values or {}),
        "form_shown": form,
        **context,
    }
    answer = render(request, template, shown, status_code=status)
    answer.headers["Cache-Control"] = "no-store"
    keep_token(request, answer)
    return answer


def typed(form: FormData, longest: int = 20_000) -> dict[str, str]:
    """Return the text fields of a form as typed, trimmed at the ends; files and csrf left out."""
    return {
        name: value.strip()[:longest]
        for name, value in form.items()
        if isinstance(value, str) and name != FIELD
    }


def seen_version(values: Mapping[str, str]) -> int | None:
    """Return the version that a form was made on; None where it names none."""
    text = values.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


def go(address: str) -> Response:
    """Return the answer after a form was taken: the browser fetches the next page."""
    return RedirectResponse(address, status_code=303, headers={"Cache-Control": "no-store"})
