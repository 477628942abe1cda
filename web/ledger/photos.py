"""`/photos/{digest}.jpg`: photos of dangers, for people who signed in."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import FileResponse, Response

from riskmap.ledger.photos import photo_file
from web.access import actor_of
from web.rendering import workspace_of

router = APIRouter(include_in_schema=False)
FOREVER = "private, max-age=31536000, immutable"
Digest = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]


@router.get("/photos/{digest}-480.jpg")
def thumbnail(request: Request, digest: Digest) -> Response:
    """Send a photo, at most 480 pixels."""
    return _photo(request, digest, thumbnail=True)


@router.get("/photos/{digest}.jpg")
def photo(request: Request, digest: Digest) -> Response:
    """Send a photo as it is stored."""
    return _photo(request, digest, thumbnail=False)


def _photo(request: Request, digest: str, *, thumbnail: bool) -> Response:
    workspace, actor = workspace_of(request), actor_of(request)
    path = photo_file(workspace, actor, digest, thumbnail=thumbnail)
    return FileResponse(path, media_type="image/jpeg", headers={"Cache-Control": FOREVER})
