"""Devices: which are on line, what they last said, and the messages that were refused."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from riskmap.access.policy import may
from riskmap.devices.online import DeviceState, states
from riskmap.devices.tables import device_refusals
from web.access import actor_of, moment_of
from web.records.record import frame, item_address
from web.rendering import render, workspace_of
from web.rows.pages import reader_of

router = APIRouter(prefix="/records", include_in_schema=False, default_response_class=HTMLResponse)

SHOWN_REFUSALS = 50
SHOWN_DEVICES = 2000


@router.get("/devices/online")
def online(request: Request) -> Response:
    """Show every device, those off line first; the office also sees what was refused."""
    workspace, now = workspace_of(request), moment_of(request)
    found = states(workspace, now, now)
    used = [state for state in found if state.in_service]
    on = sum(state.online for state in used)
    heard = any(state.last_at for state in found)
    zone = workspace.settings.zone

    def local(moment: datetime | None) -> str | None:
        return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S") if moment else None

    found.sort(key=lambda state: (not state.in_service, state.online, state.device.id))
    towns = reader_of(request).towns
    context: dict[str, Any] = {
        **frame(request, "devices"),
        "total": len(used),
        "on": on,
        "heard": heard,
        "rate": f"{on / len(used):.1%}" if used else None,
        "devices": [
            _row(state, towns, local(state.last_at), heard=heard) for state in found[:SHOWN_DEVICES]
        ],
        "refusals": None,
    }
    if may(actor_of(request), "record.devices"):
        with workspace.read() as connection:
            rows = connection.execute(
                sa.select(device_refusals)
                .order_by(device_refusals.c.id.desc())
                .limit(SHOWN_REFUSALS)
            ).all()
        context["refusals"] = [
            {
                "at": local(row.received_at),
                "origin": row.origin,
                "reason": row.reason,
                "payload": row.payload[:200],
            }
            for row in rows
        ]
    return render(request, "devices_online.html", context)


def _row(state: DeviceState, towns: Any, last: str | None, *, heard: bool) -> dict[str, Any]:
    """Return one device; where no device was ever heard, silence says nothing about this one."""
    device = state.device
    working = "on" if state.online else "off" if heard else "unknown"
    value = None if state.last_value is None else f"{state.last_value:g} {device.unit or ''}"
    return {
        "id": device.id,
        "name": device.name or device.id,
        "town": towns.get(device.town, device.town),
        "address": item_address("devices", device.id),
        "state": working if state.in_service else "unused",
        "last": last,
        "value": value.strip() if value else None,
    }
