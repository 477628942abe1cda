"""The web service: `uvicorn --factory web.app:create_app`."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from fastapi import Depends, FastAPI
from starlette.middleware.gzip import GZipMiddleware

from riskmap.settings import OidcSettings, client_secret, read_machine_settings
from riskmap.workspace import open_workspace
from web import assets, docs, health
from web.access import Gate
from web.accounts import account, audit, machine_tokens, oidc, people, sign_in
from web.accounts.oidc_issuer import Issuer
from web.accounts.sign_in_attempts import Attempts
from web.api import dangers as api_dangers
from web.api import days as api
from web.api import devices as api_devices
from web.api import weeks as api_weeks
from web.assets import Assets
from web.body_limits import BodyLimit
from web.csrf import guard
from web.daily import pages
from web.errors import error_answer, install_errors
from web.ledger import danger_list, dangers, exposures, gaming, photos, report
from web.logs import mask_logs
from web.records import acts as record_acts
from web.records import device_pages
from web.records import files as record_files
from web.records import overview as records
from web.records import record as record_pages
from web.rendering import make_templates
from web.rows import hazard_sources
from web.rows import pages as rows
from web.security import SecurityHeaders
from web.shelters import pages as shelters
from web.weekly import cards, week_acts, week_deliveries, week_file
from web.weekly import pages as weekly

PARTS = (
    health,
    pages,
    api,
    api_dangers,
    api_devices,
    api_weeks,
    week_file,
    shelters,
    week_deliveries,
    week_acts,
    weekly,
    cards,
    records,
    device_pages,
    record_acts,
    record_files,
    record_pages,
    rows,
    hazard_sources,
    docs,
    report,
    danger_list,
    dangers,
    exposures,
    gaming,
    photos,
    sign_in,
    account,
    people,
    machine_tokens,
    oidc,
    audit,
)
"""Every part of the service, in the order of its routes."""


def create_app(root: Path | None = None) -> FastAPI:
    """Return the service of one workspace.

    Parameters
    ----------
    root
        Folder of the workspace; by default RISKMAP_WORKSPACE, else the current folder. This is
        the door: nothing below reads the environment.

    Raises
    ------
    WorkspaceError
        The folder is no workspace, or its settings or database cannot be read.
    """
    machine = read_machine_settings(os.environ)
    folder = root or machine.workspace or Path.cwd()
    workspace = open_workspace(folder, machine.database_url, machine.second_factor_key)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        mask_logs()
        with workspace:
            yield

    app = FastAPI(
        title="riskmap",
        description="区县安全风险五色图：每日风险研判的数据接口（内部使用）",
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        lifespan=lifespan,
        dependencies=[Depends(guard)],
    )
    app.state.workspace = workspace
    app.state.served = frozenset(
        str(getattr(route, "path", "")) for part in PARTS for route in part.router.routes
    )
    app.state.seal = Fernet(Fernet.generate_key())
    app.state.issuer = _issuer(workspace.settings.access.oidc)
    app.state.attempts = Attempts()
    app.state.assets = Assets()
    app.state.templates = make_templates()
    app.add_middleware(BodyLimit, refuse=error_answer)
    app.add_middleware(Gate, workspace=workspace, refuse=error_answer)
    app.add_middleware(GZipMiddleware, minimum_size=512)
    app.add_middleware(SecurityHeaders, image_hosts=_tile_hosts(workspace.settings.map.tiles))
    app.add_api_route("/static/{path:path}", assets.serve, include_in_schema=False)
    for part in PARTS:
        app.include_router(part.router)
    install_errors(app, app.state.templates)
    return app


def _issuer(settings: OidcSettings) -> Issuer | None:
    """Return the issuer of OpenID Connect, None when none is set."""
    secret = client_secret(settings, os.environ)
    return Issuer(settings, secret) if settings.issuer else None


def _tile_hosts(tiles: str) -> tuple[str, ...]:
    """Return the host of the configured base map as a content policy source, or nothing."""
    parts = urlsplit(tiles)
    if not parts.hostname:
        return ()
    host = parts.hostname.replace("{s}", "*")
    return (f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else ""),)
