"""Settings of one workspace (riskmap.toml) and of the machine (RISKMAP_* variables)."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from riskmap.errors import WorkspaceError


@dataclass(frozen=True)
class DistrictSettings:
    """The district: name, 6-digit code ("" = unknown), zone EPSG (None = derived), its day."""

    name: str = "未命名区县"
    code: str = ""
    epsg: int | None = None
    timezone: str = "Asia/Shanghai"
    cutoff: time = time(8, 30)


@dataclass(frozen=True)
class SchemeSettings:
    """The scheme in use: a path relative to the workspace."""

    file: str = "schemes/default-2026.toml"


@dataclass(frozen=True)
class ShelterSettings:
    """The target of effective shelter area per resident [m²] (DOMAIN §3: 1.5)."""

    target_m2_per_person: float = 1.5


@dataclass(frozen=True)
class MapSettings:
    """An optional base map: tile address, its attribution and datum, 审图号."""

    tiles: str = ""
    attribution: str = ""
    datum: str = "wgs84"
    review_number: str = ""


@dataclass(frozen=True)
class OidcSettings:
    """Log-in by OpenID Connect beside local accounts; no issuer means that there is none.

    `client_secret_env` names the environment variable that holds the secret. `login_claim` and
    `name_claim` are the claims of a new account's login and name; `role_claim` ("" = viewer) may
    make a new account a viewer or a duty officer, nothing more. Without `create_viewers` only
    accounts that an administrator has made can sign in.
    """

    issuer: str = ""
    client_id: str = ""
    client_secret_env: str = "RISKMAP_OIDC_SECRET"
    login_claim: str = "preferred_username"
    name_claim: str = "name"
    role_claim: str = ""
    create_viewers: bool = False
    button: str = "统一身份认证登录"


@dataclass(frozen=True)
class AccessSettings:
    """Who may read without signing in, how long a session lasts, how the cookie is marked.

    `trusted_proxies` are the addresses of reverse proxies whose X-Forwarded-For and -Proto count.
    """

    anonymous_viewer: bool = True
    idle_minutes: float = 30.0
    absolute_hours: float = 12.0
    secure_cookie: bool = False
    trusted_proxies: tuple[str, ...] = ()
    oidc: OidcSettings = OidcSettings()


@dataclass(frozen=True)
class Settings:
    """Everything that riskmap.toml says."""

    district: DistrictSettings = DistrictSettings()
    scheme: SchemeSettings = SchemeSettings()
    shelters: ShelterSettings = ShelterSettings()
    map: MapSettings = MapSettings()
    access: AccessSettings = AccessSettings()

    @property
    def zone(self) -> ZoneInfo:
        """Return the time zone of the district."""
        return ZoneInfo(self.district.timezone)


@dataclass(frozen=True)
class MachineSettings:
    """What the environment says about this machine."""

    workspace: Path | None = None
    database_url: str | None = None
    second_factor_key: str | None = field(default=None, repr=False)


SECOND_FACTOR_KEY = "RISKMAP_SECOND_FACTOR_KEY"


def read_machine_settings(environ: Mapping[str, str]) -> MachineSettings:
    """Read RISKMAP_WORKSPACE, _DATABASE_URL and _SECOND_FACTOR_KEY; empty means not set.

    Raises
    ------
    WorkspaceError
        The key is none; it is not shown.
    """
    workspace = environ.get("RISKMAP_WORKSPACE", "").strip()
    database_url = environ.get("RISKMAP_DATABASE_URL", "").strip()
    key = environ.get(SECOND_FACTOR_KEY, "").strip()
    if key and not is_factor_key(key):
        raise WorkspaceError(
            "动态口令的密钥无效", SECOND_FACTOR_KEY, "写 32 个随机字节的 base64（44 个字符）"
        )
    return MachineSettings(
        Path(workspace) if workspace else None, database_url or None, key or None
    )


def is_factor_key(text: str) -> bool:
    """Say whether a text is 32 bytes in base 64, as Fernet takes them.

    Examples
    --------
    >>> is_factor_key("A" * 43 + "="), is_factor_key("A" * 44), is_factor_key("secret")
    (True, False, False)
    """
    return re.fullmatch(r"[A-Za-z0-9+/_-]{43}=", text) is not None


def client_secret(oidc: OidcSettings, environ: Mapping[str, str]) -> str:
    """Return the secret of OpenID Connect; "" where no issuer is set.

    Raises
    ------
    WorkspaceError
        The environment does not hold it.
    """
    secret = environ.get(oidc.client_secret_env, "").strip()
    if oidc.issuer and not secret:
        raise WorkspaceError(
            "没有统一身份认证的密钥",
            oidc.client_secret_env,
            "把发放方给的 client secret 放进这个环境变量，再启动服务",
        )
    return secret if oidc.issuer else ""


def parse_settings(text: str, file: str = "riskmap.toml") -> Settings:
    """Parse the text of riskmap.toml; every fault is named at once.

    Raises
    ------
    WorkspaceError
        The text is not TOML, or a setting is unknown or has a wrong type or value.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise WorkspaceError(f"{file} 不是有效的 TOML", str(error), "改正该行后再运行") from error
    faults: list[str] = []
    for section in sorted(set(document) - set(_FIELDS)):
        faults.append(f"不认识的部分 [{section}]")
    document["access.oidc"] = _taken_out(document.get("access"), "oidc")
    values = {name: _section(document, name, faults) for name in _FIELDS}
    faults += _oidc_faults(OidcSettings(**values["access.oidc"]))
    if faults:
        raise WorkspaceError(f"{file} 有误", "；".join(faults), "改正后再运行，说明见设置文档")
    return Settings(
        DistrictSettings(**values["district"]),
        SchemeSettings(**values["scheme"]),
        ShelterSettings(**values["shelters"]),
        MapSettings(**values["map"]),
        AccessSettings(**values["access"], oidc=OidcSettings(**values["access.oidc"])),
    )


def _taken_out(section: Any, part: str) -> Any:
    """Take a part such as [access.oidc] out of its section."""
    return section.pop(part, {}) if isinstance(section, dict) else {}


def _oidc_faults(oidc: OidcSettings) -> list[str]:
    """Name what a log-in by OpenID Connect still needs."""
    if not oidc.issuer:
        return []
    needed = ("client_id", "client_secret_env", "login_claim")
    return [f"access.oidc.{name} 不能为空" for name in needed if not getattr(oidc, name)]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("应为文字")
    return value.strip()


def _name(value: Any) -> str:
    name = _text(value)
    if not name:
        raise ValueError("不能为空")
    return name


def _code(value: Any) -> str:
    code = _text(value)
    if code and not (code.isascii() and code.isdigit() and len(code) in (5, 6)):
        raise ValueError("应为 6 位行政区划代码（台湾为 5 位县市代码）")
    return code


def _epsg(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("应为 EPSG 编号（整数）")
    if not 4534 <= value <= 4554 and not 4513 <= value <= 4533:
        raise ValueError("应为 CGCS2000 三度带投影的 EPSG 编号（4513–4533 或 4534–4554）")
    return value


def _timezone(value: Any) -> str:
    name = _text(value)
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("应为时区名，例如 Asia/Shanghai") from error
    return name


def _time(value: Any) -> time:
    try:
        moment = value if isinstance(value, time) else time.fromisoformat(_text(value))
    except ValueError as error:
        raise ValueError("应为时刻，例如 08:30") from error
    if moment.tzinfo is not None:
        raise ValueError("时刻不带时区")
    return moment


def _positive(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e6:
        raise ValueError("应为正数")
    return float(value)


def _yes_or_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("应为 true 或 false")
    return value


def _proxies(value: Any) -> tuple[str, ...]:
    """Check a list of addresses or networks; "*" would let anybody name his own address."""
    try:
        if not isinstance(value, list):
            raise ValueError("no list")
        return tuple(str(ip_network(_text(one))).removesuffix("/32") for one in value)
    except ValueError as error:
        raise ValueError('应为反向代理的地址，例如 ["10.1.2.3", "10.8.0.0/16"]') from error


def _issuer(value: Any) -> str:
    """Check an issuer's address: https, or http on this machine only (for drills and tests)."""
    address = _text(value).rstrip("/")
    parts = urlsplit(address)
    here = parts.hostname in ("127.0.0.1", "localhost", "::1")
    secure = parts.scheme == "https" or (parts.scheme == "http" and here)
    if address and not (secure and parts.hostname and not parts.query and not parts.fragment):
        raise ValueError("应为 https 地址，例如 https://sso.example.gov.cn")
    return address


def _datum(value: Any) -> str:
    name = _text(value).lower()
    if name not in ("wgs84", "gcj02", "bd09"):
        raise ValueError("应为 wgs84、gcj02 或 bd09")
    return name


_FIELDS: Mapping[str, Mapping[str, Any]] = {
    "district": {
        "name": _name,
        "code": _code,
        "epsg": _epsg,
        "timezone": _timezone,
        "cutoff": _time,
    },
    "scheme": {"file": _name},
    "shelters": {"target_m2_per_person": _positive},
    "map": {"tiles": _text, "attribution": _text, "datum": _datum, "review_number": _text},
    "access": {
        "anonymous_viewer": _yes_or_no,
        "idle_minutes": _positive,
        "absolute_hours": _positive,
        "secure_cookie": _yes_or_no,
        "trusted_proxies": _proxies,
    },
    "access.oidc": {
        "issuer": _issuer,
        "client_id": _text,
        "client_secret_env": _text,
        "login_claim": _text,
        "name_claim": _text,
        "role_claim": _text,
        "create_viewers": _yes_or_no,
        "button": _name,
    },
}


def setting_names() -> list[str]:
    """Return every setting as ``section.name``, for the reference page and its test."""
    return [f"{section}.{name}" for section, fields in _FIELDS.items() for name in fields]


def _section(document: Mapping[str, Any], name: str, faults: list[str]) -> dict[str, Any]:
    """Check one section; faults are appended, good values returned."""
    given = document.get(name, {})
    if not isinstance(given, dict):
        faults.append(f"[{name}] 应为一个部分")
        return {}
    values: dict[str, Any] = {}
    for key, value in given.items():
        check = _FIELDS[name].get(key)
        if check is None:
            faults.append(f"[{name}] 中不认识的设置 {key}")
            continue
        try:
            values[key] = check(value)
        except ValueError as error:
            faults.append(f"{name}.{key} = {value!r}：{error}")
    return values
