"""Photos of dangers: taken in, stored by the hash of what is kept, found again.

A photo lies below `photos/` of the workspace as `ab/abcd….jpg` (the sha256 of the file itself)
with its thumbnail `ab/abcd…-480.jpg`; the row in the table `photos` says when and by whom.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from riskmap.access.actors import Actor
from riskmap.access.audit import append
from riskmap.access.policy import Subject, authorise
from riskmap.errors import NotFoundError
from riskmap.ledger.photo_reading import THUMBNAIL_SIDE, ReadPhoto, read_photo
from riskmap.ledger.tables import photos
from riskmap.storage.errors import clear_storage_errors
from riskmap.workspace import Workspace, write_atomically

_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Photo:
    """A stored photo: the row of `riskmap.ledger.tables.photos`."""

    digest: str
    likeness: str
    width: int
    height: int
    bytes: int
    lon: float | None
    lat: float | None
    taken_at: datetime | None
    stored_at: datetime
    stored_by: str


def take_photo(ws: Workspace, actor: Actor, data: bytes, *, now: datetime) -> Photo:
    """Check a photo, re-encode it without metadata, store it; the same one again is not stored.

    Whoever may report something of their own may take photos, machines too.

    Raises
    ------
    PhotoError
        It is none (JPEG, PNG, WebP, HEIC by content), damaged, over 20 MB or 50 million pixels.
    ForbiddenError, SignInError
        The actor may not.
    """
    authorise(actor, "danger.report", _own(actor))
    read = read_photo(data, zone=ws.settings.zone, now=now)
    digest = hashlib.sha256(read.jpeg).hexdigest()
    _write(ws, digest, read)
    photo = Photo(
        digest=digest,
        likeness=read.likeness,
        width=read.width,
        height=read.height,
        bytes=len(read.jpeg),
        lon=read.lon,
        lat=read.lat,
        taken_at=read.taken_at,
        stored_at=now,
        stored_by=actor.login,
    )
    with ws.write() as connection:
        return _stored(connection, actor, photo, now)


def read_photo_row(ws: Workspace, digest: str) -> Photo:
    """Return what is known of a stored photo.

    Raises
    ------
    NotFoundError
        There is no such photo.
    """
    with ws.read() as connection:
        row = connection.execute(sa.select(photos).where(photos.c.digest == digest)).one_or_none()
    if row is None:
        raise NotFoundError("没有这张照片", digest[:12], "回到隐患页面重新打开")
    return Photo(**row._mapping)


def photo_file(ws: Workspace, actor: Actor, digest: str, *, thumbnail: bool = False) -> Path:
    """Return the file of a stored photo, or of its thumbnail (480 pixels).

    Raises
    ------
    SignInError, ForbiddenError
        Photos may show faces and number plates: only people who signed in see them.
    NotFoundError
        `digest` names no stored photo, or its file is missing (restore it from a backup).
    """
    authorise(actor, "read.photos")
    if not _DIGEST.fullmatch(digest):
        raise NotFoundError("没有这张照片", digest[:12], "回到隐患页面重新打开")
    path = _path(ws, digest, thumbnail=thumbnail)
    if not path.is_file():
        raise NotFoundError("照片文件不见了", digest[:12], "从备份恢复 photos 文件夹")
    return path


def _own(actor: Actor) -> Subject:
    """Return something that is the actor's own, wherever that is."""
    return Subject(actor.town, next(iter(actor.domains), None), actor.enterprise_id)


def _path(ws: Workspace, digest: str, *, thumbnail: bool = False) -> Path:
    ending = f"-{THUMBNAIL_SIDE}.jpg" if thumbnail else ".jpg"
    return ws.root / "photos" / digest[:2] / f"{digest}{ending}"


def _write(ws: Workspace, digest: str, read: ReadPhoto) -> None:
    """Write both files before the row that names them, each whole or not at all."""
    with clear_storage_errors(ws.root):
        for path, content in (
            (_path(ws, digest), read.jpeg),
            (_path(ws, digest, thumbnail=True), read.thumbnail),
        ):
            if not path.is_file():
                path.parent.mkdir(parents=True, exist_ok=True)
                write_atomically(path, content)


def _stored(connection: sa.Connection, actor: Actor, photo: Photo, now: datetime) -> Photo:
    """Insert the row, or return the one that was first, also when both come at once."""
    values: dict[str, Any] = photo.__dict__
    known = sa.select(photos).where(photos.c.digest == photo.digest)
    try:
        with connection.begin_nested():
            connection.execute(sa.insert(photos).values(**values))
    except sa.exc.IntegrityError:
        return Photo(**connection.execute(known).one()._mapping)
    after = {"bytes": photo.bytes, "width": photo.width, "height": photo.height}
    append(connection, actor, "photo.take", f"photos:{photo.digest}", now=now, after=after)
    return photo
