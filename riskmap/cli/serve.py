"""`riskmap serve`: the web service over one workspace."""

import importlib.util
import os
import socket
from pathlib import Path
from typing import Annotated

import typer

from riskmap.cli.state import database_url, workspace_root
from riskmap.errors import RiskmapError


def claim_port(host: str, port: int) -> None:
    """Raise RiskmapError when another program already listens on the address."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise RiskmapError(
                "地址不能使用", f"{host}:{port}（{error.strerror}）", "换一个端口：--port 8001"
            ) from error


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="监听地址")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="端口", min=1, max=65535)] = 8000,
) -> None:
    """启动网页服务（地图、镇街、避难场所、接口）。"""
    serve_workspace(workspace_root(context), host, port)


def serve_workspace(root: Path, host: str, port: int) -> None:
    """Serve one workspace until it is interrupted.

    Raises
    ------
    RiskmapError
        The web extra is missing, the workspace cannot be opened, or the address is taken.
    """
    if importlib.util.find_spec("uvicorn") is None or importlib.util.find_spec("fastapi") is None:
        raise RiskmapError("缺少网页服务组件", "web", "请安装：pip install 'riskmap[web]'")
    import uvicorn  # noqa: PLC0415  (the nightly job must run without the extra `web`)

    from riskmap.workspace import open_workspace  # noqa: PLC0415  (SQLAlchemy, not for --help)

    with open_workspace(root, database_url()):
        claim_port(host, port)
    os.environ["RISKMAP_WORKSPACE"] = str(root.resolve())
    typer.echo(f"riskmap 已启动：http://{host}:{port}/ （按 Ctrl+C 停止）")
    uvicorn.run("web.app:create_app", factory=True, host=host, port=port, log_level="warning")
