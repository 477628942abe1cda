"""Listen to an MQTT broker: a message is acknowledged when it is on the disk, not before.

One thread does everything, so an acknowledgement always belongs to the connection on which its
message came. The session outlives both ends: what was not acknowledged comes again, and what
comes twice is a duplicate (riskmap.devices.intake).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from riskmap.access.actors import Actor
from riskmap.access.policy import Subject, authorise
from riskmap.devices.broker import RECEIVE_MAXIMUM, SESSION_S, Broker, probe, tls_context
from riskmap.devices.intake import take_messages
from riskmap.devices.messages import Incoming
from riskmap.errors import RiskmapError, WorkspaceError
from riskmap.workspace import Workspace

BATCH = 500
"""Messages stored in one transaction."""
WAIT_S = 0.2
"""The first message of a batch waits at most so long for others."""
PAUSES_S = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Pauses before another attempt at a broker or a database that does not answer; the last stays."""
CONNECT_S = 20.0
TAKEN_OVER = 142
"""Reason code of MQTT 5 with which a broker ends a session that another client took over."""
SHORT_S, SHORT_TIMES = 5.0, 5
"""So many connections in a row of less than so long [s] mean another client of the same name:
Mosquitto 2.0 just closes the older connection."""


@dataclass
class Tally:
    """What a listener did so far."""

    taken: int = 0
    duplicate: int = 0
    refused: int = 0
    connections: int = 0


@dataclass
class _Pending:
    """A message that is not stored yet; `mid` None when its connection is gone."""

    incoming: Incoming
    mid: int | None


@dataclass
class Listener:
    """A connection to a broker and the messages that came over it and are not stored yet."""

    ws: Workspace
    actor: Actor
    broker: Broker
    now: Callable[[], datetime]
    stop: Callable[[], bool]
    report: Callable[[str], None]
    tally: Tally = field(default_factory=Tally)
    pending: list[_Pending] = field(default_factory=list)
    fatal: RiskmapError | None = None
    ready: bool = False
    since: float = 0.0
    short: int = 0

    def run(self) -> Tally:
        """Listen until `stop` says so; return what was done.

        Raises
        ------
        RiskmapError
            The broker cannot be reached at the start, or refuses the listener.
        """
        authorise(self.actor, "device.send", Subject(self.actor.town))
        client = self._client()
        try:
            self._connect(client)
            while not self.stop():
                self._step(client)
            self._store(client)
        finally:
            client.disconnect()
            client.loop(0.0)
        return self.tally

    def _client(self) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self.broker.client_id,
            protocol=MQTTProtocolVersion.MQTTv5,
            manual_ack=True,
        )
        client.username = self.broker.user
        client.password = self.broker.password
        if self.broker.tls:
            client.tls_set_context(tls_context(self.broker))
        client.connect_timeout = CONNECT_S
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        return client

    def _connect(self, client: Client) -> None:
        """Connect for the first time; wait until the broker has taken the subscription."""
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho's own
        properties.SessionExpiryInterval = SESSION_S
        properties.ReceiveMaximum = RECEIVE_MAXIMUM
        try:
            probe(self.broker)
            client.connect(
                self.broker.host, self.broker.port, 30, clean_start=False, properties=properties
            )
        except OSError as error:
            raise RiskmapError(
                "连不上 MQTT 服务器", f"{self.broker.shown}（{error}）", "检查地址、端口与证书"
            ) from error
        deadline = time.monotonic() + CONNECT_S
        while not self.ready:
            code = client.loop(0.1)
            if self.fatal is not None:
                raise self.fatal
            if code != MQTTErrorCode.MQTT_ERR_SUCCESS or time.monotonic() > deadline:
                raise RiskmapError(
                    "MQTT 服务器没有应答", self.broker.shown, "确认它支持 MQTT 5 且允许这一用户"
                )

    def _step(self, client: Client) -> None:
        """Read from the network for a moment; store when a batch is full or has waited."""
        until = time.monotonic() + WAIT_S
        while len(self.pending) < BATCH and (left := until - time.monotonic()) > 0:
            if client.loop(left) != MQTTErrorCode.MQTT_ERR_SUCCESS:
                self._reconnect(client)
                break
        if self.fatal is not None:
            raise self.fatal
        self._store(client)

    def _store(self, client: Client) -> None:
        """Store what is pending, then acknowledge it; try again while the database is away."""
        attempt = 0
        while self.pending:
            batch = self.pending[:BATCH]
            try:
                outcomes = take_messages(
                    self.ws, self.actor, [one.incoming for one in batch], now=self.now()
                )
            except WorkspaceError as error:
                self.report(f"数据库暂时不可用，消息留在服务器上，稍后再存：{error}")
                if not self._wait(client, attempt):
                    return
                attempt += 1
                continue
            attempt = 0
            del self.pending[: len(batch)]
            for one in batch:
                if one.mid is not None:
                    client.ack(one.mid, 1)
            for outcome in outcomes:
                setattr(self.tally, outcome.result, getattr(self.tally, outcome.result) + 1)

    def _wait(self, client: Client, attempt: int) -> bool:
        """Keep the connection alive for a pause; False when told to stop meanwhile."""
        until = time.monotonic() + PAUSES_S[min(attempt, len(PAUSES_S) - 1)]
        while time.monotonic() < until:
            if self.stop():
                return False
            if client.loop(0.1) != MQTTErrorCode.MQTT_ERR_SUCCESS:
                self._reconnect(client)
        return True

    def _reconnect(self, client: Client) -> None:
        """Connect again and again; what came over the old connection is stored all the same."""
        for one in self.pending:
            one.mid = None
        self.short = self.short + 1 if time.monotonic() - self.since < SHORT_S else 0
        if self.short >= SHORT_TIMES:
            self.fatal = self._taken_over()
        attempt = 0
        while not self.stop() and self.fatal is None:
            self.report(f"与 MQTT 服务器的连接断了，正在重连 {self.broker.shown}")
            until = time.monotonic() + PAUSES_S[min(attempt, len(PAUSES_S) - 1)]
            while time.monotonic() < until and not self.stop():
                time.sleep(0.05)
            attempt += 1
            try:
                client.reconnect()
            except OSError:
                continue
            return

    def _on_connect(
        self, client: Client, _: Any, flags: Any, code: Any, properties: Any = None
    ) -> None:
        if code.is_failure:
            if not self.ready:
                self.fatal = RiskmapError(
                    "MQTT 服务器拒绝连接", f"{self.broker.shown}（{code}）", "检查用户名与口令"
                )
            return
        self.tally.connections += 1
        self.since = time.monotonic()
        client.subscribe(self.broker.topics, qos=1)

    def _on_subscribe(
        self, client: Client, _: Any, mid: int, codes: Any, properties: Any = None
    ) -> None:
        if any(code.is_failure for code in codes):
            self.fatal = RiskmapError(
                "MQTT 服务器不许订阅", self.broker.topics, "在服务器上给这一用户读的权限"
            )
            return
        self.ready = True
        self.report(f"已连上 {self.broker.shown}，收取 {self.broker.topics}")

    def _on_disconnect(
        self, client: Client, _: Any, flags: Any, code: Any, properties: Any = None
    ) -> None:
        if code.value == TAKEN_OVER:
            self.fatal = self._taken_over()

    def _taken_over(self) -> RiskmapError:
        return RiskmapError(
            "连接一再被关，可能另一个收取程序用着同一编号",
            self.broker.client_id,
            "只留一个，或用 --client-id 另起编号",
        )

    def _on_message(self, client: Client, _: Any, message: MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = ""
        _, device_id, kind = ["", "", "", *topic.split("/")][-3:]
        incoming = Incoming(f"mqtt {topic}", device_id, kind, bytes(message.payload))
        self.pending.append(_Pending(incoming, message.mid if message.qos else None))


def listen(
    ws: Workspace,
    actor: Actor,
    broker: Broker,
    *,
    now: Callable[[], datetime],
    stop: Callable[[], bool],
    report: Callable[[str], None] = lambda _: None,
) -> Tally:
    """Take the messages of a broker until `stop` says so.

    Parameters
    ----------
    ws
        An open workspace.
    actor
        On whose behalf.
    broker
        Where to listen.
    now
        The clock; asked once for each batch.
    stop
        Asked several times a second.
    report
        Told in one line (Chinese) what happens to the connection and the database.

    Raises
    ------
    RiskmapError
        The broker cannot be reached at the start or refuses the listener, or another listener
        took its place.
    SignInError, ForbiddenError
        The actor may not send for devices.
    """
    return Listener(ws, actor, broker, now, stop, report).run()
