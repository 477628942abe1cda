"""A workspace: riskmap.toml, riskmap.db, layers/, products/, schemes/ of one district."""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import get_ident
from types import TracebackType
from typing import Any

import sqlalchemy as sa

from riskmap.errors import RiskmapError, WorkspaceError
from riskmap.paths import default_scheme_path
from riskmap.settings import DistrictSettings, SchemeSettings, Settings, parse_settings
from riskmap.storage.database import HEAD_REVISION, database_revision
from riskmap.storage.errors import clear_storage_errors
from riskmap.storage.migrating import upgrade

SETTINGS_FILE = "riskmap.toml"
DATABASE_FILE = "riskmap.db"
KEY_FILE = "second-factor.key"
"""What opens the secrets of second factors: never in the database, never in a backup."""
FOLDERS = ("layers", "products", "schemes")
OWNER_ONLY = 0o600
"""Rights of a database file: it holds hashes of passwords and the data of persons."""
BUSY_TIMEOUT_MS = 10_000
POSTGRESQL_POOL: Mapping[str, Any] = {
    "pool_pre_ping": True,
    "pool_size": 10,
    "max_overflow": 20,
    "pool_recycle": 1800,
    "connect_args": {"connect_timeout": 10},
}
"""A connection that the server dropped is noticed and made anew before it is used."""
_ONE_STATE: Mapping[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


@dataclass(frozen=True)
class Workspace:
    """An open workspace; use it in a `with` block, or call `close`."""

    root: Path
    settings: Settings
    engine: sa.Engine
    second_factor_key: str | None = field(default=None, repr=False)
    """The key that the machine states; None = the workspace's own file."""

    @property
    def layers_dir(self) -> Path:
        """Return the folder of layer snapshots."""
        return self.root / "layers"

    @property
    def products_dir(self) -> Path:
        """Return the folder of products: pictures, exports, rejects files."""
        return self.root / "products"

    @property
    def schemes_dir(self) -> Path:
        """Return the folder of scheme files."""
        return self.root / "schemes"

    @property
    def scheme_path(self) -> Path:
        """Return the scheme file in use."""
        return self.root / self.settings.scheme.file

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Give a connection that sees one consistent state."""
        engine = self.engine
        if engine.dialect.name == "postgresql":
            engine = engine.execution_options(**_ONE_STATE)
        with clear_storage_errors(self.root), engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Give a connection whose changes are stored all together or not at all."""
        engine = self.engine.execution_options(riskmap_write=True)
        with clear_storage_errors(self.root), engine.begin() as connection:
            yield connection

    def close(self) -> None:
        """Release the database."""
        self.engine.dispose()

    def __enter__(self) -> "Workspace":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_workspace(
    root: Path, database_url: str | None = None, second_factor_key: str | None = None
) -> Workspace:
    """Open an existing workspace.

    Parameters
    ----------
    root
        The workspace folder.
    database_url
        An SQLAlchemy address instead of riskmap.db (from RISKMAP_DATABASE_URL).
    second_factor_key
        What stands in for the key file (from RISKMAP_SECOND_FACTOR_KEY).

    Raises
    ------
    WorkspaceError
        The folder is no workspace, or its database is missing, damaged, locked, unreadable
        or was written by a newer riskmap.
    """
    settings_file = root / SETTINGS_FILE
    if not settings_file.is_file():
        raise WorkspaceError("这里不是 riskmap 工作区", root, f"先运行 riskmap init {root}")
    with clear_storage_errors(settings_file):
        settings = parse_settings(read_text(settings_file), str(settings_file))
    if database_url is None and not (root / DATABASE_FILE).is_file():
        raise WorkspaceError(
            "工作区缺少数据库",
            root / DATABASE_FILE,
            f"从备份恢复该文件；确认从头开始时运行 riskmap init {root}",
        )
    workspace = Workspace(root, settings, make_engine(root, database_url), second_factor_key)
    try:
        _bring_up_to_date(workspace)
    except BaseException:
        workspace.close()
        raise
    return workspace


def init_workspace(
    root: Path, name: str = "", code: str = "", database_url: str | None = None
) -> bool:
    """Make a workspace; what is already there is left as it is.

    Returns
    -------
    bool
        True when something was made, False when the workspace was already complete.

    Raises
    ------
    WorkspaceError
        The folder cannot be written, or a setting is wrong.
    """
    text = settings_text(name, code)
    parse_settings(text, SETTINGS_FILE)
    made = False
    with clear_storage_errors(root):
        if root.exists() and not root.is_dir():
            raise WorkspaceError("路径已存在且不是文件夹", root, "换一个文件夹")
        for folder in (root, *(root / part for part in FOLDERS)):
            made |= not folder.is_dir()
            folder.mkdir(parents=True, exist_ok=True)
        scheme = root / SchemeSettings().file
        if not scheme.exists():
            write_atomically(scheme, default_scheme_path().read_bytes())
            made = True
        if database_url is not None or not (root / DATABASE_FILE).exists():
            made |= _make_database(root, database_url)
        if not (root / SETTINGS_FILE).exists():
            write_atomically(root / SETTINGS_FILE, text)
            made = True
    return made


def make_engine(root: Path, database_url: str | None = None) -> sa.Engine:
    """Return an engine for riskmap.db below `root`, or for the given address.

    SQLite connections wait for a lock, check foreign keys, sync at every commit, and begin
    transactions by themselves (writing ones take the lock at once), so that DDL is
    transactional too.
    """
    if database_url is not None:
        try:
            url = sa.make_url(database_url)
            pool = POSTGRESQL_POOL if url.get_backend_name() == "postgresql" else {}
            engine = sa.create_engine(url, hide_parameters=True, **pool)
        except (sa.exc.ArgumentError, ImportError, ValueError) as error:
            raise WorkspaceError(
                "RISKMAP_DATABASE_URL 无法使用", str(error), "写成 postgresql+psycopg://… 的样子"
            ) from error
    else:
        url = sa.URL.create("sqlite", database=str(root / DATABASE_FILE))
        engine = sa.create_engine(url, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _set_up_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def read_text(path: Path) -> str:
    """Return the text of a UTF-8 file (a byte order mark is skipped).

    Raises
    ------
    WorkspaceError
        The file is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise WorkspaceError("文件不是 UTF-8 编码", path, "另存为 UTF-8 后再运行") from error


def settings_text(name: str = "", code: str = "") -> str:
    """Return a commented riskmap.toml for a district."""
    return _SETTINGS_TEXT.format(
        name=json.dumps(name.strip() or DistrictSettings().name, ensure_ascii=False),
        code=json.dumps(code.strip(), ensure_ascii=False),
        scheme=SchemeSettings().file,
    )


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all: a neighbour is written, synced and renamed."""
    draft = path.with_name(f".{path.name}.{os.getpid()}-{get_ident()}.part")
    data = content.encode("utf-8") if isinstance(content, str) else content
    try:
        with draft.open("wb") as handle:
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def write_where_asked(out: Path, name: str, content: bytes) -> Path:
    """Write a file that a user asked for to `out`, or as `name` where that is a folder.

    Raises
    ------
    RiskmapError
        It cannot be written there.
    """
    path = out / name if out.is_dir() else out
    if path.exists() and not path.is_file():
        raise RiskmapError("写不出文件", path, "这里不是普通文件，换一个能写的位置")
    try:
        with clear_storage_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, content)
    except OSError as error:
        raise RiskmapError("写不出文件", path, f"换一个能写的位置（{error.strerror}）") from error
    return path


def _set_up_sqlite(connection: Any, record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA secure_delete=ON")  # a backup copies pages: nothing replaced stays there
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("riskmap_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _bring_up_to_date(workspace: Workspace) -> None:
    """Check the database's version; run the migrations that it has not seen."""
    with workspace.read() as connection:
        revision = database_revision(connection)
    if revision == HEAD_REVISION:
        return
    if revision is None:
        raise WorkspaceError(
            "数据库不是 riskmap 的数据库", workspace.root, f"运行 riskmap init {workspace.root}"
        )
    with workspace.write() as connection:
        upgrade(connection)


def _make_database(root: Path, database_url: str | None) -> bool:
    """Create the tables; a SQLite file appears under its name only when complete."""
    if database_url is not None:
        workspace = Workspace(root, Settings(), make_engine(root, database_url))
        with workspace, workspace.write() as connection:
            fresh = database_revision(connection) is None
            upgrade(connection)
        return fresh
    with tempfile.TemporaryDirectory(prefix=".init-", dir=root) as folder:
        draft = Path(folder)
        workspace = Workspace(draft, Settings(), make_engine(draft))
        with workspace:
            with clear_storage_errors(root), workspace.engine.connect() as connection:
                raw = connection.connection.cursor()
                connection.rollback()
                raw.execute("PRAGMA journal_mode=WAL")
                raw.close()
            with workspace.write() as connection:
                upgrade(connection)
        (draft / DATABASE_FILE).chmod(OWNER_ONLY)
        (draft / DATABASE_FILE).replace(root / DATABASE_FILE)
    return True


_SETTINGS_TEXT = """\
# riskmap 工作区设置。改动后下一条命令即生效；写错时命令会指出是哪一项。

[district]
# 区县名称，印在图上和产品上，也用来认出发给本区的预警。
name = {name}
# 6 位行政区划代码，例如 "331003"（台湾为 5 位县市代码）；不知道时留空。
code = {code}
# 距离和面积用的 CGCS2000 三度带投影；不写时由镇街边界的中央经线得出。
# epsg = 4549
# 没有写明时区的时间按这个时区理解。
timezone = "Asia/Shanghai"
# 每天研判的时刻。
cutoff = "08:30"

[scheme]
# 评分方案文件（相对于本文件夹）。
file = "{scheme}"

[shelters]
# 人均有效避难面积目标，平方米/人（国家安全发展示范城市细则）。
target_m2_per_person = 1.5

[map]
# 底图瓦片地址；留空则不用底图，页面不连任何外部主机。
tiles = ""
# 底图的署名，与底图一同显示。
attribution = ""
# 底图的坐标：wgs84（天地图）、gcj02 或 bd09。
datum = "wgs84"
# 审图号；公开使用的地图须取得，填写后显示在图上。
review_number = ""

[access]
# 不登录也能看（姓名、电话打码）；false 时除登录页外都须登录。
anonymous_viewer = true
# 多少分钟没有操作就退出；登录后最长多少小时。
idle_minutes = 30
absolute_hours = 12
# 由反向代理提供 https 时设为 true：登录凭证只经 https 发送。
secure_cookie = false
# 统一身份认证（OpenID Connect）写在 [access.oidc]，见设置文档。
"""
