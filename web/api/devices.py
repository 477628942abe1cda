"""Devices send their messages over HTTP: the same door as MQTT, with what became of each."""

import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Request
from pydantic import BaseModel, ConfigDict, Field

from riskmap.access.policy import Subject, authorise
from riskmap.devices.intake import MAX_BATCH, take_messages
from riskmap.devices.messages import Incoming
from web.access import actor_of, moment_of
from web.api.problems import problems
from web.errors import ParameterError
from web.rendering import workspace_of

router = APIRouter(prefix="/api/v1", tags=["设备 devices"])


class DeviceMessage(BaseModel):
    """A message of one device: a value, or one of the states on, off, raised, cleared."""

    model_config = ConfigDict(extra="allow")

    device_id: str = Field(description="设备编号，须已登记")
    id: str = Field(description="消息编号，同一设备内不重复；重发用同一编号")
    at: str = Field(description="时间，带时区的 ISO 8601")
    value: float | None = Field(None, description="读数，单位为登记的单位")
    state: Literal["on", "off", "raised", "cleared"] | None = Field(
        None, description="on、off 为通电状态，raised、cleared 为设备自身的报警"
    )


class MessageOutcome(BaseModel):
    """What became of one message."""

    id: str | None = Field(description="消息编号")
    result: Literal["taken", "duplicate", "refused"] = Field(
        description="taken 已存，duplicate 以前收过，refused 拒收"
    )
    reason: str | None = Field(description="拒收的原因")


class MessageOutcomes(BaseModel):
    """How many messages were taken, and each in the order sent."""

    taken: int
    duplicate: int
    refused: int
    outcomes: list[MessageOutcome]


_SCHEMA = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "anyOf": [
                        DeviceMessage.model_json_schema(),
                        {
                            "type": "array",
                            "items": DeviceMessage.model_json_schema(),
                            "maxItems": MAX_BATCH,
                        },
                    ]
                }
            }
        },
    }
}


@router.post(
    "/devices/messages",
    response_model=MessageOutcomes,
    responses=problems(401, 403, 422, 503),
    openapi_extra=_SCHEMA,
    summary="设备消息：一条，或至多 1000 条的数组",
)
def post_messages(request: Request, body: Annotated[Any, Body()]) -> MessageOutcomes:
    """Take messages; the answer comes when they are on the disk. What is refused is kept too."""
    actor = actor_of(request)
    authorise(actor, "device.send", Subject(actor.town))
    sent = body if isinstance(body, list) else [body]
    if len(sent) > MAX_BATCH:
        raise ParameterError("消息过多", len(sent), f"一次至多 {MAX_BATCH} 条，分几次发")
    outcomes = take_messages(
        workspace_of(request), actor, [_incoming(one) for one in sent], now=moment_of(request)
    )
    count = [one.result for one in outcomes].count
    return MessageOutcomes(
        taken=count("taken"),
        duplicate=count("duplicate"),
        refused=count("refused"),
        outcomes=[
            MessageOutcome(id=_number(one), result=outcome.result, reason=outcome.reason or None)
            for one, outcome in zip(sent, outcomes, strict=True)
        ],
    )


def _incoming(one: Any) -> Incoming:
    device_id = one.get("device_id") if isinstance(one, dict) else None
    text = json.dumps(one, ensure_ascii=False)
    payload = text.encode("utf-8", "backslashreplace")
    return Incoming("http", device_id if isinstance(device_id, str) else "", None, payload)


def _number(one: Any) -> str | None:
    number = one.get("id") if isinstance(one, dict) else None
    text = None if number is None else str(number)[:128]
    return None if text is None else text.encode("utf-8", "backslashreplace").decode("utf-8")
