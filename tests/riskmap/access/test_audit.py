"""The audit: a chain that no edit, gap or cut passes, on both databases."""

import csv
import hashlib
import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from riskmap.access.actors import Actor, Role, command_line
from riskmap.access.audit import GENESIS, append, refusals_kept, refused, row_digest, verify
from riskmap.access.audit_log import Asked, asked, changes, export_csv, read_page
from riskmap.access.policy import authorise
from riskmap.access.tables import audit, audit_head
from riskmap.errors import FieldsError, ForbiddenError, SignInError
from riskmap.storage.database import deliveries, record_tables
from riskmap.workspace import Workspace, init_workspace, open_workspace

NOW = datetime(2026, 6, 30, 9, 0, tzinfo=UTC)
OPERATOR = command_line("root")
REPORTER = Actor("zhang", "张", Role.REPORTER, town="331003001", address="10.0.0.9")


@pytest.fixture
def store(tmp_path: Path, database_url: str | None) -> Iterator[Workspace]:
    """A workspace with six rows of audit."""
    init_workspace(tmp_path / "w", "我的区", "331003", database_url)
    with open_workspace(tmp_path / "w", database_url) as ws:
        with ws.write() as connection:
            for i in range(6):
                append(
                    connection,
                    OPERATOR if i % 2 else REPORTER,
                    "user.add" if i < 4 else "danger.report",
                    f"甲{i}",
                    now=NOW + timedelta(hours=10 * i),
                    before={"role": "viewer", "n": 1},
                    after={"role": "duty", "n": 1},
                )
        yield ws


@contextmanager
def unguarded(ws: Workspace) -> Iterator[sa.Connection]:
    """Do what a person with the database's password can do: without the guards, then with them."""
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    with ws.write() as connection:
        if ws.engine.dialect.name == "postgresql":
            connection.exec_driver_sql("ALTER TABLE audit DISABLE TRIGGER audit_no_change")
            yield connection
            connection.exec_driver_sql("ALTER TABLE audit ENABLE TRIGGER audit_no_change")
            return
        guards = connection.exec_driver_sql(query).all()
        for name, _ in guards:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        yield connection
        for _, guard in guards:
            connection.exec_driver_sql(guard)


def tamper(ws: Workspace, *statements: str) -> None:
    """Change rows behind the guards' back."""
    with unguarded(ws) as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def faults(ws: Workspace, expect: str | None = None) -> tuple[str, ...]:
    with ws.read() as connection:
        return verify(connection, expect).faults


def test_the_first_row_by_hand(store: Workspace) -> None:
    """The digest is the sha256 of the row's JSON with sorted keys, written out here."""
    text = (
        '{"action":"user.add","actor":"zhang","address":"10.0.0.9",'
        '"after":"{\\"n\\":1,\\"role\\":\\"duty\\"}","at":"2026-06-30T09:00:00.000000+00:00",'
        '"before":"{\\"n\\":1,\\"role\\":\\"viewer\\"}","number":1,'
        f'"previous":"{GENESIS}","reason":"","result":"done","role":"reporter","subject":"甲0"}}'
    )
    with store.read() as connection:
        first = connection.execute(sa.select(audit).where(audit.c.number == 1)).mappings().one()
    assert first["digest"] == hashlib.sha256(text.encode()).hexdigest()
    assert changes(first) == [("role", "viewer", "duty")]


def test_an_untouched_chain_is_intact(store: Workspace) -> None:
    with store.read() as connection:
        found = verify(connection)
        assert (found.intact, found.rows, found.head_number) == (True, 6, 6)
        assert (found.oldest_at, found.newest_at) == (NOW, NOW + timedelta(hours=50))
        third = connection.execute(sa.select(audit.c.digest).where(audit.c.number == 3)).scalar()
        assert verify(connection, third).expected_at == 3
        assert verify(connection, f" {str(third).upper()} ").expected_at == 3
        assert verify(connection, GENESIS).intact


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE audit SET subject = '乙' WHERE number = 3", "第 3 号的内容与摘要不符"),
        ("UPDATE audit SET reason = ' ' WHERE number = 6", "第 6 号的内容与摘要不符"),
        ("UPDATE audit SET address = '1' WHERE number = 1", "第 1 号的内容与摘要不符"),
        ("UPDATE audit SET at = '2026-06-30 09:00:01' WHERE number = 1", "第 1 号的内容与摘要不符"),
        (
            "UPDATE audit SET at = '12026-01-01 00:00:00' WHERE number = 6",
            "第 6 号的内容与摘要不符",
        ),
        ("DELETE FROM audit WHERE number = 1", "第 1 号到第 1 号缺失"),
        ("DELETE FROM audit WHERE number IN (3, 4)", "第 3 号到第 4 号缺失"),
        ("DELETE FROM audit WHERE number = 6", "末尾被截去"),
        ("DELETE FROM audit", "末尾被截去"),
        ("UPDATE audit_head SET number = 5", "末尾被改写"),
        ("UPDATE audit_head SET digest = '0'", "末尾被改写"),
        ("DELETE FROM audit_head", "链头应为一行"),
        ("UPDATE audit SET number = 60 WHERE number = 6", "第 6 号到第 59 号缺失"),
    ],
)
def test_every_change_is_found(store: Workspace, statement: str, said: str) -> None:
    tamper(store, statement)
    assert any(said in fault for fault in faults(store)), faults(store)


def test_a_row_edited_with_its_digest_breaks_the_next_one(store: Workspace) -> None:
    with unguarded(store) as connection:
        third = sa.select(audit).where(audit.c.number == 3)
        row = dict(connection.execute(third).mappings().one()) | {"subject": "乙"}
        values = {"subject": "乙", "digest": row_digest(row)}
        connection.execute(sa.update(audit).where(audit.c.number == 3).values(**values))
    assert faults(store) == ("第 4 号接不上前一行：前面有行被改动、删去或插入",)


def test_a_cut_tail_with_its_head_is_found_by_a_digest_noted_elsewhere(store: Workspace) -> None:
    with store.read() as connection:
        noted = verify(connection).head_digest
        fourth = connection.execute(sa.select(audit.c.digest).where(audit.c.number == 4)).scalar()
    tamper(
        store,
        "DELETE FROM audit WHERE number > 4",
        f"UPDATE audit_head SET number = 4, digest = '{fourth}'",
    )
    assert faults(store) == ()
    assert any(noted in fault for fault in faults(store, noted))
    assert faults(store, fourth) == ()


def test_a_chain_written_anew_is_found_by_a_digest_noted_elsewhere(store: Workspace) -> None:
    with store.read() as connection:
        noted = verify(connection).head_digest
        rows = [dict(r) for r in connection.execute(sa.select(audit)).mappings()]
    previous = GENESIS
    with unguarded(store) as connection:
        connection.exec_driver_sql("DELETE FROM audit")
        for row in sorted(rows, key=lambda row: row["number"]):
            row |= {"actor": "somebody-else", "previous": previous}
            row["digest"] = previous = row_digest(row)
            connection.execute(sa.insert(audit).values(**row))
        connection.execute(sa.update(audit_head).values(digest=previous))
    assert faults(store) == ()
    assert len(faults(store, noted)) == 1


def test_guards_that_are_missing_off_or_do_nothing_are_faults(store: Workspace) -> None:
    idle = "CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit BEGIN SELECT 1; END"
    cases = [
        ["DROP TRIGGER audit_no_update"],
        ["DROP TRIGGER audit_no_delete"],
        ["DROP TRIGGER audit_no_replace", idle],
    ]
    if store.engine.dialect.name == "postgresql":
        empty = "RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$"
        cases = [
            ["ALTER TABLE audit DISABLE TRIGGER audit_no_change"],
            ["ALTER TABLE audit ENABLE TRIGGER audit_no_change",
             f"CREATE OR REPLACE FUNCTION riskmap_audit_refuse() {empty}"],
            ["DROP TRIGGER audit_no_change ON audit"],
        ]  # fmt: skip
    for statements in cases:
        with store.write() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
        found = faults(store)
        assert found and all("audit_no_" in fault for fault in found), statements


def test_a_cut_tail_is_found_where_what_it_told_of_is_still_stored(store: Workspace) -> None:
    with store.read() as connection:
        fourth = connection.execute(sa.select(audit.c.digest).where(audit.c.number == 4)).scalar()
    period = {"key": "S1", "id": "S1", "name": "节日", "severity": 0.3, "delivery_id": 1,
              "starts_at": NOW, "ends_at": NOW, "learnt_at": NOW + timedelta(hours=50)}  # fmt: skip
    delivered = {"id": 1, "kind": "special_periods", "file": "f", "sha256": "", "accepted": 1,
                 "changed": 1, "rejected": 0, "delivered_at": NOW}  # fmt: skip
    periods = record_tables["special_periods"]
    with store.write() as connection:
        connection.execute(sa.insert(deliveries).values(delivered))
        connection.execute(sa.insert(periods).values(**period, source="entry#6"))
        late = NOW + timedelta(days=9)
        rows = {"key": "S2", "learnt_at": late, "source": "devices"}
        connection.execute(sa.insert(periods).values(**period | rows))
    assert faults(store) == ()
    tamper(
        store,
        "DELETE FROM audit WHERE number > 4",
        f"UPDATE audit_head SET number = 4, digest = '{fourth}'",
    )
    assert faults(store) == (
        "special_periods 有 1 行晚于审计的最后时刻（2026-07-01 15:00 UTC）：审计末尾可能被截去",
        "special_periods 有一行按审计第 6 号登记，审计只到第 4 号",
    )


def test_a_time_that_is_none_any_more_is_a_fault_and_no_crash(store: Workspace) -> None:
    nonsense = "infinity" if store.engine.dialect.name == "postgresql" else "gestern"
    tamper(store, f"UPDATE audit SET at = '{nonsense}' WHERE number IN (1, 4)")
    assert [fault[:6] for fault in faults(store)] == ["第 1 号的", "第 4 号的"]


ANEW = "number, at, 'x', role, address, action, subject, before, after, result, reason"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET subject = 'x'",
        "DELETE FROM audit WHERE number = 6",
        f"INSERT OR REPLACE INTO audit SELECT {ANEW}, previous, digest FROM audit WHERE number = 3",
        f"INSERT INTO audit SELECT {ANEW}, previous, digest FROM audit WHERE number = 3 "
        "ON CONFLICT (number) DO UPDATE SET actor = 'x'",
    ],
)
def test_the_database_itself_refuses_a_change(store: Workspace, statement: str) -> None:
    if store.engine.dialect.name == "postgresql" and "OR REPLACE" in statement:
        statement = "UPDATE audit SET actor = 'x' WHERE false"  # there is no OR REPLACE there
    with pytest.raises(Exception, match="append-only"), store.engine.begin() as connection:
        connection.exec_driver_sql(statement)
    if store.engine.dialect.name == "postgresql":
        with pytest.raises(Exception, match="append-only"), store.engine.begin() as connection:
            connection.exec_driver_sql("TRUNCATE audit")
    assert faults(store) == ()


def test_writers_at_once_leave_no_gap(store: Workspace) -> None:
    def write(name: int) -> None:
        for i in range(10):
            with store.write() as connection:
                append(connection, OPERATOR, "test", f"{name}.{i}", now=NOW)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as connection:
        found = verify(connection)
    assert (found.rows, found.faults) == (86, ())


def test_a_failed_action_leaves_no_row(store: Workspace) -> None:
    with pytest.raises(RuntimeError), store.write() as connection:
        append(connection, OPERATOR, "test", "x", now=NOW)
        raise RuntimeError
    with store.read() as connection:
        assert verify(connection).rows == 6


def test_refusals_are_kept(store: Workspace) -> None:
    with pytest.raises(ForbiddenError), refusals_kept(store, REPORTER, "audit.read", "", now=NOW):
        authorise(REPORTER, "audit.read")
    assert refused(store, REPORTER, "user.manage", "wang", "没有这项权限", now=NOW) == 8
    page = read_page(store, OPERATOR, Asked(result="refused"))
    assert [(r["number"], r["action"], r["address"]) for r in page.rows] == [
        (8, "user.manage", "10.0.0.9"),
        (7, "audit.read", "10.0.0.9"),
    ]
    assert "没有这项权限" in page.rows[1]["reason"]


def test_whatever_a_stranger_types_can_be_stored(store: Workspace) -> None:
    """A login of the sign-in page goes into the audit: zero bytes, half characters, a megabyte."""
    for text in ("a\x00b", "\ud800", "长" * 1_000_000, "'; DROP TABLE audit; --", "<script>"):
        stranger = Actor(text, text, Role.ANONYMOUS, address=text)
        with store.write() as connection:
            append(
                connection, stranger, "sign-in", text, now=NOW, after={text[:9]: text[:9]},
                result="refused", reason=text,
            )  # fmt: skip
    assert faults(store) == ()
    page = read_page(store, OPERATOR, Asked())
    assert max(len(row["subject"]) for row in page.rows) == 2000
    assert json.loads(page.rows[-7]["after"])


def test_pages_and_filters(store: Workspace) -> None:
    zone = store.settings.zone
    page = read_page(store, OPERATOR, Asked(), limit=4)
    assert [row["number"] for row in page.rows] == [6, 5, 4, 3]
    assert (page.total, page.older, page.head_number) == (6, 3, 6)
    rest = read_page(store, OPERATOR, Asked(), below=page.older, limit=4)
    assert ([row["number"] for row in rest.rows], rest.older) == ([2, 1], None)

    def numbers(chosen: Asked) -> list[int]:
        return [row["number"] for row in read_page(store, OPERATOR, chosen).rows]

    assert numbers(Asked(actor="zhang")) == [5, 3, 1]
    assert numbers(Asked(action="danger.")) == [6, 5]
    assert numbers(Asked(action="_ser")) == []
    assert numbers(Asked(subject="甲3")) == [4]
    assert numbers(Asked(subject="%")) == []
    # 09:00 UTC is 17:00 in Shanghai; the rows are ten hours apart: 17 | 03 13 23 | 09 19
    assert numbers(asked(zone, since="2026-07-01", until="2026-07-01")) == [4, 3, 2]
    assert numbers(asked(zone, until="2026-06-30")) == [1]
    backwards = {"since": "2026-07-02", "until": "2026-07-01"}
    for wrong in ({"since": "gestern"}, {"result": "x"}, backwards, {"until": "0001-01-01"}):
        with pytest.raises(FieldsError):
            asked(zone, **wrong)


def test_export_is_whole_safe_and_audited(store: Workspace) -> None:
    with store.write() as connection:
        append(connection, Actor("=1+1", "", Role.ANONYMOUS), "sign-in", '"a",\n甲', now=NOW)
    content, rows = export_csv(store, OPERATOR, Asked(), now=NOW)
    assert content.startswith(b"\xef\xbb\xbf")
    table = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert (rows, len(table)) == (7, 8)
    assert table[1][:7] == [
        "1", "2026-06-30T17:00:00+08:00", "zhang", "reporter", "10.0.0.9", "user.add", "甲0",
    ]  # fmt: skip
    assert (table[7][2], table[7][6]) == ("'=1+1", '"a",\n甲')
    newest = read_page(store, OPERATOR, Asked()).rows[0]
    assert (newest["action"], newest["after"]) == ("audit.export", '{"rows":7}')


def test_only_an_administrator_reads_it(store: Workspace) -> None:
    for role in Role:
        if role is Role.ADMINISTRATOR:
            continue
        someone = Actor("x", "x", role, town="331003001", domains=("消防",), enterprise_id="E1")
        with pytest.raises((ForbiddenError, SignInError)):
            read_page(store, someone, Asked())
        with pytest.raises((ForbiddenError, SignInError)):
            export_csv(store, someone, Asked(), now=NOW)
