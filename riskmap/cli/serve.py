"""`riskmap serve`: the web service over one workspace."""

import importlib.util
import os
import socket
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

import typer

from riskmap.cli.state import database_url, workspace_root
from riskmap.errors import RiskmapError

OPEN_TO_READ = (
    "注意：能连到这个地址的人不登录也能看（姓名、电话打码，照片不给看）。"
    "要求先登录：在 riskmap.toml 的 [access] 里写 anonymous_viewer = false，再启动。"
)


def is_this_machine(host: str) -> bool:
    """Say whether an address to listen on is reached from this machine only.

    Examples
    --------
    >>> [is_this_machine(host) for host in ("127.0.0.1", "localhost", "::1", "0.0.0.0", "::")]
    [True, True, True, False, False]
    """
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


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
        The web extra is missing, the workspace cannot be opened, the address is taken, or the
        secret of OpenID Connect is not in the environment.
    """
    if importlib.util.find_spec("uvicorn") is None or importlib.util.find_spec("fastapi") is None:
        raise RiskmapError("缺少网页服务组件", "web", "请安装：pip install 'riskmap[web]'")
    import uvicorn  # noqa: PLC0415  (the nightly job must run without the extra `web`)

    from riskmap.settings import client_secret  # noqa: PLC0415  (short start for --help)
    from riskmap.workspace import open_workspace  # noqa: PLC0415  (SQLAlchemy, not for --help)

    with open_workspace(root, database_url()) as workspace:
        claim_port(host, port)
        access = workspace.settings.access
        client_secret(access.oidc, os.environ)
    os.environ["RISKMAP_WORKSPACE"] = str(root.resolve())
    typer.echo(f"riskmap 已启动：http://{host}:{port}/ （按 Ctrl+C 停止）")
    if access.anonymous_viewer and not is_this_machine(host):
        typer.echo(OPEN_TO_READ)
    uvicorn.run(
        "web.app:create_app", factory=True, host=host, port=port, log_level="warning",
        proxy_headers=bool(access.trusted_proxies), forwarded_allow_ips=[*access.trusted_proxies],
    )  # fmt: skip
