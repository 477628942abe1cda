"""What the pages of dangers need from a request: words, choices, photos that came with a form."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import FormData, UploadFile

from riskmap.access.policy import Subject, may
from riskmap.errors import NotFoundError
from riskmap.ledger.deadlines import dues_by_term
from riskmap.ledger.ground import Ground, ground_in_use
from riskmap.ledger.photo_reading import MAX_BYTES, PhotoError
from riskmap.ledger.photos import Photo, read_photo_row, take_photo
from riskmap.schemes import scheme_in_use
from web.access import actor_of, moment_of
from web.csrf import FIELDS_AT_MOST, FILES_AT_MOST
from web.ledger.danger_forms import Choices
from web.ledger.danger_view import Words
from web.rendering import language_of, workspace_of
from web.texts.lookup import Texts


async def form_of(request: Request) -> FormData:
    """Return the form that was sent; routes in a worker thread take it as a dependency."""
    return await request.form(max_files=FILES_AT_MOST, max_fields=FIELDS_AT_MOST)


Form = Annotated[FormData, Depends(form_of)]


@dataclass(frozen=True)
class Taken:
    """Photos of a form: those stored now or before, and why the others could not be taken."""

    photos: tuple[Photo, ...]
    faults: tuple[str, ...]

    @property
    def digests(self) -> list[str]:
        """Return what names the photos, each once."""
        return list(dict.fromkeys(photo.digest for photo in self.photos))


def ground_of(request: Request) -> Ground | None:
    """Return the towns in use, None before the first import."""
    try:
        return ground_in_use(workspace_of(request))
    except NotFoundError:
        return None


def words_of(request: Request, subject: Subject) -> Words:
    """Return how a danger's page is written for this reader."""
    ground = ground_of(request)
    towns = dict(zip(ground.codes, ground.names, strict=True)) if ground else {}
    return Words(
        Texts(language_of(request)),
        workspace_of(request).settings.zone,
        towns,
        may(actor_of(request), "read.persons", subject),
        may(actor_of(request), "read.photos"),
    )


def choices_of(request: Request) -> Choices:
    """Return the towns and domains that a form offers."""
    ground, scheme = ground_of(request), scheme_in_use(workspace_of(request))
    towns = list(zip(ground.codes, ground.names, strict=True)) if ground else []
    domains = [(domain, domain) for domain in scheme.domains]
    return Choices(towns, domains, partial(dues_by_term, scheme))


def local_now(request: Request) -> datetime:
    """Return the moment of the request in the district's zone."""
    return moment_of(request).astimezone(workspace_of(request).settings.zone)


def take_photos(request: Request, form: FormData) -> Taken:
    """Store the photos of a form and find the ones kept from before; a bad one is a fault.

    Raises
    ------
    SignInError, ForbiddenError
        This person may not bring photos.
    """
    workspace, actor, now = workspace_of(request), actor_of(request), moment_of(request)
    taken: list[Photo] = []
    faults: list[str] = []
    for digest in _texts(form, "kept"):
        try:
            taken.append(read_photo_row(workspace, digest))
        except NotFoundError as error:
            faults.append(str(error))
    for upload in form.getlist("photos"):
        if isinstance(upload, UploadFile) and (upload.filename or upload.size):
            # One byte more than is allowed is enough to be told so: 50 MB are not read.
            data = upload.file.read(MAX_BYTES + 1)
            try:
                taken.append(take_photo(workspace, actor, data, now=now))
            except PhotoError as error:
                faults.append(
                    f"{upload.filename or ''}：{error}" if upload.filename else str(error)
                )
    return Taken(tuple(taken), tuple(faults))


def _texts(form: FormData, name: str) -> Sequence[str]:
    return [value for value in form.getlist(name) if isinstance(value, str) and value]
