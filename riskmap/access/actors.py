"""Who acts: a person, a machine with a token, or the command line of the server itself."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """Roles of people and machines; what each may do stands in `riskmap.access.policy`."""

    ANONYMOUS = "anonymous"
    VIEWER = "viewer"
    REPORTER = "reporter"
    INSPECTOR = "inspector"
    DUTY = "duty"
    ADMINISTRATOR = "administrator"
    ENTERPRISE = "enterprise"
    MACHINE = "machine"


ROLE_ZH = {
    Role.ANONYMOUS: "未登录",
    Role.VIEWER: "查看者",
    Role.REPORTER: "镇街填报员",
    Role.INSPECTOR: "检查员",
    Role.DUTY: "值班员",
    Role.ADMINISTRATOR: "管理员",
    Role.ENTERPRISE: "企业用户",
    Role.MACHINE: "设备接口",
}


_COMMAND_LINE = "command-line:"


@dataclass(frozen=True)
class Actor:
    """Who asks for an action, and from where.

    `login` is unique ("anonymous" when nobody signed in, "token:3", "command-line:name"); `town`
    is the own town of a reporter (9 digits), `domains` the own domains of an inspector,
    `enterprise_id` the own enterprise, `scopes` what a machine's token allows; `address` is the
    peer's network address, "" on the command line. `must_change` says that the first password is
    still in use: nothing but changing it passes.
    """

    login: str
    name: str
    role: Role
    town: str | None = None
    domains: tuple[str, ...] = ()
    enterprise_id: str | None = None
    scopes: tuple[str, ...] = ()
    address: str = ""
    user_id: int | None = None
    must_change: bool = False

    @property
    def local(self) -> bool:
        """Say whether it is the command line: whoever has the machine; no login has a colon."""
        return self.login.startswith(_COMMAND_LINE)


def command_line(name: str) -> Actor:
    """Return the one who runs a command on the server: has the files, so may do everything."""
    return Actor(f"{_COMMAND_LINE}{name}", name, Role.ADMINISTRATOR)


def anonymous(address: str = "") -> Actor:
    """Return a reader who did not sign in."""
    return Actor("anonymous", "未登录", Role.ANONYMOUS, address=address)


LOCAL = command_line("riskmap")
"""riskmap itself, where a step runs without anybody named."""
