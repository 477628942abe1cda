"""One message of a device: what it may say, and why one is refused."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

MAX_BYTES = 16 * 1024
"""A longer payload is refused: a message says one value or one state."""
AHEAD = timedelta(minutes=5)
"""A device's clock may be so far ahead of the server's."""
EARLIEST_YEAR = 2000
MAX_ID = 128
KEPT_CHARACTERS = 2000
"""So much of a refused payload is kept."""

STATES = {"alarm": ("raised", "cleared"), "state": ("on", "off")}
KINDS = ("value", *STATES)


class MessageError(ValueError):
    """A message cannot be taken; the text is the reason, in Chinese."""


@dataclass(frozen=True)
class Incoming:
    """A message as it came: who says it sent it, about what, and the bytes.

    `origin` is the topic or the door it came through; `kind` None means that the payload itself
    tells (a number: value; raised or cleared: alarm; on or off: state).
    """

    origin: str
    device_id: str
    kind: str | None
    payload: bytes


@dataclass(frozen=True)
class Message:
    """A message that can be taken; `value` in the device's unit, or one of the words of STATES."""

    device_id: str
    message_id: str
    kind: str
    at: datetime
    value: float | None
    state: str | None
    payload: str

    @property
    def said(self) -> tuple[str, datetime, float | None, str | None]:
        """Return what makes two messages of one number the same message."""
        return self.kind, self.at, self.value, self.state


def parse_message(incoming: Incoming, now: datetime) -> Message:
    """Read a message.

    Parameters
    ----------
    incoming
        The message as it came.
    now
        The server's time, against which the device's clock is checked.

    Raises
    ------
    MessageError
        It is too long, no JSON object, has no number, no time with offset, a time before 2000 or
        ahead of the server's by more than `AHEAD`, or neither a finite value nor a known state.

    Examples
    --------
    >>> came = Incoming("http", "d1", None, b'{"id": "7", "at": "2026-06-30T08:00Z", "value": 3}')
    >>> parse_message(came, datetime(2026, 6, 30, 8, 1, tzinfo=UTC)).value
    3.0
    """
    text, body = _body(incoming.payload)
    device_id = _identifier(incoming.device_id, "设备编号")
    message_id = _identifier(body.get("id"), "消息编号 id")
    kind = _kind(incoming.kind, body)
    at = _moment(body.get("at"), now)
    value = _value(body.get("value")) if kind == "value" else None
    state = _state(kind, body.get("state")) if kind != "value" else None
    return Message(device_id, message_id, kind, at, value, state, text)


def shown_payload(payload: bytes) -> str:
    """Return a payload as text that every database can keep, cut to KEPT_CHARACTERS."""
    text = payload[: 4 * KEPT_CHARACTERS].decode("utf-8", "backslashreplace")
    return text.replace("\x00", "\\x00")[:KEPT_CHARACTERS]


def storable(text: str) -> str:
    """Return a text without NUL and half characters, which databases refuse; cut to 300."""
    kept = text[:300].replace("\x00", "\\x00")
    return kept.encode("utf-8", "backslashreplace").decode("utf-8")


def _body(payload: bytes) -> tuple[str, dict[str, Any]]:
    if len(payload) > MAX_BYTES:
        raise MessageError(f"消息过长：{len(payload)} 字节，最多 {MAX_BYTES} 字节")
    try:
        text = payload.decode("utf-8")
        body = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        if isinstance(error, MessageError):
            raise
        raise MessageError("消息不是 UTF-8 的 JSON") from error
    if not isinstance(body, dict):
        raise MessageError("消息不是一个 JSON 对象")
    if "\x00" in text:
        raise MessageError("消息里有空字符")
    return text, body


def _no_constant(name: str) -> Any:
    raise MessageError(f"{name} 不是数值")


def _identifier(given: Any, name: str) -> str:
    text = str(given) if isinstance(given, int) and not isinstance(given, bool) else given
    if not isinstance(text, str) or not text.strip():
        raise MessageError(f"缺少{name}")
    if len(text) > MAX_ID or not text.isprintable():
        raise MessageError(f"{name}过长或含有不可见的字符")
    return text.strip()


def _kind(given: str | None, body: dict[str, Any]) -> str:
    if given is not None:
        if given not in KINDS:
            raise MessageError(f"主题末段应为 {'、'.join(KINDS)}：{storable(given)[:40]}")
        return given
    if "value" in body:
        return "value"
    for kind, words in STATES.items():
        if body.get("state") in words:
            return kind
    raise MessageError("既没有 value，也没有认得的 state（on、off、raised、cleared）")


def _moment(given: Any, now: datetime) -> datetime:
    if not isinstance(given, str):
        raise MessageError("缺少时间 at（带时区的 ISO 8601）")
    try:
        moment = datetime.fromisoformat(given.strip())
    except ValueError as error:
        raise MessageError(f"时间 at 不是 ISO 8601：{storable(given)[:40]}") from error
    if moment.tzinfo is None:
        raise MessageError(f"时间 at 没有写明时区：{storable(given)[:40]}")
    if moment.year < EARLIEST_YEAR:
        raise MessageError(f"时间 at 早于 {EARLIEST_YEAR} 年：{storable(given)[:40]}")
    if moment > now + AHEAD:
        raise MessageError(f"设备时钟超前，时间 at 在将来：{storable(given)[:40]}")
    return moment.astimezone(UTC)


def _value(given: Any) -> float:
    number = isinstance(given, int | float) and not isinstance(given, bool)
    try:
        value = float(given) if number else math.nan
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise MessageError("value 不是有限的数值")
    return value


def _state(kind: str, given: Any) -> str:
    if not isinstance(given, str) or given not in STATES[kind]:
        raise MessageError(f"state 应为 {' 或 '.join(STATES[kind])}")
    return given
