"""Publishing a week: which revision the committee has approved; its cards are raised with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from riskmap.access import audit
from riskmap.access.actors import Actor
from riskmap.access.policy import authorise
from riskmap.canonical import iso
from riskmap.daily.publishing import approver
from riskmap.errors import ConflictError, NotFoundError, RiskmapError
from riskmap.ledger.gaming import week_window
from riskmap.records.storing import queue_writers
from riskmap.weekly.cards.raising import foreseen, raise_cards
from riskmap.weekly.cards.versions import Card
from riskmap.weekly.moments import last_learnt, parse_week
from riskmap.weekly.stored import StoredWeek, document_of, revisions
from riskmap.weekly.tables import week_publications
from riskmap.workspace import Workspace


@dataclass(frozen=True)
class PublishedWeek:
    """The revision that is published, whether it was already, and the cards raised with it."""

    week: str
    revision: int
    already: bool
    corrects: int | None
    cards: tuple[Card, ...]


@dataclass(frozen=True)
class Draft:
    """The newest revision of a week where it waits for publication, and what that would raise.

    `hindrance` says why it cannot be published now: "open" before the cut-off, "early" where it
    was computed before it, "behind" where what is published knew more, "" when it can be;
    `cards` is town → given, proposed, each {card, odds}.
    """

    week: str
    revision: int
    corrects: int | None
    hindrance: str
    cards: Mapping[str, Mapping[str, Mapping[str, Any]]]


def waiting_draft(ws: Workspace, week: str, now: datetime) -> Draft | None:
    """Return the newest revision of a week where it is a draft, None where it is published.

    Raises
    ------
    NotFoundError
        The week was never computed.
    """
    with ws.read() as connection:
        found = _stored(connection, parse_week(week))
        newest = found[-1]
        if newest.published:
            return None
        hindrance = _hindrance(ws, found, now)
        cards = {} if hindrance else foreseen(connection, ws, document_of(connection, newest.id))
    return Draft(newest.week, newest.revision, newest.corrects, hindrance, cards)


def publish_week(
    ws: Workspace,
    actor: Actor,
    week: str,
    *,
    by: str,
    now: datetime,
    held_back: Mapping[str, str] | None = None,
    revision: int | None = None,
) -> PublishedWeek:
    """Publish the newest revision of a week; what was published before is kept beside it.

    Cards that the week raises are raised in the same transaction: either both are there or
    neither.

    Parameters
    ----------
    week
        "2026-W26".
    by
        Who approves, by name or post.
    now
        The present moment, with zone.
    held_back
        Town → reason: a card that would be given to it is held instead.
    revision
        The one that the person saw; None: whatever is the newest.

    Raises
    ------
    NotFoundError
        The week was never computed.
    ConflictError
        A newer revision was computed since, or it is published already and something was to be
        held back.
    FieldsError
        What is held back cannot be (`raise_cards`).
    RiskmapError
        Nobody is named, the newest revision was computed before the cut-off or knows less than
        what is published, or the cut-off of the week is not over.
    SignInError, ForbiddenError
        The actor may not publish.
    """
    authorise(actor, "week.publish")
    name = parse_week(week)
    person = approver(by)
    with ws.write() as connection:
        queue_writers(connection)
        found = _stored(connection, name)
        newest = found[-1]
        _refuse_unseen(newest, revision, held_back or {})
        if newest.published:
            return PublishedWeek(name, newest.revision, True, newest.corrects, ())
        _refuse_unfinished(ws, found, now)
        connection.execute(
            sa.insert(week_publications).values(
                week_id=newest.id, published_at=now, published_by=person
            )
        )
        audit.append(
            connection,
            actor,
            "week.publish",
            f"week:{name}#{newest.revision}",
            now=now,
            after={"by": person, "digest": newest.digest, "corrects": newest.corrects},
            reason=newest.reason or "",
        )
        document = document_of(connection, newest.id)
        raised = raise_cards(
            connection, ws, actor, document, revision=newest.revision, now=now, held_back=held_back
        )
    return PublishedWeek(name, newest.revision, False, newest.corrects, tuple(raised))


def _stored(connection: sa.Connection, week: str) -> list[StoredWeek]:
    found = revisions(connection, week)
    if not found:
        raise NotFoundError("没有这一周的成果", week, f"先运行 riskmap weekly --week {week}")
    return found


def _refuse_unseen(newest: StoredWeek, revision: int | None, held_back: Mapping[str, str]) -> None:
    yours = {"revision": revision, "held_back": dict(held_back)}
    theirs = {"revision": newest.revision, "published": newest.published}
    if revision is not None and revision != newest.revision:
        raise ConflictError(
            "已有另一稿",
            f"{newest.week} 现为第 {newest.revision} 版，您看到的是第 {revision} 版",
            "看过现在这一稿再发布",
            yours=yours,
            theirs=theirs,
        )
    if newest.published and held_back:
        raise ConflictError(
            "这一稿已发布，牌已发出",
            f"{newest.week} 第 {newest.revision} 版",
            "要暂缓，到牌的页面办理（riskmap card hold）",
            yours=yours,
            theirs=theirs,
        )


def _hindrance(ws: Workspace, found: Sequence[StoredWeek], now: datetime) -> str:
    newest = found[-1]
    if now < newest.at:
        return "open"
    if newest.preliminary:
        return "early"
    return "behind" if _behind(ws, found) else ""


def _behind(ws: Workspace, found: Sequence[StoredWeek]) -> bool:
    """Tell whether a published revision counted facts that the newest does not know."""
    newest, window = found[-1], week_window(ws, found[-1].week)
    return any(
        one.published
        and one.known_until > newest.known_until
        and last_learnt(ws, window, one.known_until) > newest.known_until
        for one in found
    )


def _refuse_unfinished(ws: Workspace, found: Sequence[StoredWeek], now: datetime) -> None:
    newest, hindrance = found[-1], _hindrance(ws, found, now)
    at = newest.at.astimezone(ws.settings.zone)
    if hindrance == "open":
        raise RiskmapError("本周还没有截止，不能发布", newest.week, f"截止时刻 {iso(at)}")
    if hindrance == "behind":
        raise RiskmapError(
            "最新一稿比已发布的知道得少，不能发布",
            f"{newest.week} 第 {newest.revision} 版，"
            f"计到 {iso(newest.known_until.astimezone(ws.settings.zone))}",
            f"先运行 riskmap weekly --week {newest.week} --reason 理由",
        )
    if hindrance:
        raise RiskmapError(
            "最新一稿是截止前的初稿，不能发布",
            f"{newest.week} 第 {newest.revision} 版",
            f"先运行 riskmap weekly --week {newest.week}",
        )
