"""Every command and option stands in docs/reference/commands.md, and nothing else does."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main

from riskmap.cli.main import COMMANDS, GROUPS, app
from riskmap.records.contracts import RECORD_CONTRACTS

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "commands.md"


def leaves(command: Any, path: tuple[str, ...] = ("riskmap",)) -> Iterator[tuple[str, Any]]:
    """Yield every command that can be run, with its full name."""
    children = getattr(command, "commands", None)
    if not children:
        yield " ".join(path), command
        return
    for name, child in children.items():
        yield from leaves(child, (*path, name))


def sections() -> dict[str, str]:
    """The text below each heading that names a command."""
    parts = re.split(r"^### `(riskmap [^`]+)`$", REFERENCE.read_text("utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_command_stands_in_the_reference_and_no_other() -> None:
    names = {name for name, _ in leaves(typer.main.get_command(app))}
    assert names == set(sections())
    assert len(names) == len(COMMANDS) + len(GROUPS)


def test_every_option_stands_below_its_command_and_no_other() -> None:
    texts = sections()
    for name, command in leaves(typer.main.get_command(app)):
        options = {
            option
            for parameter in command.params
            for option in (*parameter.opts, *parameter.secondary_opts)
            if option.startswith("--") and option != "--help"
        }
        first_cells = re.findall(r"^\|([^|]*)\|", texts[name], flags=re.MULTILINE)
        documented = set(re.findall(r"`(--[a-z-]+)`", " ".join(first_cells)))
        assert documented == options, name


def test_every_command_has_chinese_help() -> None:
    for name, command in leaves(typer.main.get_command(app)):
        assert re.search(r"[\u4e00-\u9fff]", command.help or ""), name


def test_the_global_option_stands_in_the_reference() -> None:
    assert "`--workspace`（`-w`）" in REFERENCE.read_text("utf-8")


def test_every_column_of_every_record_stands_in_its_reference() -> None:
    text = REFERENCE.with_name("records.md").read_text("utf-8")
    parts = re.split(r"^## `(\w+)` ", text, flags=re.MULTILINE)
    tables = dict(zip(parts[1::2], parts[2::2], strict=True))
    assert set(tables) == set(RECORD_CONTRACTS)
    for kind, contract in RECORD_CONTRACTS.items():
        rows = re.findall(r"^\| `(\w+)`(\*?) \| ([^|]+) \|", tables[kind], flags=re.MULTILINE)
        expected = [
            (column.name, "*" if column.required else "", column.title_zh)
            for column in contract.columns
        ]
        assert rows == expected, kind
