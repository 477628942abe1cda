"""A real Mosquitto: bursts, kills, restarts and outages lose no message."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from riskmap.access.actors import command_line
from riskmap.devices import mqtt
from riskmap.devices.broker import Broker, read_address
from riskmap.devices.mqtt import Tally, listen
from riskmap.devices.tables import device_messages, device_refusals
from riskmap.errors import RiskmapError, WorkspaceError
from riskmap.workspace import init_workspace, open_workspace

START = datetime(2026, 6, 30, tzinfo=UTC)
NOW = START + timedelta(days=1)
ACTOR = command_line("tester")
DEVICES, EACH = 40, 250
MOSQUITTO = "/usr/sbin/mosquitto"


class Mosquitto:
    """A broker on a free port of this machine, with persistence in its own folder."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *more: str) -> None:
        """Start, and wait until the port answers."""
        lines = [
            f"listener {self.port} 127.0.0.1",
            "persistence true",
            f"persistence_location {self.folder}/",
            "max_queued_messages 0",
            *(more or ("allow_anonymous true",)),
        ]
        if os.geteuid() == 0:
            lines.append("user root")
        config = self.folder / "mosquitto.conf"
        config.write_text("\n".join(lines) + "\n")
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen([MOSQUITTO, "-c", str(config)], stdout=log, stderr=log)
        give_up = time.monotonic() + 60
        while self.process.poll() is None and time.monotonic() < give_up:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return
            time.sleep(0.02)
        raise AssertionError((self.folder / "log").read_text())

    def stop(self) -> None:
        """Stop as a service manager does: the broker writes its messages down first."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(60)
            self.process = None


@pytest.fixture
def mosquitto(tmp_path: Path, free_port: Callable[[], int]) -> Iterator[Mosquitto]:
    (tmp_path / "broker").mkdir()
    broker = Mosquitto(tmp_path / "broker", free_port())
    broker.start()
    yield broker
    broker.stop()


def payload(device: int, number: int) -> bytes:
    at = START + timedelta(seconds=number)
    body = {"id": f"{number}", "at": at.isoformat(), "value": device + number / 1000}
    return json.dumps(body).encode()


def publish(port: int, messages: list[tuple[str, bytes]]) -> None:
    """Publish with QoS 1; return when the broker has acknowledged every one."""
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
    client.max_queued_messages_set(0)
    client.connect("127.0.0.1", port)
    client.loop_start()
    sent = [client.publish(topic, body, qos=1) for topic, body in messages]
    for one in sent:
        one.wait_for_publish(60)
        assert one.is_published()
    client.disconnect()
    client.loop_stop()


def burst() -> list[tuple[str, bytes]]:
    """10,000 messages of 40 devices, one after the other."""
    return [
        (f"riskmap/d{device}/value", payload(device, number))
        for number in range(EACH)
        for device in range(DEVICES)
    ]


class Running:
    """A listener in a thread; `stop` ends it and gives its tally or its error."""

    def __init__(self, ws: Any, broker: Broker) -> None:
        self.said: list[str] = []
        self.result: Tally | BaseException | None = None
        self.stopping = threading.Event()

        def work() -> None:
            try:
                self.result = listen(
                    ws, ACTOR, broker,
                    now=lambda: NOW, stop=self.stopping.is_set, report=self.said.append,
                )  # fmt: skip
            except BaseException as error:
                self.result = error

        self.thread = threading.Thread(target=work, daemon=True)
        self.thread.start()

    def ready(self) -> "Running":
        """Wait until the broker has taken the subscription: before, it keeps nothing for us."""
        wait_for(lambda: any("已连上" in line for line in self.said) or self.result is not None)
        return self

    def stop(self) -> Tally:
        self.stopping.set()
        self.thread.join(30)
        assert isinstance(self.result, Tally), (self.result, self.said)
        return self.result


def stored(ws: Any) -> int:
    with ws.read() as connection:
        query = sa.select(sa.func.count()).select_from(device_messages)
        return int(connection.execute(query).scalar_one())


def wait_for(said: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not said():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)


def register(site: Any) -> None:
    for device in range(DEVICES):
        site.add(f"d{device}", raise_at=1000.0, clear_at=900.0)


def at(broker: Mosquitto, **more: Any) -> Broker:
    return Broker("127.0.0.1", broker.port, **more)


def test_a_burst_of_ten_thousand_loses_none(site: Any, mosquitto: Mosquitto) -> None:
    register(site)
    running = Running(site.ws, at(mosquitto)).ready()
    publish(mosquitto.port, burst())
    wait_for(lambda: stored(site.ws) == DEVICES * EACH)
    tally = running.stop()
    assert (tally.taken, tally.refused) == (DEVICES * EACH, 0)
    with site.ws.read() as connection:
        rows = connection.execute(
            sa.select(device_messages.c.device_id, device_messages.c.message_id)
        ).all()
    assert len(set(rows)) == DEVICES * EACH


def test_what_comes_while_nobody_listens_waits_at_the_broker_also_over_its_restart(
    one_site: Any, mosquitto: Mosquitto
) -> None:
    register(one_site)
    Running(one_site.ws, at(mosquitto)).stop()
    publish(mosquitto.port, [(f"riskmap/d1/{kind}", payload(1, n)) for n, kind in
                             enumerate(["value"] * 300)])  # fmt: skip
    mosquitto.stop()
    mosquitto.start()
    running = Running(one_site.ws, at(mosquitto))
    wait_for(lambda: stored(one_site.ws) == 300)
    assert running.stop().taken == 300


COMMAND = "from riskmap.cli.main import run; run()"


@pytest.mark.sqlite
def test_a_listener_killed_half_way_and_a_broker_restarted_lose_none(
    tmp_path: Path, one_site: Any, mosquitto: Mosquitto
) -> None:
    register(one_site)
    command = [sys.executable, "-c", COMMAND, "-w", str(one_site.ws.root), "devices", "listen"]
    command += ["--broker", f"mqtt://127.0.0.1:{mosquitto.port}"]
    first = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert first.stdout is not None
    assert "已连上" in first.stdout.readline()
    sender = threading.Thread(target=publish, args=(mosquitto.port, burst()))
    sender.start()
    wait_for(lambda: stored(one_site.ws) >= 1000)
    first.kill()
    first.wait(60)
    first.stdout.close()
    half = stored(one_site.ws)
    assert half < DEVICES * EACH
    sender.join(60)
    mosquitto.stop()
    mosquitto.start()
    second = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    wait_for(lambda: stored(one_site.ws) == DEVICES * EACH)
    second.terminate()
    said, _ = second.communicate(timeout=60)
    assert second.returncode == 0
    assert "已停止" in said
    assert stored(one_site.ws) == DEVICES * EACH


def test_a_broker_that_restarts_under_a_listener_is_met_again(
    one_site: Any, mosquitto: Mosquitto
) -> None:
    register(one_site)
    running = Running(one_site.ws, at(mosquitto)).ready()
    publish(mosquitto.port, burst()[:400])
    wait_for(lambda: stored(one_site.ws) == 400)
    mosquitto.stop()
    time.sleep(0.3)
    mosquitto.start()
    wait_for(lambda: sum("已连上" in line for line in running.said) == 2)
    publish(mosquitto.port, burst()[400:800])
    wait_for(lambda: stored(one_site.ws) == 800)
    assert running.stop().connections == 2


def test_a_database_that_is_away_only_delays(
    one_site: Any, mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(one_site)
    real, failures = mqtt.take_messages, iter(range(3))

    def away(*args: Any, **named: Any) -> Any:
        if next(failures, None) is not None:
            raise WorkspaceError("连不上数据库", "", "稍候")
        return real(*args, **named)

    monkeypatch.setattr(mqtt, "take_messages", away)
    monkeypatch.setattr(mqtt, "PAUSES_S", (0.1,))
    running = Running(one_site.ws, at(mosquitto)).ready()
    publish(mosquitto.port, burst()[:3000])
    wait_for(lambda: stored(one_site.ws) == 3000)
    assert running.stop().taken == 3000
    assert sum("数据库暂时不可用" in line for line in running.said) == 3


def test_a_stopped_postgresql_server_only_delays(
    tmp_path: Path, postgres: Any, mosquitto: Mosquitto, site_of: Callable[[Any], Any]
) -> None:
    folder = Path("/tmp") / f"riskmap-outage-{os.getpid()}"
    folder.mkdir()
    folder.chmod(0o755)
    server = type(postgres)(folder / "cluster")
    server.start()
    control = ["/usr/lib/postgresql/15/bin/pg_ctl", "-D", str(server.folder / "data"), "-w"]
    options = f"-p {server.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
    try:
        address = server.fresh()
        init_workspace(tmp_path / "pg", "黄岩区", "331003", address)
        with open_workspace(tmp_path / "pg", address) as ws:
            register(site_of(ws))
            running = Running(ws, at(mosquitto)).ready()
            publish(mosquitto.port, burst()[:200])
            wait_for(lambda: stored(ws) == 200)
            server.stop()
            publish(mosquitto.port, burst()[200:2000])
            wait_for(lambda: any("数据库暂时不可用" in line for line in running.said))
            server.run(*control, "-l", str(server.folder / "log"), "-o", options, "start")
            wait_for(lambda: stored(ws) == 2000)
            assert running.stop().taken >= 1800
    finally:
        server.stop()
        subprocess.run(["rm", "-rf", str(folder)], check=True)


def test_malformed_messages_of_a_topic_are_kept_with_the_reason(
    one_site: Any, mosquitto: Mosquitto
) -> None:
    register(one_site)
    running = Running(one_site.ws, at(mosquitto)).ready()
    bad = [
        ("riskmap/d1/value", b"\xff"),
        ("riskmap/nobody/value", payload(1, 1)),
        ("riskmap/d1/weather", payload(1, 2)),
        ("riskmap//value", payload(1, 3)),
    ]
    publish(mosquitto.port, [*bad, ("riskmap/d1/value", payload(1, 4))])
    wait_for(lambda: stored(one_site.ws) == 1)
    assert running.stop().refused == 4
    with one_site.ws.read() as connection:
        reasons = connection.execute(sa.select(device_refusals.c.reason)).scalars().all()
    assert [reason[:7] for reason in reasons] == [
        "消息不是 UT",
        "没有登记这个设",
        "主题末段应为 ",
        "缺少设备编号",
    ]


def test_a_broker_that_cannot_be_reached_or_refuses_is_said_at_once(
    one_site: Any, mosquitto: Mosquitto
) -> None:
    running = Running(one_site.ws, Broker("127.0.0.1", 1))
    running.thread.join(10)
    assert "连不上 MQTT 服务器" in str(running.result)
    mosquitto.stop()
    mosquitto.start("allow_anonymous false")
    running = Running(one_site.ws, at(mosquitto))
    running.thread.join(10)
    assert "MQTT 服务器拒绝连接" in str(running.result)


def test_of_two_listeners_of_the_same_name_one_ends_and_says_why(
    one_site: Any, mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mqtt, "PAUSES_S", (0.1,))
    both = [Running(one_site.ws, at(mosquitto)).ready() for _ in range(2)]
    wait_for(lambda: any(isinstance(one.result, RiskmapError) for one in both), 30)
    [ended] = [one for one in both if one.result is not None]
    [other] = [one for one in both if one is not ended]
    assert "同一编号" in str(ended.result)
    other.stop()


def test_an_encrypted_broker_is_checked_against_its_certificate(
    tmp_path: Path, one_site: Any, mosquitto: Mosquitto
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1",
            "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
            "-keyout", str(key), "-out", str(certificate),
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    mosquitto.stop()
    mosquitto.start("allow_anonymous true", f"certfile {certificate}", f"keyfile {key}")
    register(one_site)
    running = Running(one_site.ws, at(mosquitto, tls=True))
    running.thread.join(10)
    assert "连不上 MQTT 服务器" in str(running.result)
    assert "certificate" in str(running.result)
    running = Running(one_site.ws, at(mosquitto, tls=True, ca=certificate))
    wait_for(lambda: bool(running.said))
    running.stop()


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("mqtt://h", ("h", 1883, False, None)),
        ("mqtts://u@h:99", ("h", 99, True, "u")),
        ("mqtt://[::1]:1884", ("::1", 1884, False, None)),
    ],
)
def test_an_address_of_a_broker(address: str, found: tuple) -> None:
    assert read_address(address) == found


@pytest.mark.parametrize(
    "address", ["h:1883", "http://h", "mqtt://", "mqtt://h:x", "mqtt://h/t", "mqtt://u:p@h"]
)
def test_an_address_that_is_none_is_refused_without_showing_a_password(address: str) -> None:
    with pytest.raises(RiskmapError) as caught:
        read_address(address)
    assert ":p@" not in str(caught.value)
