"""Settings shared by all tests: real data is opt-in, and in CI a skip is a failure."""

import contextlib
import os
import random
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import settings

from riskmap import workspace

settings.register_profile("riskmap", deadline=None)
settings.load_profile("riskmap")
# A busy machine is slow; how fast anything is stands in benchmarks/, never in a test.


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect tests of real data where RISKMAP_REAL_DATA does not name its folder.

    On PostgreSQL also those of the SQLite file itself, and those that ran on both already.
    """
    unwanted = [] if os.environ.get("RISKMAP_REAL_DATA") else _marked(items, "real")
    if config.getoption("--database") == "postgresql":
        unwanted += _marked(items, "sqlite")
        unwanted += [item for item in items if _chooses_a_database(item)]
    if unwanted:
        config.hook.pytest_deselected(items=unwanted)
        items[:] = [item for item in items if item not in unwanted]


def _chooses_a_database(item: pytest.Item) -> bool:
    fixtures = getattr(item, "fixturenames", ())
    named = ("[sqlite", "[postgresql", "-sqlite", "-postgresql")
    return not {"database_url", "postgres"}.isdisjoint(fixtures) or any(
        name in item.name for name in named
    )


def _marked(items: list[pytest.Item], marker: str) -> list[pytest.Item]:
    return [item for item in items if item.get_closest_marker(marker)]


def refused(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turn a skip into a failure when CI is set."""
    if report.skipped and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"a skipped test is a failure in CI: {report.longrepr}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport]:
    """Refuse the skip of a test in CI."""
    report = yield
    refused(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport]:
    """Refuse the skip of a whole module in CI."""
    report = yield
    refused(report)
    return report


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Return the folder of real data (see RISKMAP_REAL_DATA)."""
    return Path(os.environ["RISKMAP_REAL_DATA"]).resolve()


POSTGRES_BIN = Path("/usr/lib/postgresql/15/bin")


class PostgresServer:
    """A PostgreSQL 15 of the distribution's packages on a free port, for this run of tests only.

    The server refuses to run as root: it runs as `postgres` then. `fresh()` makes an empty
    database and returns its address for RISKMAP_DATABASE_URL.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self.count = folder, _free_port(), 0
        self.prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []

    def run(self, *command: str) -> None:
        """Run a program of the server; its words are shown when it fails."""
        done = subprocess.run(
            [*self.prefix, *command], capture_output=True, text=True, cwd=self.folder, check=False
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"

    def start(self) -> None:
        """Make a cluster and start it, on loopback only."""
        self.folder.mkdir(parents=True)
        if self.prefix:
            shutil.chown(self.folder, "postgres", "postgres")
        data = str(self.folder / "data")
        self.run(
            str(POSTGRES_BIN / "initdb"), "-D", data, "-U", "riskmap", "-A", "trust",
            "-E", "UTF8", "--locale=C.UTF-8", "--no-sync",
        )  # fmt: skip
        options = (
            f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
            f" -c max_connections=200 -c fsync=off -c full_page_writes=off"
            f" -c wal_level=minimal -c max_wal_senders=0 -c max_wal_size=128MB"
            f" -c dynamic_shared_memory_type=mmap"
        )
        control = str(POSTGRES_BIN / "pg_ctl")
        self.run(control, "-D", data, "-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        """Stop the server at once."""
        self.run(
            str(POSTGRES_BIN / "pg_ctl"), "-D", str(self.folder / "data"), "-m", "immediate", "stop"
        )

    def fresh(self, copied_from: str = "") -> str:
        """Return the address of a new database: empty, or a copy of another one."""
        self.count += 1
        name = f"riskmap_{self.count}"
        address = f"postgresql+psycopg://riskmap@127.0.0.1:{self.port}/"
        engine = sa.create_engine(address + "postgres", isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            if copied_from:
                first = copied_from.rpartition("/")[2]
                close = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :n"
                connection.execute(sa.text(close), {"n": first})
                connection.execute(sa.text(f"CREATE DATABASE {name} TEMPLATE {first}"))
            else:
                connection.execute(sa.text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return address + name


def _free_port() -> int:
    """Return a free port below those that the system gives to connections by itself.

    A server may then be stopped and started again on it while other workers open connections.
    """
    for port in random.SystemRandom().sample(range(20_000, 32_000), 100):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port from 20000 to 31999 is free")


@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    """How a test finds a port for a server that it starts itself."""
    return _free_port


_SERVER_FOLDER = "riskmap-postgres-"


def _sweep_servers() -> None:
    """Remove the folders of servers whose run was killed: they would fill the disk in time."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_SERVER_FOLDER}*"):
        owner = folder / "owner"
        with contextlib.suppress(FileNotFoundError):  # another run sweeps too
            if owner.is_file() and not Path("/proc", owner.read_text("ascii")).exists():
                shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The PostgreSQL server of this run; it is started when the first test asks for it."""
    _sweep_servers()
    folder = Path(tempfile.mkdtemp(prefix=_SERVER_FOLDER))
    folder.chmod(0o755)
    (folder / "owner").write_text(str(os.getpid()), "ascii")
    server = PostgresServer(folder / "cluster")
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str | None:
    """Both databases in turn: None is SQLite in the workspace, else an empty PostgreSQL's address.

    Use it with `init_workspace(root, name, code, database_url)` and
    `open_workspace(root, database_url)`.
    """
    if request.param == "sqlite":
        return None
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.fresh()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer `--database postgresql`: every test that opens a workspace does so on PostgreSQL."""
    parser.addoption("--database", choices=["sqlite", "postgresql"], default="sqlite")


@pytest.fixture(autouse=True, scope="session")
def _patient_writers() -> Iterator[None]:
    """Let a writer wait for SQLite longer than a person would: a busy machine is slow."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workspace, "BUSY_TIMEOUT_MS", 120_000)
        yield


@pytest.fixture(autouse=True, scope="session")
def _every_workspace_on_the_chosen_database(request: pytest.FixtureRequest) -> Iterator[None]:
    """With `--database postgresql` give each workspace folder a PostgreSQL database of its own.

    The file riskmap.db then holds the address of the folder's database and nothing else.
    """
    if request.config.getoption("--database") == "sqlite":
        yield
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    make_engine, make_database = workspace.make_engine, workspace._make_database
    addresses: dict[Path, str] = {}

    def address_of(root: Path) -> str:
        """A folder's own database; that of a copied folder is a copy of the first one's."""
        place, mark = root.resolve(), root / workspace.DATABASE_FILE
        if place not in addresses:
            marked = mark.read_text("utf-8") if mark.is_file() else ""
            addresses[place] = server.fresh(copied_from=marked)
            if marked:
                mark.write_text(addresses[place], "utf-8")
        return addresses[place]

    def engine_of(root: Path, database_url: str | None = None) -> sa.Engine:
        return make_engine(root, database_url or address_of(root))

    def database_of(root: Path, database_url: str | None) -> bool:
        if database_url is not None:
            return make_database(root, database_url)
        address = address_of(root)
        fresh = make_database(root, address)
        (root / workspace.DATABASE_FILE).write_text(address, "utf-8")
        return fresh

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workspace, "make_engine", engine_of)
        patch.setattr(workspace, "_make_database", database_of)
        yield
