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
    ("connection", "连不上数据库", "检查 RISKMAP_DATABASE_URL 与数据库服务"),
)


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
    for sign, what, mend in _DATABASE:
        if sign in said.lower():
            return WorkspaceError(what, place or said.splitlines()[0], mend)
    if isinstance(error, sqlalchemy.exc.OperationalError):
        return WorkspaceError("数据库出错", said.splitlines()[0], "改正后重新运行同一命令")
    raise error
