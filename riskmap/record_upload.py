"""A file of records sent by a person: who may, the same checks as the command, and the audit."""

from datetime import datetime
from hashlib import sha256
from pathlib import Path

from riskmap.access.actors import Actor
from riskmap.access.audit import append
from riskmap.access.policy import authorise
from riskmap.ledger.exchange import read_danger_files
from riskmap.record_import import RecordOutcome, record_files
from riskmap.workspace import Workspace


def upload_records(
    ws: Workspace, actor: Actor, kind: str, path: Path, *, now: datetime
) -> RecordOutcome:
    """Take a file of one kind as `riskmap record` does.

    A file may name any town and enterprise, so only who may enter all of them may send one.

    Raises
    ------
    SignInError, ForbiddenError
        The actor may not enter records of every town.
    InputError, NotFoundError
        The file cannot be used at all, or there is no towns layer.
    """
    if kind == "hidden_dangers":
        return read_danger_files(ws, actor, [path], now=now)
    authorise(actor, f"record.{kind}")
    digest = sha256(path.read_bytes()).hexdigest()
    outcome = record_files(ws, kind, [path], now=now)
    with ws.write() as connection:
        append(
            connection,
            actor,
            f"record.{kind}.file",
            f"{kind}:{path.name}",
            now=now,
            after={
                "sha256": digest,
                "accepted": outcome.accepted,
                "changed": outcome.changed,
                "rejected": outcome.rejected,
            },
        )
    return outcome
