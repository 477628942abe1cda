"""`riskmap devices`: listen to the devices' broker, and which devices are on line."""

import os
import signal
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskmap import clock
from riskmap.cli.state import opened, operator, present, print_json

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from riskmap.devices.online import DeviceState

PASSWORD_VARIABLE = "RISKMAP_MQTT_PASSWORD"


def listen(
    context: typer.Context,
    broker: Annotated[
        str,
        typer.Option(
            "--broker",
            metavar="URL",
            help="mqtt://主机:1883，加密的写 mqtts://主机:8883，可写 用户名@主机",
        ),
    ],
    ca: Annotated[
        Path | None, typer.Option("--tls-ca", help="核验服务器的 CA 证书；不写用系统的")
    ] = None,
    certificate: Annotated[
        Path | None, typer.Option("--tls-cert", help="本机的证书（服务器要求时）")
    ] = None,
    key: Annotated[Path | None, typer.Option("--tls-key", help="本机证书的私钥")] = None,
    client_id: Annotated[
        str | None,
        typer.Option("--client-id", help="在服务器上的编号，默认 riskmap-区划代码，不可重复"),
    ] = None,
    prefix: Annotated[str, typer.Option("--prefix", help="主题的第一段")] = "riskmap",
) -> None:
    """收取设备经 MQTT 发来的消息，存妥以后才向服务器确认；按 Ctrl+C 停止。"""
    from riskmap.devices.broker import Broker, read_address  # noqa: PLC0415  (not for --help)
    from riskmap.devices.mqtt import listen as run  # noqa: PLC0415  (as above)

    host, port, tls, user = read_address(broker)
    stopped: list[int] = []

    def stop(number: int, _: FrameType | None) -> None:
        stopped.append(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    with opened(context) as workspace:
        tally = run(
            workspace,
            operator(),
            Broker(
                host=host,
                port=port,
                tls=tls,
                user=user,
                password=os.environ.get(PASSWORD_VARIABLE),
                ca=ca,
                certificate=certificate,
                key=key,
                client_id=client_id or f"riskmap-{workspace.settings.district.code or 'district'}",
                prefix=prefix,
            ),
            now=lambda: clock.now(os.environ),
            stop=lambda: bool(stopped),
            report=typer.echo,
        )
    typer.echo(f"已停止：收下 {tally.taken} 条，重复 {tally.duplicate} 条，拒收 {tally.refused} 条")


def list_(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """列出登记的设备：是否在线、最后一条消息、最近的读数。"""
    from riskmap.devices.online import states  # noqa: PLC0415  (SQLAlchemy, not for --help)

    now = present()
    with opened(context) as workspace:
        found = states(workspace, now, now)
        zone = workspace.settings.zone
    if as_json:
        print_json([_document(state) for state in found])
        return
    heard = any(state.last_at for state in found)
    for state in found:
        typer.echo(_line(state, zone, heard=heard))
    working = [state for state in found if state.in_service]
    online = sum(state.online for state in working)
    if working and heard:
        said = f"，在线 {online} 台，在线率 {online / len(working):.1%}"
    else:
        said = "，在线率未知" + ("：还没有收到过任何消息" if working else "")
    typer.echo(f"在用设备 {len(working)} 台{said}")


def _line(state: "DeviceState", zone: "ZoneInfo", *, heard: bool) -> str:
    device = state.device
    word = "在线" if state.online else "离线" if heard else "状态未知"
    last = "从未有消息"
    if state.last_at is not None:
        last = f"最后一条 {state.last_at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
    value = "" if state.last_value is None else f"，读数 {state.last_value:g} {device.unit or ''}"
    said = f"{word if state.in_service else '不在用'}，{last}{value}".rstrip()
    return f"{device.id} {device.name or ''}（{device.town or '镇街未知'}）：{said}"


def _document(state: "DeviceState") -> dict[str, Any]:
    device = state.device
    return {
        "id": device.id,
        "name": device.name,
        "town": device.town,
        "in_service": state.in_service,
        "online": state.online,
        "last_at": state.last_at.isoformat() if state.last_at else None,
        "value": state.last_value,
        "value_at": state.value_at.isoformat() if state.value_at else None,
        "unit": device.unit,
        "silent_after_min": device.silent_after / timedelta(minutes=1),
    }
