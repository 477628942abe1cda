"""A file of records sent by a person: who may, the same checks as the command."""

from datetime import datetime
from pathlib import Path

from layers.errors import InputError
from riskmap.access.actors import Actor
from riskmap.access.policy import authorise
from riskmap.errors import FieldsError
from riskmap.ledger.exchange import read_danger_files
from riskmap.records.importing import RecordOutcome, record_files
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
    FieldsError
        The file cannot be used at all; the fault is of the field "file".
    NotFoundError
        There is no towns layer.
    """
    if kind != "hidden_dangers":
        authorise(actor, f"record.{kind}")
    try:
        if kind == "hidden_dangers":
            return read_danger_files(ws, actor, [path], now=now)
        return record_files(ws, kind, [path], now=now, actor=actor)
    except InputError as error:
        raise FieldsError({"file": str(error)}) from error
