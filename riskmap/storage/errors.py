"""One place that turns the errors of disks and databases into a clear line with a mend."""

import errno
import json
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy.exc

from riskmap.errors import WorkspaceError

_FULL = "磁盘已满，未写入任何改动"
_FULL_MEND = "腾出空间后重新运行同一命令"
_READ_ONLY = "工作区不可写"
_READ_ONLY_MEND = "检查文件夹的权限，或改用可写的工作区（--workspace）"
_CORRUPT = "数据库已损坏，未作任何改动"
_CORRUPT_MEND = "保留 riskmap.db 原件，用最近的备份替换后再运行"

_SERVER = "检查 RISKMAP_DATABASE_URL 与数据库服务后重新运行"

_ERRNO = {
    errno.ENOSPC: (_FULL, _FULL_MEND),
    errno.EDQUOT: ("磁盘配额已用完，未写入任何改动", _FULL_MEND),
    errno.EFBIG: ("文件超过允许的大小，未写入任何改动", "放宽文件大小限制（ulimit -f）后重新运行"),
    errno.EROFS: (_READ_ONLY, _READ_ONLY_MEND),
    errno.EACCES: (_READ_ONLY, _READ_ONLY_MEND),
    errno.EPERM: (_READ_ONLY, _READ_ONLY_MEND),
    errno.EIO: ("磁盘读写出错", "检查磁盘后重新运行同一命令"),
}

_DATABASE = (
    ("database or disk is full", _FULL, _FULL_MEND),
    ("no space left on device", _FULL, _FULL_MEND),
    ("readonly database", _READ_ONLY, _READ_ONLY_MEND),
    ("read-only", _READ_ONLY, _READ_ONLY_MEND),
    ("unable to open database file", "数据库打不开", _READ_ONLY_MEND),
    ("file is not a database", _CORRUPT, _CORRUPT_MEND),
    ("malformed", _CORRUPT, _CORRUPT_MEND),
    ("disk i/o error", "数据库读写出错，未写入任何改动", "检查磁盘空间与权限后重新运行"),
    ("database is locked", "数据库正被另一个命令占用", "等它结束后重新运行同一命令"),
    ("locking protocol", "数据库正被另一个命令占用", "等它结束后重新运行同一命令"),
    ("no such table", "数据库缺少表，不是完整的 riskmap 数据库", _CORRUPT_MEND),
    ("password authentication failed", "数据库不接受这个账号或密码", _SERVER),
    ("no password supplied", "数据库不接受这个账号或密码", _SERVER),
    ("too many clients", "数据库的连接数已用完", "等别的连接结束，或调大 max_connections"),
    ("does not exist", "没有这个数据库或账号", _SERVER),
    ("starting up", "数据库正在启动或恢复", "稍后重新运行同一命令"),
    ("connection", "连不上数据库", _SERVER),
    ("resolve host", "连不上数据库", _SERVER),
)

_AGAIN = "重新运行同一命令"

_SQLSTATE = (
    ("53100", "数据库服务器的磁盘已满，未写入任何改动", _FULL_MEND),
    ("53200", "数据库服务器的内存不足，未写入任何改动", _AGAIN),
    ("53300", "数据库的连接数已用完", "等别的连接结束，或调大 max_connections"),
    ("25006", "数据库是只读的，未写入任何改动", "检查是否连到了备用库，或库被设成了只读"),
    ("42501", "数据库账号没有这项权限，未作任何改动", "请数据库管理员授权，或换一个账号"),
    ("28", "数据库不接受这个账号或密码", "检查 RISKMAP_DATABASE_URL 里的账号与密码"),
    ("3D000", "没有这个数据库", "先建好空库，或检查 RISKMAP_DATABASE_URL"),
    ("42P01", "数据库缺少表，不是完整的 riskmap 数据库", "从最近的备份恢复"),
    ("55P03", "数据库正被另一个命令占用", "等它结束后重新运行同一命令"),
    ("40", "数据库里两个写入互相冲突，未写入任何改动", _AGAIN),
    ("57P03", "数据库正在启动或恢复", "稍后" + _AGAIN),
    ("57P", "数据库服务中断，未写入任何改动", _SERVER),
    ("57014", "数据库取消了这条语句，未写入任何改动", _AGAIN),
    ("58", "数据库服务器读写出错，未写入任何改动", "检查数据库服务器的磁盘后重新运行"),
    ("XX", "数据库已损坏，未作任何改动", "从最近的备份恢复"),
    ("08", "连不上数据库", _SERVER),
)
"""PostgreSQL's codes (or the beginning of one): they do not depend on the server's language."""


@contextmanager
def clear_storage_errors(place: object = "") -> Iterator[None]:
    """Raise WorkspaceError for errors of the disk or the database; let all others through.

    A stored document that is no JSON any more is an error of the database too: JSON files of the
    user are checked where they are read.

    Parameters
    ----------
    place
        What was being touched, shown when the error itself names no file.
    """
    try:
        yield
    except sqlalchemy.exc.DBAPIError as error:
        raise database_error(error, place) from error
    except json.JSONDecodeError as error:
        raise WorkspaceError("库里存的成果已损坏，未作任何改动", place, _CORRUPT_MEND) from error
    except OSError as error:
        known = disk_error(error, place)
        if known is None:
            raise
        raise known from error


def disk_error(error: OSError, place: object = "") -> WorkspaceError | None:
    """Return the clear error of an OSError, or None when it is not about the disk."""
    number = error.errno
    if number is None and "no space left on device" in str(error).lower():
        number = errno.ENOSPC
    if number not in _ERRNO:
        return None
    what, mend = _ERRNO[number]
    return WorkspaceError(what, error.filename or place, mend)


def database_error(error: sqlalchemy.exc.DBAPIError, place: object = "") -> WorkspaceError:
    """Return the clear error of a database error; an unknown one is shown as it is.

    Raises
    ------
    sqlalchemy.exc.DBAPIError
        The statement itself is wrong (a programming error, not the user's).
    """
    said = str(error.orig)
    code = str(getattr(error.orig, "sqlstate", None) or "")
    for beginning, what, mend in _SQLSTATE:
        if code.startswith(beginning):
            return WorkspaceError(what, said.splitlines()[0], mend)
    for sign, what, mend in _DATABASE:
        if sign in said.lower():
            return WorkspaceError(what, place or said.splitlines()[0], mend)
    if isinstance(error, sqlalchemy.exc.OperationalError):
        return WorkspaceError("数据库出错", said.splitlines()[0], "改正后重新运行同一命令")
    raise error
