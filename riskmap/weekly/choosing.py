"""Choose what a week is computed from: its moment, layers, scheme, the published weeks before."""

from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version

from riskmap.canonical import iso
from riskmap.errors import RiskmapError
from riskmap.records.reading import read_deliveries
from riskmap.schemes import scheme_in_use, weekly_of
from riskmap.weekly.ground import snapshots_as_known
from riskmap.weekly.measures import WeekMoment
from riskmap.weekly.moments import last_learnt, parse_week, previous_week, week_moment
from riskmap.weekly.reason_texts import LONGEST, fault_of, says_nothing
from riskmap.weekly.stored import StoredWeek, published_weeks, revisions
from riskmap.weekly.worked import WeekBasis
from riskmap.workspace import Workspace
from scoring.schemes.scheme import Scheme


def choose_basis(
    ws: Workspace,
    week: str,
    *,
    now: datetime,
    as_of: datetime | None = None,
    reason: str | None = None,
) -> WeekBasis:
    """Pin what a week is computed from."""
    name, why = parse_week(week), _why(reason)
    moment = week_moment(ws, name, now, as_of)
    scheme = scheme_in_use(ws)
    weekly_of(scheme)
    _refuse_other_times(scheme, moment)
    with ws.read() as connection:
        published = [one for one in revisions(connection, name) if one.published]
        listed = published_weeks(connection, before=name, until=as_of)
    corrects = None
    if why is not None:
        moment = _with_later_facts(ws, moment, now, as_of)
        corrects = _corrected_revision(published, moment, why)
    elif moment.known_until > moment.at:
        raise RiskmapError(
            "截止之后才知道的不计入本周",
            iso(moment.known_until),
            "确要计入（更正、补算），写明理由（--reason）",
        )
    _refuse_without_records(ws, moment)
    snapshots = snapshots_as_known(ws, moment.known_until)
    before = previous_week(ws, name)
    code_version = version("riskmap")
    return WeekBasis(moment, before, snapshots, scheme, tuple(listed), corrects, why, code_version)


def _why(reason: str | None) -> str | None:
    text = (reason or "").strip()
    fault = fault_of(text)
    if fault:
        said = "理由太长" if len(text) > LONGEST else "理由不能用"
        raise RiskmapError(said, f"{len(text)} 字", fault)
    return None if says_nothing(text) else text


def _refuse_other_times(scheme: Scheme, moment: WeekMoment) -> None:
    if not scheme.valid_from <= moment.at.date() <= scheme.valid_to:
        raise RiskmapError(
            f"评分方案 {scheme.version} 的有效期不含这一周",
            moment.week,
            f"有效期 {scheme.valid_from} 至 {scheme.valid_to}，请换用当时的方案",
        )


def _with_later_facts(
    ws: Workspace, moment: WeekMoment, now: datetime, as_of: datetime | None
) -> WeekMoment:
    """Return the moment of a correction or late computation: known until what was learnt last."""
    until = as_of or max(last_learnt(ws, moment.window, now), moment.at)
    if now < moment.at or until < moment.at:
        raise RiskmapError(
            "本周还没有截止，不需要写理由", iso(moment.at), "去掉 --reason，截止前算的是初稿"
        )
    return WeekMoment(moment.week, moment.window, until)


def _corrected_revision(
    published: Sequence[StoredWeek], moment: WeekMoment, reason: str
) -> int | None:
    """Return the published revision that is corrected, None where there is none.

    The same correction made again says the same.
    """
    if not published:
        return None
    newest = published[-1]
    again = newest.reason == reason and newest.known_until == moment.known_until
    return newest.corrects if again else newest.revision


def _refuse_without_records(ws: Workspace, moment: WeekMoment) -> None:
    """Raise where no record at all was known yet: every town would only be grey."""
    if read_deliveries(ws, None, moment.known_until).empty:
        raise RiskmapError(
            "到这一周截止时还没有任何记录",
            f"{moment.week}，截止 {iso(moment.at)}",
            "要用之后才录入的数据补算，写明理由（--reason）",
        )
