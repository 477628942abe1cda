"""Which MQTT broker to listen to, and how: read from an address such as mqtts://host:8883."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from riskmap.errors import RiskmapError

PORTS = {"mqtt": 1883, "mqtts": 8883}
SESSION_S = 7 * 24 * 3600
"""So long the broker keeps messages for a listener that is away [s]."""
RECEIVE_MAXIMUM = 1000
"""So many messages may be on their way without being acknowledged."""


@dataclass(frozen=True)
class Broker:
    """A broker and the name under which riskmap listens to it; `ca` None trusts the system."""

    host: str
    port: int = 1883
    tls: bool = False
    user: str | None = None
    password: str | None = None
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    client_id: str = "riskmap"
    prefix: str = "riskmap"

    @property
    def topics(self) -> str:
        """Return the filter of topics: prefix/{device_id}/{value|alarm|state}."""
        return f"{self.prefix}/+/+"

    @property
    def shown(self) -> str:
        """Return the address for people, without a password."""
        return f"{'mqtts' if self.tls else 'mqtt'}://{self.host}:{self.port}"


def read_address(address: str) -> tuple[str, int, bool, str | None]:
    """Return host, port, whether by TLS, and the user's name.

    Raises
    ------
    RiskmapError
        It is no mqtt:// or mqtts:// address, or it holds a password.

    Examples
    --------
    >>> read_address("mqtts://riskmap@broker.example")
    ('broker.example', 8883, True, 'riskmap')
    """
    parts = urlsplit(address)
    mend = "写成 mqtt://主机:1883 或 mqtts://用户名@主机:8883"
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if parts.scheme not in PORTS or not host or parts.path.strip("/") or parts.query:
        shown = address if parts.password is None else parts.scheme + "://…"
        raise RiskmapError("MQTT 地址无法使用", shown, mend)
    if parts.password is not None:
        raise RiskmapError(
            "口令不要写在地址里", f"{parts.scheme}://…", "放进环境变量 RISKMAP_MQTT_PASSWORD"
        )
    return host, port or PORTS[parts.scheme], parts.scheme == "mqtts", parts.username


def tls_context(broker: Broker) -> ssl.SSLContext:
    """Return how the broker proves who it is, and the listener's own certificate.

    Raises
    ------
    RiskmapError
        A certificate or key file cannot be used.
    """
    try:
        context = ssl.create_default_context(cafile=broker.ca)
        if broker.certificate is not None:
            context.load_cert_chain(broker.certificate, broker.key)
    except (OSError, ssl.SSLError) as error:
        files = [str(path) for path in (broker.ca, broker.certificate, broker.key) if path]
        raise RiskmapError("证书文件不能使用", "、".join(files), str(error)) from error
    return context


def probe(broker: Broker, timeout_s: float = 20.0) -> None:
    """Shake hands with a broker by TLS and hang up; nothing for one without TLS.

    paho leaves the socket of a failed handshake open, so failures are met here.

    Raises
    ------
    OSError
        The broker cannot be reached or its certificate is not trusted.
    RiskmapError
        A certificate or key file cannot be used.
    """
    if not broker.tls:
        return
    context = tls_context(broker)
    with (
        socket.create_connection((broker.host, broker.port), timeout_s) as plain,
        context.wrap_socket(plain, server_hostname=broker.host),
    ):
        return
