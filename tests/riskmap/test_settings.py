"""riskmap.toml: defaults, every fault at once, every setting documented."""

from datetime import time
from pathlib import Path

import pytest

from riskmap.clock import now
from riskmap.errors import RiskmapError, WorkspaceError
from riskmap.settings import parse_settings, read_machine_settings, setting_names
from riskmap.workspace import settings_text

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "settings.md"


def test_empty_file_means_the_defaults() -> None:
    settings = parse_settings("")
    assert settings.district.cutoff == time(8, 30)
    assert settings.zone.key == "Asia/Shanghai"
    assert settings.shelters.target_m2_per_person == 1.5


def test_the_file_that_init_writes_says_the_defaults() -> None:
    written = parse_settings(settings_text("黄岩区", "331003"))
    assert written.district.name == "黄岩区"
    assert written.district.code == "331003"
    assert written.district.cutoff == time(8, 30)
    assert written.shelters == parse_settings("").shelters
    assert written.map == parse_settings("").map
    assert written.access == parse_settings("").access


def test_a_name_with_quotes_cannot_break_the_file() -> None:
    name = 'A "区"\\ # <script>'
    assert parse_settings(settings_text(name)).district.name == name


def test_a_county_of_taiwan_has_five_digits() -> None:
    assert parse_settings(settings_text("花蓮縣", "10015")).district.code == "10015"


def test_every_fault_is_named_at_once() -> None:
    text = """
    [district]
    code = "33"
    cutoff = "25:00"
    timezone = "Mars/Olympus"
    colour = 1
    [shelters]
    target_m2_per_person = 0
    [mapp]
    """
    with pytest.raises(WorkspaceError) as error:
        parse_settings(text)
    said = str(error.value)
    for part in ("district.code", "district.cutoff", "district.timezone", "colour", "[mapp]"):
        assert part in said
    assert "target_m2_per_person" in said
    assert "\n" not in said


def test_sessions_and_single_sign_on_are_settings() -> None:
    plain = parse_settings("").access
    assert (plain.anonymous_viewer, plain.idle_minutes, plain.absolute_hours) == (True, 30, 12)
    assert plain.oidc.issuer == ""
    access = parse_settings(
        """
        [access]
        anonymous_viewer = false
        idle_minutes = 10
        [access.oidc]
        issuer = "https://sso.example.gov.cn/realms/q/"
        client_id = "riskmap"
        create_viewers = true
        """
    ).access
    assert (access.anonymous_viewer, access.idle_minutes, access.absolute_hours) == (False, 10, 12)
    assert access.oidc.issuer == "https://sso.example.gov.cn/realms/q"
    assert (access.oidc.create_viewers, access.oidc.role_claim) == (True, "")
    assert parse_settings("[access.oidc]\nissuer='http://127.0.0.1:9/'\nclient_id='a'").access


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[access]\nanonymous_viewer = 1", "access.anonymous_viewer"),
        ("[access]\nidle_minutes = 0", "access.idle_minutes"),
        ("[access]\noidc = 1", "[access.oidc]"),
        ("access = 1", "[access]"),
        ("[access.oidc]\nissuer = 'http://sso.example'", "access.oidc.issuer"),
        ("[access.oidc]\nissuer = 'https://sso.example'", "access.oidc.client_id"),
        ("[access.oidc]\nclient_secret = 'x'", "client_secret"),
    ],
)
def test_wrong_access_settings_are_named(text: str, said: str) -> None:
    with pytest.raises(WorkspaceError) as error:
        parse_settings(text)
    assert said in str(error.value)


@pytest.mark.parametrize(
    "text", ["[district", "district = 1", "[district]\nepsg = 4326", "[map]\ndatum = 'x'"]
)
def test_wrong_text_is_refused(text: str) -> None:
    with pytest.raises(WorkspaceError):
        parse_settings(text)


def test_machine_settings_come_from_the_given_environment_only() -> None:
    machine = read_machine_settings({"RISKMAP_WORKSPACE": "/a", "RISKMAP_DATABASE_URL": " "})
    assert machine.workspace == Path("/a")
    assert machine.database_url is None
    assert machine.second_factor_key is None
    key = "A" * 43 + "="
    machine = read_machine_settings({"RISKMAP_SECOND_FACTOR_KEY": f" {key}\n"})
    assert machine.second_factor_key == key
    assert key not in repr(machine)
    with pytest.raises(WorkspaceError, match="RISKMAP_SECOND_FACTOR_KEY") as error:
        read_machine_settings({"RISKMAP_SECOND_FACTOR_KEY": "hunter2"})
    assert "hunter2" not in str(error.value)


def test_every_setting_stands_in_the_reference() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    missing = [name for name in setting_names() if f"`{name}`" not in text]
    variables = (
        "RISKMAP_WORKSPACE", "RISKMAP_DATABASE_URL", "RISKMAP_SECOND_FACTOR_KEY", "RISKMAP_NOW",
    )  # fmt: skip
    missing += [name for name in variables if f"`{name}`" not in text]
    assert not missing


def test_the_stated_present_needs_an_offset() -> None:
    stated = now({"RISKMAP_NOW": "2026-06-30T08:00:00+08:00"})
    assert stated.isoformat() == "2026-06-30T00:00:00+00:00"
    with pytest.raises(RiskmapError, match="RISKMAP_NOW"):
        now({"RISKMAP_NOW": "2026-06-30T08:00:00"})
    with pytest.raises(RiskmapError, match="RISKMAP_NOW"):
        now({"RISKMAP_NOW": "yesterday"})
