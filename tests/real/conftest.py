"""The command line as a user types it, run in this process: fast, and everything it says kept."""

import contextlib
import json
import os
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from riskmap.cli.main import app

FIRST_WORDS = 'riskmap() { printf "%s\\0" "$@"; }\n'


@dataclass
class Shell:
    """A folder and an environment in which shell lines run; `riskmap` runs in this process.

    Other lines run in a real bash, which also expands the words of every riskmap line.
    """

    folder: Path
    environment: dict[str, str]
    said: list[tuple[str, str]] = field(default_factory=list)

    def run(self, line: str, *, code: int = 0) -> str:
        """Run one riskmap line; return what it printed (stdout, then stderr)."""
        expanded = self._bash(FIRST_WORDS + line, self.environment)
        words = expanded.split("\0")[:-1]
        with contextlib.chdir(self.folder), pytest.MonkeyPatch.context() as patch:
            for name in [name for name in os.environ if name.startswith("RISKMAP_")]:
                patch.delenv(name)
            for name, value in self.environment.items():
                patch.setenv(name, value)
            result = CliRunner().invoke(app, words, catch_exceptions=False)
        text = result.stdout + result.stderr
        self.said.append((line, text))
        assert result.exit_code == code, f"$ {line}\n{text}"
        return text

    def json(self, line: str) -> Any:
        """Run one riskmap line with --json; return the document."""
        return json.loads(self.run(line + " --json"))

    def bash(self, lines: str) -> None:
        """Run other lines in bash; what they export stays."""
        after = self._bash(lines + "\nprintf '\\0'; env -0", self.environment)
        pairs = (pair.partition("=") for pair in after.split("\0") if "=" in pair)
        kept = {name: value for name, _, value in pairs if name.startswith(("RISKMAP_", "DATA"))}
        self.environment.update(kept)

    def script(self, lines: str) -> None:
        """Run a block of a guide, line by line in order."""
        waiting: list[str] = []
        for line in lines.splitlines():
            if not re.match(r"riskmap\b", line):
                waiting.append(line)
                continue
            if "".join(waiting).strip():
                self.bash("\n".join(waiting))
            waiting = []
            self.run(line)
        if "".join(waiting).strip():
            self.bash("\n".join(waiting))

    def output_of(self, line: str) -> list[str]:
        """Return what every run of a line said, in order."""
        return [text for said, text in self.said if said == line]

    def _bash(self, script: str, environment: dict[str, str]) -> str:
        clean = {name: value for name, value in os.environ.items() if "RISKMAP_" not in name}
        done = subprocess.run(
            ["bash", "-euc", script],
            cwd=self.folder,
            env=clean | environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, script + done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="session")
def shell_in(real_data: Path) -> Callable[..., Shell]:
    """Return a function that opens a shell in a folder, with $DATA set, at a moment."""

    def opened(folder: Path, now: str = "2026-06-30T08:00:00+08:00") -> Shell:
        return Shell(folder, {"DATA": str(real_data), "RISKMAP_NOW": now})

    return opened
