"""Templates, language and the workspace of a request: what every page route needs.

A page route is a plain function:

    @router.get("/shelters", response_class=HTMLResponse, include_in_schema=False)
    def shelters(request: Request) -> Response:
        return render(request, "shelters.html", {"page": "shelters", "rows": ...})

Templates extend `base.html` (blocks `title`, `main`, `scripts`) and may call `t(key, **values)`
(text by language), `asset(name)`, `lang`, `nonce`, and the filters of `web.formatting`.
Everything from data is escaped by Jinja; nothing is marked safe but the pictures of `web.charts`
and the map of `web.map`, which escape by themselves. No `style=""` attributes: the content
policy refuses them; use classes, SVG attributes or a `<style nonce>`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import urlencode

from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import Response

from riskmap.colours import COLOURS
from riskmap.workspace import Workspace
from web import formatting
from web.access import caller_of, own_address, sign_in_address
from web.csrf import token_of
from web.navigation import navigation, place_is_here
from web.texts.lookup import Texts

Language = Literal["zh", "en"]
LANGUAGE_COOKIE = "lang"


def make_templates() -> Jinja2Templates:
    """Return the templates of all pages; each gets the context of `page_context`."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(formatting.FILTERS)
    environment.globals.update(page="", place_is_here=place_is_here)
    return Jinja2Templates(env=environment, context_processors=[page_context])


def workspace_of(request: Request) -> Workspace:
    """Return the workspace that the service was started with."""
    return cast(Workspace, request.app.state.workspace)


def language_of(request: Request) -> Language:
    """Return the language of a request: `?lang=`, then the cookie, then Chinese."""
    asked = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
    return "en" if asked == "en" else "zh"


def address_in(request: Request, language: Language) -> str:
    """Return this page's own address in another language."""
    query = dict(request.query_params) | {"lang": language}
    return f"{request.url.path}?{urlencode(query)}"


def page_context(request: Request) -> dict[str, Any]:
    """Return what every template may use besides its own context."""
    language = language_of(request)
    other: Language = "zh" if language == "en" else "en"
    settings = workspace_of(request).settings
    caller = caller_of(request)
    return {
        "actor": caller.actor,
        "csrf": token_of(request),
        "csrf_session": caller.session.csrf if caller.session else "",
        "navigation": navigation(caller.actor, request.app.state.served),
        "here": request.url.path,
        "sign_in_here": sign_in_address(own_address(request)),
        "t": Texts(language),
        "lang": language,
        "other_language": other,
        "other_address": address_in(request, other),
        "nonce": request.state.nonce,
        "asset": request.app.state.assets.url,
        "colours": COLOURS,
        "district": settings.district.name,
        "review_number": settings.map.review_number,
    }


def render(
    request: Request, template: str, context: Mapping[str, Any], status_code: int = 200
) -> Response:
    """Return a page in the language of the request; `?lang=` is kept in a cookie."""
    templates: Jinja2Templates = request.app.state.templates
    answer = templates.TemplateResponse(request, template, dict(context), status_code=status_code)
    answer.headers["Vary"] = "Cookie, Authorization"
    answer.headers.setdefault("Cache-Control", "no-cache")
    if "lang" in request.query_params:
        answer.set_cookie(
            LANGUAGE_COOKIE, language_of(request), max_age=31_536_000, samesite="lax", httponly=True
        )
    return answer
