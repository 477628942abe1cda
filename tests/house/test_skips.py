"""In CI nothing is skipped: the guard in conftest.py is broken on purpose, in every way."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).resolve().parents[1] / "conftest.py"
WAYS = {
    "called": "import pytest\ndef test_it():\n    pytest.skip('no')\n",
    "marked": "import pytest\n@pytest.mark.skip\ndef test_it():\n    pass\n",
    "module": "import pytest\npytest.skip('no', allow_module_level=True)\n",
    "missing": "import pytest\npytest.importorskip('no_such_package_here')\n",
}
ONE, TWO = (), ("-n", "2", "--dist", "loadfile")
"""In one process, and as `make test` runs them."""


def run(folder: Path, ci: str, workers: tuple[str, ...]) -> tuple[int, str]:
    """Run the tests of a folder under the guard; return pytest's exit code and its words."""
    environ = {**os.environ, "CI": ci, "RISKMAP_REAL_DATA": str(folder)}
    words = [sys.executable, "-m", "pytest", "-q", "-rfEs", "--color=no", "-p", "no:cacheprovider"]
    words += ["--continue-on-collection-errors", *workers, str(folder)]
    done = subprocess.run(
        words, cwd=folder, env=environ, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("workers", [ONE, TWO])
def test_a_skip_fails_in_ci_only(workers: tuple[str, ...], tmp_path: Path) -> None:
    shutil.copy(CONFTEST, tmp_path)
    (tmp_path / "test_whole.py").write_text("def test_whole():\n    pass\n")
    assert run(tmp_path, "true", workers)[0] == 0
    for way, text in WAYS.items():
        (tmp_path / f"test_{way}.py").write_text(text)
    code, said = run(tmp_path, "true", workers)
    assert code == 1
    blamed = re.findall(r"^(?:FAILED|ERROR) test_(\w+)\.py", said, re.MULTILINE)
    assert sorted(blamed) == sorted(WAYS), said
    code, said = run(tmp_path, "", workers)
    assert (code, "4 skipped" in said, "1 passed" in said) == (0, True, True), said
