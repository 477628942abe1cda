"""Is the service alive, and is it ready: for the machine that watches it."""

import sqlalchemy as sa
from fastapi import APIRouter, Request
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import JSONResponse

from riskmap.errors import WorkspaceError
from riskmap.storage.database import HEAD_REVISION
from web.assets import Assets
from web.rendering import workspace_of

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
def healthz() -> JSONResponse:
    """Answer as soon as the process can answer at all."""
    return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})


@router.get("/readyz")
def readyz(request: Request) -> JSONResponse:
    """Answer 200 when the database is reachable and migrated and every asset is there."""
    assets: Assets = request.app.state.assets
    missing = assets.missing()
    checks = {
        "database": _database(request),
        "assets": "ok" if not missing else "缺少 " + "、".join(missing),
    }
    ready = all(value == "ok" for value in checks.values())
    return JSONResponse(
        {"status": "ready" if ready else "not ready", "checks": checks},
        status_code=200 if ready else 503,
        headers={"Cache-Control": "no-store"},
    )


def _database(request: Request) -> str:
    try:
        with workspace_of(request).read() as connection:
            query = sa.text("SELECT version_num FROM alembic_version")
            revision = connection.execute(query).scalar_one_or_none()
    except (SQLAlchemyError, WorkspaceError) as error:
        return f"数据库连接不上（{type(error).__name__}）"
    if revision != HEAD_REVISION:
        return f"数据库版本是 {revision}，应为 {HEAD_REVISION}；请重新启动服务"
    return "ok"
