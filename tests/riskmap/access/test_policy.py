"""Role × every action × own and other town, domain, enterprise, against a table written here."""

import itertools

import pytest

from riskmap.access.actors import ROLE_ZH, Actor, Role, anonymous, command_line
from riskmap.access.policy import NOWHERE, RULES, Subject, authorise, may
from riskmap.errors import ForbiddenError, SignInError
from riskmap.ledger.states import TRANSITIONS

# A everything, T own town, D own domain, E own enterprise, K what the token says, - nothing.
# Columns: anonymous viewer reporter inspector duty administrator enterprise machine
EXPECTED = """
read                    A A A A A A A K
read.persons            - - T D A A - -
read.photos             - A A A A A A K
read.commitments        - A A A A A E K
danger.report           - - T D A A - K
danger.edit             - - T D A A - -
danger.comment          - - T D A A - -
danger.expose           - - - - A A - -
danger.assign           - - - D A A - -
danger.rectify          - - T - A A - -
danger.recheck          - - - D A A - -
danger.close            - - - D A A - -
danger.extend.ask       - - T - A A - -
danger.extend.decide    - - - D A A - -
danger.list             - - - - A A - -
danger.transfer         - - - D A A - -
danger.reopen           - - - D A A - -
danger.void             - - - - A A - -
danger.import           - - - - A A - -
danger.export           - - T D A A - -
gaming.read             - - - - A A - -
exposure.publish        - - - - A A - -
record.accidents        - - T - A A - -
record.inspections      - - - D A A - -
record.alarms           - - T - A A - -
record.devices          - - - - A A - -
record.commitments      - - - - A A E -
record.special_periods  - - - - A A - -
record.responses        - - - - A A - -
record.overrides        - - - - A A - -
record.indicators       - - - - A A - -
record.warnings         - - - - A A - K
record.complete         - - - - A A - -
day.compute             - - - - A A - -
day.publish             - - - - A A - -
week.compute            - - - - A A - -
week.publish            - - - - A A - -
week.deliver            - - - A A A - -
card.decide             - - - - A A - -
card.answer             - - T - A A - -
device.send             - - - - - A - K
account.own             - A A A A A A -
account.password        - A A A A A A -
user.manage             - - - - - A - -
token.manage            - - - - - A - -
audit.read              - - - - - A - -
storage.manage          - - - - - A - -
"""
COLUMNS = ("anonymous", "viewer", "reporter", "inspector", "duty", "administrator", "enterprise",
           "machine")  # fmt: skip
TABLE = {
    words[0]: dict(zip(COLUMNS, words[1:], strict=True))
    for words in (line.split() for line in EXPECTED.strip().splitlines())
}

OWN_TOWN, OTHER_TOWN = "330001001", "330001002"
OWN_DOMAIN, OTHER_DOMAIN = "消防", "危化"
OWN_ENTERPRISE, OTHER_ENTERPRISE = "91330001A", "91330001B"
SUBJECTS = [
    Subject(*place)
    for place in itertools.product(
        (OWN_TOWN, OTHER_TOWN, None), (OWN_DOMAIN, OTHER_DOMAIN, None),
        (OWN_ENTERPRISE, OTHER_ENTERPRISE, None),
    )
]  # fmt: skip


def person(role: str) -> Actor:
    """Somebody of a role with every attribute, so that only the rule decides which one counts."""
    return Actor(f"some-{role}", "某人", Role(role), OWN_TOWN, (OWN_DOMAIN, "旅游"), OWN_ENTERPRISE)


def expected(letter: str, subject: Subject) -> bool:
    return {
        "A": True,
        "T": subject.town == OWN_TOWN,
        "D": subject.domain == OWN_DOMAIN,
        "E": subject.enterprise_id == OWN_ENTERPRISE,
        "-": False,
    }[letter]


def test_the_table_here_names_every_action_and_every_role() -> None:
    assert set(TABLE) == set(RULES)
    assert set(COLUMNS) == {str(role) for role in Role} == {str(role) for role in ROLE_ZH}


@pytest.mark.parametrize("action", TABLE)
@pytest.mark.parametrize("role", [role for role in COLUMNS if role != "machine"])
def test_every_role_may_do_what_the_table_says_and_nothing_else(role: str, action: str) -> None:
    for subject in SUBJECTS:
        allowed = expected(TABLE[action][role], subject)
        assert may(person(role), action, subject) is allowed, subject
        if not allowed:
            error = SignInError if role == "anonymous" else ForbiddenError
            with pytest.raises(error):
                authorise(person(role), action, subject)


@pytest.mark.parametrize("action", TABLE)
def test_a_token_is_for_its_scopes_only(action: str) -> None:
    with_it = Actor("token:1", "网关", Role.MACHINE, scopes=("other", action))
    without = Actor("token:2", "网关", Role.MACHINE, scopes=tuple(set(RULES) - {action}))
    for subject in SUBJECTS:
        assert may(with_it, action, subject) is (TABLE[action]["machine"] == "K")
        assert not may(without, action, subject)


@pytest.mark.parametrize("action", ["danger.report", "device.send", "record.warnings"])
def test_a_token_of_one_town_acts_there_only(action: str) -> None:
    gateway = Actor("token:1", "网关", Role.MACHINE, town=OWN_TOWN, scopes=(action, "read"))
    assert may(gateway, action, Subject(OWN_TOWN))
    assert not may(gateway, action, Subject(OTHER_TOWN))
    assert not may(gateway, action, NOWHERE)
    assert may(gateway, "read", Subject(OTHER_TOWN))


@pytest.mark.parametrize("role", ["reporter", "inspector", "enterprise"])
def test_who_has_nothing_of_his_own_may_do_nothing_there(role: str) -> None:
    for bare in (
        Actor("x", "某人", Role(role)),
        Actor("x", "某人", Role(role), "", ("",), ""),
    ):
        for action, letters in TABLE.items():
            if letters[role] in "TDE":
                subjects = (*SUBJECTS, Subject("", "", ""))
                assert not any(may(bare, action, subject) for subject in subjects), action


@pytest.mark.parametrize("role", [role for role in COLUMNS if role not in ("anonymous", "machine")])
def test_with_the_first_password_only_the_own_account_is_open(role: str) -> None:
    fresh = Actor(
        "x", "某人", Role(role), OWN_TOWN, (OWN_DOMAIN,), OWN_ENTERPRISE, must_change=True
    )
    own = Subject(OWN_TOWN, OWN_DOMAIN, OWN_ENTERPRISE)
    open_to = {action for action in RULES if may(fresh, action, own)}
    assert open_to == {"account.own", "account.password"}


def test_the_command_line_may_do_everything_and_a_passer_by_may_read() -> None:
    passer_by = anonymous("192.0.2.1")
    assert all(
        may(command_line("root"), action, subject) for action in TABLE for subject in SUBJECTS
    )
    assert [action for action in TABLE if may(passer_by, action)] == ["read"]


def test_every_transition_asks_for_an_action_that_exists() -> None:
    assert {transition.permission for transition in TRANSITIONS} <= set(TABLE)


def test_an_unknown_action_is_a_programming_error() -> None:
    with pytest.raises(KeyError):
        authorise(command_line("root"), "danger.delete")


def test_the_reason_is_said() -> None:
    with pytest.raises(ForbiddenError, match=r"镇街填报员.*只能办理本镇街的"):
        authorise(person("reporter"), "danger.rectify", Subject(OTHER_TOWN))
    with pytest.raises(ForbiddenError, match=r"查看者.*没有这项权限"):
        authorise(person("viewer"), "danger.rectify", Subject(OTHER_TOWN))
    with pytest.raises(SignInError, match="请先登录"):
        authorise(anonymous(), "danger.rectify")
