"""What a message may say, and why one is refused."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from riskmap.devices.messages import (
    Incoming,
    MessageError,
    parse_message,
    shown_payload,
    storable,
)

NOW = datetime(2026, 6, 30, 8, 0, tzinfo=UTC)
GOOD = {"id": "7", "at": "2026-06-30T15:59:00+08:00", "value": 3.5}


def parsed(kind: str | None = None, device: str = "d1", **changes: object):
    body = {key: value for key, value in (GOOD | changes).items() if value is not ...}
    return parse_message(Incoming("t", device, kind, json.dumps(body).encode()), NOW)


def test_a_value_is_read_with_its_moment_in_utc() -> None:
    message = parsed()
    assert (message.kind, message.value, message.state) == ("value", 3.5, None)
    assert message.at == datetime(2026, 6, 30, 7, 59, tzinfo=UTC)
    assert parsed(id=7).message_id == "7"


@pytest.mark.parametrize(
    ("state", "kind"),
    [("on", "state"), ("off", "state"), ("raised", "alarm"), ("cleared", "alarm")],
)
def test_a_state_tells_its_kind_itself(state: str, kind: str) -> None:
    message = parsed(value=..., state=state)
    assert (message.kind, message.state, message.value) == (kind, state, None)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id": ...}, "缺少消息编号"),
        ({"id": " "}, "缺少消息编号"),
        ({"id": True}, "缺少消息编号"),
        ({"id": "x" * 129}, "过长"),
        ({"id": "a\x00b"}, "不可见"),
        ({"id": "\ud800"}, "不可见"),
        ({"at": ...}, "缺少时间"),
        ({"at": 1751270340}, "缺少时间"),
        ({"at": "昨天"}, "不是 ISO 8601"),
        ({"at": "2026-06-30T15:59:00"}, "没有写明时区"),
        ({"at": "1999-12-31T00:00:00Z"}, "早于 2000"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "早于 2000"),
        ({"at": "2026-06-30T08:05:01Z"}, "设备时钟超前"),
        ({"at": "9999-12-31T23:59:59-14:00"}, "设备时钟超前"),
        ({"value": "3"}, "有限"),
        ({"value": True}, "有限"),
        ({"value": None}, "有限"),
        ({"value": 10**400}, "有限"),
        ({"value": ...}, "既没有"),
        ({"value": ..., "state": "broken"}, "既没有"),
        ({"kind": "value", "value": ..., "state": "on"}, "有限"),
        ({"kind": "alarm"}, "raised"),
        ({"kind": "state", "state": "raised"}, "on 或 off"),
        ({"kind": "state", "state": ["on"]}, "on 或 off"),
        ({"kind": "temperature"}, "主题末段"),
        ({"device": ""}, "缺少设备编号"),
    ],
)
def test_a_message_that_cannot_be_taken_says_why(changes: dict, reason: str) -> None:
    with pytest.raises(MessageError, match=reason):
        parsed(**changes)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "JSON"),
        (b"\xff\xfe", "JSON"),
        (b"[1]", "对象"),
        (b"null", "对象"),
        (b"{" * 9, "JSON"),
        (b"[" * 15000, "JSON"),
        (b'{"id": "1", "at": "2026-06-30T07:00Z", "value": NaN}', "NaN"),
        (b'{"id": "1", "at": "2026-06-30T07:00Z", "value": -Infinity}', "Infinity"),
        (b'{"id": "1", "at": "2026-06-30T07:00Z", "value": 1e999}', "有限"),
        (b" " * 16385, "过长"),
    ],
)
def test_a_payload_that_is_none_says_why(payload: bytes, reason: str) -> None:
    with pytest.raises(MessageError, match=reason):
        parse_message(Incoming("t", "d1", "value", payload), NOW)


def test_a_clock_up_to_five_minutes_ahead_is_taken() -> None:
    assert parsed(at="2026-06-30T08:05:00Z").at == NOW + timedelta(minutes=5)


def test_a_refused_payload_is_kept_as_text_that_a_database_takes() -> None:
    assert shown_payload(b"a\x00\xffb") == "a\\x00\\xffb"
    assert len(shown_payload(b"x" * 99999)) == 2000
    assert storable("a\x00\ud800") == "a\\x00\\ud800"
