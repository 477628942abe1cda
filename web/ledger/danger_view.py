"""What the page of one danger says: facts, stages, history, notes, as words in one language.

Names of persons and phone numbers are shown to those whom the policy lets see them (`persons`),
masked to all others; codes, dates and choices are written as readers know them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from riskmap.ledger.deadlines import overdue_days
from riskmap.ledger.states import DONE, State
from riskmap.ledger.versions import Danger, Step
from web.formatting import full_date, short_date
from web.privacy import masked
from web.texts.lookup import Texts

FACTS = (
    "found_at", "reported_by", "community", "enterprise_id", "place", "responsible_unit",
    "responsible_person", "deadline", "listed_until", "transferred_to",
)  # fmt: skip
DAYS = ("deadline", "listed_until", "extension_until")
DEGREES = ("lon", "lat")
PERSONS = ("responsible_person", "reported_by", "extension_asked_by")
STAGES = (
    State.FOUND,
    State.EXPOSED,
    State.ASSIGNED,
    State.RECTIFIED,
    State.RECHECKED,
    State.CLOSED,
)
STAMP = {
    State.FOUND: "found_at",
    State.EXPOSED: "exposed_at",
    State.ASSIGNED: "assigned_at",
    State.RECTIFIED: "rectified_at",
    State.RECHECKED: "rechecked_at",
    State.CLOSED: "closed_at",
}
STANDS_AT = {
    State.RETURNED: State.ASSIGNED,
    State.TRANSFERRED: State.FOUND,
    State.VOID: State.FOUND,
}
"""States beside the chain, and the stage at which they are shown."""
SILENT_CHANGES = ("state", "exposed_at", "assigned_at", "rectified_at", "rechecked_at",
                  "closed_at", "listed_at", "reported_by", "extension_asked_by")  # fmt: skip
CLIPPED = 60
LATE_S = 60
"""A step entered at least this long after it happened says so [s]."""


@dataclass(frozen=True)
class Words:
    """How values are written: language, zone, names of towns, whether persons, photos are shown."""

    t: Texts
    zone: ZoneInfo
    towns: Mapping[str, str]
    persons: bool
    pictures: bool = True

    def text(self, value: object) -> str:
        """Return a free text, with phone numbers masked for those who may not see them."""
        shown = str(value)
        return shown if self.persons else masked(shown)

    def person(self, name: object) -> str:
        """Return a person's name, the first character of it for those who may not see it."""
        shown = str(name)
        return shown if self.persons or not shown else shown[:1] + "**"

    def day(self, value: object) -> str:
        """Return a date, its year included, of a date, moment or ISO text."""
        return full_date(self.local(value), self.t.language)

    def moment(self, value: object) -> str:
        """Return day and time in the district's zone."""
        at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        return f"{self.day(at)} {self.clock(at)}"

    def clock(self, at: datetime) -> str:
        """Return hours and minutes in the district's zone."""
        return at.astimezone(self.zone).strftime("%H:%M")

    def local(self, value: object) -> date:
        """Return the day in the district's zone."""
        found = value if isinstance(value, date) else datetime.fromisoformat(str(value))
        return found.astimezone(self.zone).date() if isinstance(found, datetime) else found

    def value(self, name: str, value: object) -> str:
        """Return the value of a field as readers know it."""
        if value is None or value == "":
            return self.t("danger_nothing")
        if name.endswith("_at") or name == "held_from":
            return self.moment(value)
        if name in _CHOICES:
            known = str(value) in _CHOICES[name]
            return self.t(f"{name}_{value}") if known else self.text(value)
        writers: Mapping[str, Callable[[object], str]] = {
            **dict.fromkeys(PERSONS, self.person),
            **dict.fromkeys(DAYS, self.day),
            **dict.fromkeys(DEGREES, lambda degrees: f"{float(str(degrees)):.6f}"),
            "town": lambda code: self.towns.get(str(code), str(code)),
        }
        return writers.get(name, self.text)(value)


_CHOICES = {
    "state": frozenset(str(state) for state in State),
    "grade": frozenset({"general", "major"}),
    "term": frozenset({"town", "district"}),
}


def danger_view(danger: Danger, due: date, today: date, words: Words) -> dict[str, Any]:
    """Return what the page of one danger shows."""
    found, t = danger.record, words.t
    late = 0 if danger.state in DONE else overdue_days(due, today)
    return {
        "number": danger.number,
        "href": address_of(danger.number),
        "version": danger.version,
        "description": words.text(found["description"] or danger.number),
        "town_name": words.value("town", found["town"]),
        "domain": words.text(found["domain"] or ""),
        "state_name": t(f"state_{danger.state}"),
        "grade_name": words.value("grade", found["grade"]),
        "late": late > 0,
        "due_sentence": f"{t('field_deadline')} {words.day(due)} · "
        + (
            _closed_later(danger, due, words)
            or due_of_state(
                danger.state,
                due,
                today,
                t,
                words.local(found["closed_at"]) if found["closed_at"] else None,
            )
        ),
        "notes": _notes(danger, words),
        "stages": _stages(danger, words),
        "facts": [
            {"label": t(f"field_{name}"), "value": words.value(name, found[name])}
            for name in FACTS
            if found[name] is not None
        ],
        "photos": [one for step in danger.steps for one in photos_of(step, words)],
        "photos_hidden": bool(danger.photos) and not words.pictures,
        "steps": [step_view(step, words) for step in reversed(danger.steps)],
    }


def _closed_later(danger: Danger, due: date, words: Words) -> str:
    """Return that a closing in time was entered when its day was over; "" when it was not."""
    step, closed_at = danger.last("close"), danger.record["closed_at"]
    if step is None or closed_at is None or not words.local(closed_at) <= due:
        return ""
    if words.local(step.learnt_at) <= due:
        return ""
    return words.t("due_closed_entered", when=words.moment(step.learnt_at))


def due_of_state(
    state: State, due: date, today: date, t: Texts, closed_on: date | None = None
) -> str:
    """Return how a danger stands to its deadline; one that is void has nothing to keep."""
    return t("due_void") if state is State.VOID else due_text(due, today, t, closed_on)


def due_text(due: date | None, today: date, t: Texts, closed_on: date | None = None) -> str:
    """Return how a danger stands to its deadline: days over, days left, or how it was closed."""
    if due is None:
        return t("due_none")
    if closed_on is not None:
        late = (closed_on - due).days
        return t("due_closed_late", days=late) if late > 0 else t("due_closed_in_time")
    left = (due - today).days
    if left < 0:
        return t("due_over", days=-left)
    return t("due_today") if left == 0 else t("due_in", days=left)


def step_view(step: Step, words: Words) -> dict[str, Any]:
    """Return one step of the history."""
    t, who = words.t, words.person(step.actor_name)
    when = words.moment(step.held_at)
    if abs((step.learnt_at - step.held_at).total_seconds()) >= LATE_S:
        same = words.local(step.held_at) == words.local(step.learnt_at)
        learnt = words.clock(step.learnt_at) if same else words.moment(step.learnt_at)
        when += t("danger_learnt", when=learnt)
    first = step.before is None
    return {
        "title": t(f"step_{step.action}"),
        "when": when,
        "who": who,
        "comment": words.text(step.comment) if step.comment else "",
        "changes": [] if first else _changes(step.changes, words),
        "photos": photos_of(step, words),
    }


def photos_of(step: Step, words: Words) -> list[dict[str, Any]]:
    """Return the photos of a step with their addresses and what stands below them.

    None for a reader who may not see photos: the page then says that there are some.
    """
    if not words.pictures:
        return []
    title, when = (
        words.t(f"step_{step.action}"),
        short_date(words.local(step.held_at), words.t.language),
    )
    return [
        {
            "href": f"/photos/{digest}.jpg",
            "small": f"/photos/{digest}-480.jpg",
            "said": words.t("danger_photo_of", step=title, when=when),
            "caption": f"{title} {when}",
        }
        for digest in step.photos
    ]


def address_of(number: str) -> str:
    """Return the address of a danger's page."""
    return f"/dangers/{quote(number, safe='')}"


def _changes(changes: Mapping[str, Sequence[Any]], words: Words) -> list[str]:
    """Return what an action changed, besides what its name says already."""
    return [
        words.t(
            "danger_changed",
            field=words.t(f"field_{name}"),
            before=_clipped(words.value(name, before)),
            after=_clipped(words.value(name, after)),
        )
        for name, (before, after) in changes.items()
        if name not in SILENT_CHANGES
    ]


def _clipped(text: str) -> str:
    return text if len(text) <= CLIPPED else text[:CLIPPED] + "…"


def _asked_by(danger: Danger) -> str:
    """Return the name of whoever asked for the extension; the record holds the login."""
    names = {step.actor: step.actor_name for step in danger.steps if step.action == "extend_ask"}
    login = str(danger.record["extension_asked_by"] or "")
    return names.get(login, login)


def _notes(danger: Danger, words: Words) -> list[str]:
    """Return the sentences that stand below the title: what is pending."""
    found, t = danger.record, words.t
    notes = []
    if found["extension_until"] is not None:
        who, until = (
            words.person(_asked_by(danger)),
            words.day(found["extension_until"]),
        )
        notes.append(t("danger_extension_asked", who=who, until=until))
    if danger.state is State.TRANSFERRED:
        notes.append(
            t("danger_transferred", unit=words.value("transferred_to", found["transferred_to"]))
        )
    if found["listed_at"] is not None and danger.state not in DONE and found["listed_until"]:
        notes.append(t("danger_listed_until", until=words.day(found["listed_until"])))
    return notes


def _stages(danger: Danger, words: Words) -> list[dict[str, str]]:
    """Return the stages of the loop with where the danger stands; 曝光 only when it was exposed."""
    found = danger.record
    here = STANDS_AT.get(danger.state, danger.state)
    shown = [one for one in STAGES if one is not State.EXPOSED or found["exposed_at"] is not None]
    place = shown.index(here) if here in shown else 0
    stages = []
    for i, stage in enumerate(shown):
        stamp = found[STAMP[stage]]
        passed = i < place or danger.state is State.CLOSED
        status = "past" if passed else "here" if i == place else "next"
        name = (
            f"state_{danger.state}"
            if i == place and danger.state in STANDS_AT
            else f"stage_{stage}"
        )
        day = short_date(words.local(stamp), words.t.language) if stamp and i <= place else ""
        stages.append({"name": words.t(name), "status": status, "day": day})
    return stages
