"""Weeks as they are stored, published, corrected and replayed, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pandas as pd
import pytest
import sqlalchemy as sa

from riskmap.access.actors import Actor, Role, anonymous
from riskmap.access.tables import audit
from riskmap.errors import ForbiddenError, NotFoundError, RiskmapError, SignInError
from riskmap.imports import ReadOptions, import_layer
from riskmap.weekly.computing import compute_week, store_week
from riskmap.weekly.publishing import publish_week
from riskmap.weekly.replaying import replay_week
from riskmap.weekly.stored import documents_of, published_weeks
from riskmap.weekly.tables import cards, week_publications, week_towns, weeks
from riskmap.weekly.weeks import (
    list_revisions,
    list_weeks,
    published_indexes,
    read_town_week,
    read_week,
    trend,
)
from tests.riskmap.weekly.weeks.conftest import (
    CODES,
    CUTOFF,
    MONDAY,
    NAMES,
    OFFICE,
    SECOND,
    WEEK,
    WeekDistrict,
    usual_week,
)

VIEWER = Actor("viewer", "看客", Role.VIEWER)
INSPECTOR = Actor("inspector", "检查员", Role.INSPECTOR, domains=("消防",))


def rows(district: WeekDistrict, table: sa.Table) -> int:
    with district.ws.read() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def test_a_week_from_draft_to_correction(either: WeekDistrict) -> None:
    usual_week(either)
    draft = either.compute()
    assert (draft["status"], draft["revision"], draft["preliminary"]) == ("draft", 1, False)
    assert either.compute()["revision"] == 1  # the same again writes nothing
    assert (rows(either, weeks), rows(either, week_towns)) == (1, 3)

    done = either.publish()
    assert (done.revision, done.already, done.corrects) == (1, False, None)
    assert either.publish().already
    shown = read_week(either.ws, WEEK)
    assert (shown["status"], shown["published_by"]) == ("published", "安委办")
    assert shown["published_at"] == "2026-06-15T09:00:00+08:00"

    # what came late is no part of the week; with a reason it makes a new revision
    late = MONDAY + timedelta(hours=1)
    either.deliver(WEEK, {CODES[2]: 0.95}, learnt=late)
    now = late + timedelta(hours=1)
    assert either.compute(now=now)["revision"] == 1
    second = either.compute(now=now, reason="丙街道报送有误")
    assert second["corrects"] == {"revision": 1, "reason": "丙街道报送有误"}
    assert (second["revision"], second["status"]) == (2, "draft")
    assert second["towns"][2]["index"] == pytest.approx(95)
    assert either.compute(now=now, reason="丙街道报送有误")["revision"] == 2

    assert read_week(either.ws, WEEK)["revision"] == 1  # until it is published
    assert either.publish(now=now).corrects == 1
    assert read_week(either.ws, WEEK)["revision"] == 2
    kept = read_week(either.ws, WEEK, 1)
    assert kept["provenance"] == shown["provenance"]  # with its digest
    assert kept["towns"][2]["index"] == shown["towns"][2]["index"] == pytest.approx(70)
    assert either.compute(now=now, reason="丙街道报送有误")["revision"] == 2  # again: the same
    assert [one["revision"] for one in list_revisions(either.ws, WEEK)] == [2, 1]
    assert [(one["week"], one["revision"], one["revisions"]) for one in list_weeks(either.ws)] == [
        (WEEK, 2, 2)
    ]
    assert replay_week(either.ws, WEEK, 1).equal
    assert replay_week(either.ws, WEEK).equal

    # as it was known between the two publications, and after
    before = published_indexes(either.ws, now - SECOND)
    assert before["index"].tolist() == pytest.approx([97, 88, 70])
    assert published_indexes(either.ws)["index"].tolist() == pytest.approx([97, 88, 95])


def test_another_result_of_a_published_week_is_refused_without_a_reason(
    either: WeekDistrict,
) -> None:
    usual_week(either)
    either.compute()
    either.publish()
    scheme = either.ws.scheme_path
    text = scheme.read_text("utf-8")
    changed = text.replace('version = "default-2026.3"', 'version = "default-2026.9"')
    assert changed != text
    scheme.write_text(changed, "utf-8")
    with pytest.raises(RiskmapError, match="已发布，重算的结果不同"):
        either.compute()
    assert rows(either, weeks) == 1
    assert replay_week(either.ws, WEEK).equal  # by the scheme that it names


def test_a_new_version_of_the_code_alone_is_no_correction(
    district: WeekDistrict, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual_week(district)
    district.compute()
    district.publish()
    monkeypatch.setattr("riskmap.weekly.choosing.version", lambda _: "99.0")
    assert district.compute()["revision"] == 1
    assert rows(district, weeks) == 1
    assert replay_week(district.ws, WEEK).equal
    district.deliver(WEEK, {CODES[2]: 0.95}, learnt=CUTOFF - timedelta(minutes=1))
    with pytest.raises(RiskmapError, match="重算的结果不同"):
        district.compute()


def test_the_sequence_of_weeks_is_read_as_shown(either: WeekDistrict) -> None:
    for week, score in (("2026-W22", 0.8), ("2026-W23", 0.7)):
        either.deliver(week, dict.fromkeys(CODES, score), learnt=either.hour_before(week))
        either.compute(week)
    either.publish("2026-W22")
    usual_week(either)
    either.compute()
    assert [one["week"] for one in list_weeks(either.ws)] == [WEEK, "2026-W23", "2026-W22"]
    found = trend(either.ws, CODES[0], WEEK)
    assert [(one["week"], one["status"]) for one in found] == [
        ("2026-W22", "published"),
        ("2026-W23", "draft"),
        (WEEK, "draft"),
    ]
    assert [one["index"] for one in found] == pytest.approx([80, 70, 97])
    assert [one["week"] for one in trend(either.ws, CODES[0], WEEK, 2)] == ["2026-W23", WEEK]
    assert read_town_week(either.ws, WEEK, CODES[0])["trend"] == found
    text = either.ws.scheme_path.read_text(encoding="utf-8")
    fewer = text.replace("trend_weeks = 26", "trend_weeks = 2")
    either.ws.scheme_path.write_text(fewer, encoding="utf-8")
    assert read_town_week(either.ws, WEEK, CODES[0])["trend"] == found[1:]
    assert published_indexes(either.ws)["week"].unique().tolist() == ["2026-W22"]


def test_documents_come_in_order_of_weeks_not_of_storing(either: WeekDistrict) -> None:
    """Usual rates are sums over them: in another order their last digit could be another one."""
    for week in ("2026-W23", "2026-W22"):
        either.deliver(week, dict.fromkeys(CODES, 0.8), learnt=either.hour_before(week))
        either.compute(week)
        either.publish(week)
    with either.ws.read() as connection:
        found = documents_of(connection, published_weeks(connection))
    assert list(found) == ["2026-W22", "2026-W23"]


def test_a_layer_first_imported_later_does_not_reach_into_a_stored_week(
    district: WeekDistrict,
) -> None:
    usual_week(district)
    district.compute()
    district.publish()
    row = {"id": "S1", "name": "避难所", "town": NAMES[0], "lon": 121.05, "lat": 28.05}
    path = district.folder / "shelters.csv"
    pd.DataFrame([row | {"area_m2": 100, "usable": "否"}]).to_csv(path, index=False)
    options, later = ReadOptions(crs="4490"), MONDAY + timedelta(days=3)
    assert import_layer(district.ws, "shelters", [path], options, now=later).snapshot
    assert replay_week(district.ws, WEEK).difference is None


def test_a_preliminary_draft_is_never_published(district: WeekDistrict) -> None:
    usual_week(district)
    early = CUTOFF - timedelta(minutes=10)
    document = district.compute(now=early)
    assert document["preliminary"]
    with pytest.raises(RiskmapError, match="还没有截止"):
        district.publish(now=early)
    with pytest.raises(RiskmapError, match="截止前的初稿"):
        district.publish(now=MONDAY)
    district.compute()
    assert district.publish().revision == 2


def test_who_may_not_leaves_nothing_behind(either: WeekDistrict) -> None:
    usual_week(either)
    worked = compute_week(either.ws, WEEK, now=MONDAY)
    for actor, error in (
        (anonymous(), SignInError),
        (VIEWER, ForbiddenError),
        (INSPECTOR, ForbiddenError),
    ):
        with pytest.raises(error):
            store_week(either.ws, actor, worked, now=MONDAY)
        with pytest.raises(error):
            either.publish(actor=actor)
    assert (rows(either, weeks), rows(either, week_publications)) == (0, 0)


def test_every_step_is_in_the_audit_with_its_reason(district: WeekDistrict) -> None:
    usual_week(district)
    district.compute()
    district.publish()
    district.compute(reason="补录", now=MONDAY + SECOND)
    with district.ws.read() as connection:
        found = connection.execute(
            sa.select(audit.c.action, audit.c.subject, audit.c.reason)
            .where(audit.c.action.startswith("week."))
            .order_by(audit.c.number)
        ).all()
    assert [tuple(row) for row in found] == [
        ("week.compute", "week:2026-W24#1", ""),
        ("week.publish", "week:2026-W24#1", ""),
        ("week.compute", "week:2026-W24#2", "补录"),
    ]


def test_what_is_not_there_is_said_clearly(district: WeekDistrict) -> None:
    with pytest.raises(NotFoundError, match=r"没有这一周的成果.*riskmap weekly"):
        read_week(district.ws, WEEK)
    with pytest.raises(NotFoundError, match="没有这一周的成果"):
        district.publish()
    usual_week(district)
    district.compute()
    with pytest.raises(NotFoundError, match="没有这一稿"):
        read_week(district.ws, WEEK, 7)
    with pytest.raises(NotFoundError, match="没有这个镇街"):
        read_town_week(district.ws, WEEK, "339901009")
    with pytest.raises(RiskmapError, match="没有写明发布人"):
        publish_week(district.ws, OFFICE, WEEK, by=" ", now=MONDAY)


def test_cards_come_with_the_publication_or_not_at_all(
    district: WeekDistrict, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual_week(district)
    district.compute()

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("no cards today")

    with monkeypatch.context() as patch:
        patch.setattr("riskmap.weekly.publishing.raise_cards", broken)
        with pytest.raises(RuntimeError, match="no cards today"):
            district.publish()
    assert rows(district, week_publications) == 0
    done = district.publish()
    # 70 points are orange and last below 90: a white card
    assert [(one.town, one.card) for one in done.cards] == [(CODES[2], "white")]
    assert rows(district, cards) == 1
    shown = read_week(district.ws, WEEK)["towns"]
    assert [row["card"] and row["card"]["card"] for row in shown] == [None, None, "white"]
    assert shown[2]["card"]["state"] == "given"


def test_two_who_publish_or_compute_at_once_make_one(either: WeekDistrict) -> None:
    usual_week(either)
    worked = compute_week(either.ws, WEEK, now=MONDAY)
    with ThreadPoolExecutor(2) as both:
        stored = [both.submit(store_week, either.ws, OFFICE, worked, now=MONDAY) for _ in range(2)]
        assert [one.result() for one in stored] == [1, 1]
        done = [both.submit(either.publish) for _ in range(2)]
        assert sorted(one.result().already for one in done) == [False, True]
    assert (rows(either, weeks), rows(either, week_publications), rows(either, cards)) == (1, 1, 1)
