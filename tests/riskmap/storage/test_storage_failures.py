"""Real failures of the disk under a real command: one line, exit code 2, nothing lost.

No mocks: a small tmpfs where it can be mounted (root), else a limit on file size; a folder
without write permission for a process that has lost the right to ignore permissions.
"""

import ctypes
import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from riskmap.imports import ReadOptions, import_layer
from riskmap.layer_store import history, load_layer
from riskmap.workspace import init_workspace, open_workspace

pytestmark = pytest.mark.sqlite

LAST_CAPABILITY = 40
PR_CAPBSET_DROP = 24


def towns_file(folder: Path, count: int) -> Path:
    features = []
    for i in range(count):
        ring = [[121 + i, 28], [122 + i, 28], [122 + i, 29], [121 + i, 29], [121 + i, 28]]
        properties = {"code": str(331003001 + i), "name": f"第{i}镇", "note": os.urandom(400).hex()}
        geometry = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "properties": properties, "geometry": geometry})
    path = folder / f"towns-{count}.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def command(
    root: Path, *arguments: str, before: Callable[[], None] | None = None
) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {"RISKMAP_WORKSPACE": str(root)}
    environment.pop("RISKMAP_DATABASE_URL", None)
    return subprocess.run(
        [sys.executable, "-m", "riskmap", *arguments],
        capture_output=True,
        text=True,
        env=environment,
        preexec_fn=before,
        check=False,
        cwd=root.parent,
    )


def assert_clear(result: "subprocess.CompletedProcess[str]") -> str:
    assert result.returncode == 2, result.stderr
    assert "Traceback" not in result.stderr
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("错误："), result.stderr
    return lines[0]


def assert_intact(root: Path, imports: int) -> None:
    with sqlite3.connect(root / "riskmap.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
    with open_workspace(root) as workspace:
        assert len(history(workspace, "towns")) == imports
        assert len(load_layer(workspace, "towns")) == 2
    leftovers = [path.name for path in root.rglob("*") if ".part" in path.name]
    leftovers += [path.name for path in root.rglob(".writing-*")]
    assert leftovers == []


def as_ordinary_process() -> None:
    """Give up the right to ignore permissions, which root has and other users have not."""
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None, use_errno=True)
        for capability in range(LAST_CAPABILITY + 1):
            libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 3 MB where one can be mounted, else an ordinary folder."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = False
    if os.geteuid() == 0:
        options = ["mount", "-t", "tmpfs", "-o", "size=3m", "riskmap-test", str(place)]
        mounted = subprocess.run(options, capture_output=True, check=False).returncode == 0
    yield place
    if mounted:
        subprocess.run(["umount", str(place)], check=True)


@pytest.fixture
def root(disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("RISKMAP_DATABASE_URL", raising=False)
    folder = disk / "w"
    init_workspace(folder)
    with open_workspace(folder) as workspace:
        now = datetime(2026, 6, 30, tzinfo=UTC)
        outcome = import_layer(
            workspace, "towns", [towns_file(tmp_path, 2)], ReadOptions(), now=now
        )
    assert outcome.snapshot is not None
    return folder


def fill(disk: Path, leave: int) -> Path:
    """Take all room but `leave` bytes with one file (nothing where the disk is a real one)."""
    filler = disk / "filler"
    if os.path.ismount(disk):
        room = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
        with filler.open("wb") as handle:
            handle.write(b"\x00" * max(0, room - leave))
    return filler


def limited_to(size: int) -> Callable[[], None]:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


def test_full_disk(root: Path, disk: Path, tmp_path: Path) -> None:
    """Whatever step meets the full disk, the layer in use stays and the next try works."""
    big = towns_file(tmp_path, 150)
    mounted = os.path.ismount(disk)
    for leave in (0, 24_000, 60_000, 100_000):
        filler = fill(disk, leave)
        before = None if mounted else limited_to(max(leave, 1))
        line = assert_clear(command(root, "import", "towns", str(big), before=before))
        assert any(word in line for word in ("磁盘", "大小")), line
        filler.unlink(missing_ok=True)
        assert_intact(root, 1)
    again = command(root, "import", "towns", str(big))
    assert again.returncode == 0, again.stderr


def test_file_size_limit(root: Path, tmp_path: Path) -> None:
    big = towns_file(tmp_path, 150)
    for size in (1, 60_000):
        assert_clear(command(root, "import", "towns", str(big), before=limited_to(size)))
        assert_intact(root, 1)


def test_init_on_a_full_disk_can_be_repeated(disk: Path) -> None:
    filler = fill(disk, 30_000)
    before = None if os.path.ismount(disk) else limited_to(10_000)
    folder = disk / "new"
    assert_clear(command(folder, "init", str(folder), before=before))
    assert not (folder / "riskmap.toml").exists()
    filler.unlink(missing_ok=True)
    assert command(folder, "init", str(folder)).returncode == 0
    assert command(folder, "layers").returncode == 0


def test_read_only_workspace(root: Path, tmp_path: Path) -> None:
    folders = [root, *(path for path in root.rglob("*") if path.is_dir())]
    files = [path for path in root.rglob("*") if path.is_file()]
    for path in files:
        path.chmod(0o444)
    for path in folders:
        path.chmod(0o555)
    try:
        source = towns_file(tmp_path, 3)
        line = assert_clear(
            command(root, "import", "towns", str(source), before=as_ordinary_process)
        )
        assert "写" in line
        new = root / "sub" / "w"
        assert_clear(command(root, "init", str(new), before=as_ordinary_process))
    finally:
        for path in folders:
            path.chmod(0o755)
        for path in files:
            path.chmod(0o644)
    assert_intact(root, 1)


def test_unreadable_source_is_not_blamed_on_the_workspace(root: Path, tmp_path: Path) -> None:
    source = towns_file(tmp_path, 3)
    source.chmod(0o000)
    line = assert_clear(command(root, "import", "towns", str(source), before=as_ordinary_process))
    assert "towns-3.geojson" in line
    assert_intact(root, 1)


def test_corrupt_database(root: Path, tmp_path: Path) -> None:
    good = (root / "riskmap.db").read_bytes()
    damaged = good[:4096] + os.urandom(len(good) - 4096)
    source = str(towns_file(tmp_path, 3))
    for content, arguments in (
        (os.urandom(9000), ("layers",)),
        (damaged, ("import", "towns", source)),
        (b"", ("import", "towns", source)),
    ):
        (root / "riskmap.db").write_bytes(content)
        assert_clear(command(root, *arguments))
        assert (root / "riskmap.db").read_bytes() == content
    (root / "riskmap.db").write_bytes(good)
    assert_intact(root, 1)


@pytest.mark.parametrize("delay", [0.6, 1.0, 1.4])
def test_killed_import_leaves_the_layer_in_use(root: Path, tmp_path: Path, delay: float) -> None:
    source = towns_file(tmp_path, 3)
    environment = os.environ | {"RISKMAP_WORKSPACE": str(root)}
    with subprocess.Popen(
        [sys.executable, "-m", "riskmap", "import", "towns", str(source)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
    with open_workspace(root) as workspace:
        imports = history(workspace, "towns")
        assert len(load_layer(workspace, "towns")) == (2 if len(imports) == 1 else 3)
    assert command(root, "import", "towns", str(source)).returncode == 0
