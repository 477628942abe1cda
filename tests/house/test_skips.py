"""In CI nothing is skipped: the guard in conftest.py is broken on purpose, in every way."""

import os
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


def run(folder: Path, ci: str, *more: str) -> int:
    """Run the tests of a folder under the guard; return pytest's exit code."""
    environ = {**os.environ, "CI": ci, "RISKMAP_REAL_DATA": str(folder)}
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *more, str(folder)]
    done = subprocess.run(words, cwd=folder, env=environ, capture_output=True, check=False)
    return done.returncode


@pytest.mark.parametrize("way", sorted(WAYS))
def test_a_skip_fails_in_ci_only(way: str, tmp_path: Path) -> None:
    shutil.copy(CONFTEST, tmp_path)
    (tmp_path / "test_whole.py").write_text("def test_whole():\n    pass\n")
    assert run(tmp_path, "true") == 0
    (tmp_path / "test_skipped.py").write_text(WAYS[way])
    assert run(tmp_path, "true") in (1, 2)
    assert run(tmp_path, "") == 0


@pytest.mark.parametrize("way", ["called", "module"])
def test_the_guard_holds_in_every_worker(way: str, tmp_path: Path) -> None:
    shutil.copy(CONFTEST, tmp_path)
    (tmp_path / "test_whole.py").write_text("def test_whole():\n    pass\n")
    (tmp_path / "test_skipped.py").write_text(WAYS[way])
    parallel = ("-n", "2", "--dist", "loadfile")
    assert run(tmp_path, "true", *parallel) in (1, 2)
    assert run(tmp_path, "", *parallel) == 0
