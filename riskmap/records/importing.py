"""Take files of records into the store: read, check, give keys, append."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.checks.columns import match_columns, merged
from layers.checks.findings import as_faults, rejected
from layers.checks.table import check_table, reject_rows
from layers.contracts.model import Contract
from layers.errors import InputError
from layers.faults import Fault, as_dicts
from layers.names import nearest
from layers.readers.raw import RawTable
from layers.readers.source import read_table
from riskmap.access.actors import LOCAL, Actor, Role
from riskmap.access.policy import Subject, authorise
from riskmap.canonical import text_or_none
from riskmap.errors import ForbiddenError, NotFoundError
from riskmap.imports import write_rejects
from riskmap.layer_store import current, load_layer
from riskmap.records.checks import OF_THE_SCHEME, Draft, Towns, check_record
from riskmap.records.contracts import RECORD_CONTRACTS
from riskmap.records.delivery import Delivery, rejects_first
from riskmap.records.file_decisions import without_decisions_of_two
from riskmap.records.lowering import too_far
from riskmap.records.statements import leaves_open
from riskmap.records.storing import derived_key, store_records
from riskmap.records.warning_feed import read_feed
from riskmap.schemes import scheme_in_use
from riskmap.storage.database import RECORD_COLUMNS
from riskmap.workspace import Workspace

_END_COLUMNS = ("closed_at", "ended_at", "ends_at", "cleared_at", "handled_at")
"""Ends given as a day without a time hold to the end of that day."""

_OPEN_WHEN_UNSAID = frozenset((*_END_COLUMNS, "state"))

_DANGER_IDENTITY = ("found_at", "town", "community", "enterprise_id", "domain", "description")


@dataclass(frozen=True)
class RecordOutcome:
    """What a command changed; `repeated` names files that changed nothing.

    `leaves_open` says that the rejected rows leave open how the kind stands
    (`riskmap.records.statements`).
    """

    accepted: int
    changed: int
    rejected: int
    faults: list[Fault]
    repeated: list[str]
    rejects_file: Path | None
    report_file: Path | None
    leaves_open: bool


def record_files(
    workspace: Workspace,
    kind: str,
    paths: Sequence[Path],
    *,
    now: datetime,
    sheet: str | None = None,
    encoding: str | None = None,
    column_map: Mapping[str, str] | None = None,
    actor: Actor = LOCAL,
) -> RecordOutcome:
    """Record files of one kind; `now` becomes the moment at which they were learnt.

    Every file is read and checked before the first is stored; each is stored whole, with its
    row in the audit.

    Raises
    ------
    SignInError, ForbiddenError
        The actor may not record the kind, or not for every town of the files; or brings
        decisions of people in bulk, which only an administrator may.
    InputError
        There is no such kind, or a file cannot be used at all.
    NotFoundError
        The towns layer was never imported.
    """
    parts = check_files(
        workspace, kind, paths, now=now, sheet=sheet, encoding=encoding, column_map=column_map
    )
    for part in parts:
        _may_record(actor, kind, part.table)
    if kind == "overrides":
        parts = [without_decisions_of_two(workspace, actor, part) for part in parts]
    return _stored(workspace, kind, parts, now, actor)


def _may_record(actor: Actor, kind: str, table: pd.DataFrame) -> None:
    """Ask for every place that a file speaks of; a file without rows is asked as it stands."""
    action = "danger.import" if kind == "hidden_dangers" else f"record.{kind}"
    names = [name for name in ("town", "domain", "enterprise_id") if name in table]
    places = table[names].drop_duplicates().to_dict("records") or [{}]
    for place in places:
        known = {str(name): text_or_none(value) for name, value in place.items()}
        authorise(actor, action, Subject(**known))
    if kind == "overrides" and actor.role is not Role.ADMINISTRATOR:
        raise ForbiddenError("成批登记人工调整只限管理员", actor.name, "逐条提出并由另一人复核")


def check_files(
    workspace: Workspace,
    kind: str,
    paths: Sequence[Path],
    *,
    now: datetime,
    sheet: str | None = None,
    encoding: str | None = None,
    column_map: Mapping[str, str] | None = None,
) -> list[Delivery]:
    """Read and check files of one kind; nothing is stored.

    Raises
    ------
    InputError, NotFoundError
        As `record_files`.
    """
    contract = record_contract(kind)
    towns = towns_in_use(workspace)
    deliveries = []
    for path in paths:
        raw = read_table(
            path,
            sheet=sheet,
            encoding=encoding,
            headers=contract.header_names(),
            allow_empty=True,
        )
        digest = sha256(path.read_bytes()).hexdigest()
        deliveries.append(
            check_delivery(
                workspace, kind, raw, digest=digest, towns=towns, now=now, column_map=column_map
            )
        )
    return deliveries


def warning_files(
    workspace: Workspace, paths: Sequence[Path], *, now: datetime, actor: Actor = LOCAL
) -> RecordOutcome:
    """Record files of incoming warnings, wherever they were issued.

    Raises
    ------
    InputError
        A file is missing, empty, or no national feed JSON.
    """
    deliveries = []
    for path in paths:
        feed = read_feed(path, workspace.settings)
        digest = sha256(path.read_bytes()).hexdigest()
        deliveries.append(Delivery(path.name, digest, feed.table, feed.rejects, feed.faults))
    authorise(actor, "record.warnings")
    return _stored(workspace, "warnings", deliveries, now, actor)


def record_contract(kind: str) -> Contract:
    """Return the contract of a record kind.

    Raises
    ------
    InputError
        There is no such kind; the nearest is named.
    """
    if kind == "warnings":
        raise InputError("预警用另一条命令", kind, "运行 riskmap warnings 文件")
    if kind not in RECORD_CONTRACTS:
        near = nearest(kind, RECORD_CONTRACTS, 1)
        hint = f"是不是 {near[0]}？" if near else ""
        raise InputError("没有这种记录", kind, f"{hint}可用：" + " ".join(RECORD_CONTRACTS))
    return RECORD_CONTRACTS[kind]


def towns_in_use(workspace: Workspace) -> Towns:
    """Return the towns that records may name.

    Raises
    ------
    NotFoundError
        The towns layer was never imported.
    """
    snapshot = current(workspace, "towns")
    if snapshot is None:
        raise NotFoundError("还没有镇街图层", "towns", "先运行 riskmap import towns 镇街边界文件")
    table = load_layer(workspace, "towns", snapshot.digest)
    return Towns.of(table["code"].astype(str).tolist(), table["name"].astype(str).tolist())


def check_delivery(
    workspace: Workspace,
    kind: str,
    raw: RawTable,
    *,
    digest: str,
    towns: Towns,
    now: datetime,
    column_map: Mapping[str, str] | None = None,
    may_wait: bool = False,
    kept_domain: str | None = None,
) -> Delivery:
    """Check one file against its contract and the rules between its columns.

    `kept_domain` is that of a record being corrected; it may stay when the scheme dropped it.
    """
    contract = RECORD_CONTRACTS[kind]
    timezone = workspace.settings.district.timezone
    checked = check_table(raw, contract, column_map, timezone=timezone)
    matches = match_columns(raw, contract, column_map)
    labels = {match.column.name: match.label for match in matches}
    position = pd.Series(np.arange(len(raw.rows)), index=raw.rows)
    rows = position.loc[checked.table["source_row"]].to_numpy(dtype=np.int64)
    texts = {
        match.column.name: merged(raw, match).iloc[rows].reset_index(drop=True)
        for match in matches
        if match.sources
    }
    table = checked.table
    for name in set(_END_COLUMNS) & set(texts):
        table = _to_end_of_day(table, name, texts[name])
    domains: tuple[str, ...] = ()
    if kind in OF_THE_SCHEME:
        domains = (*scheme_in_use(workspace).domains, *([kept_domain] if kept_domain else []))
    draft = Draft(table, labels, texts, may_wait=may_wait, domains=domains)
    draft = check_record(kind, draft, towns, now)
    if kind == "overrides":
        for sentence, bad in too_far(workspace, draft.table).items():
            draft = draft.note(bad, "level", sentence)
    draft = _without_unsaid(_with_keys(kind, contract, draft), set(texts))
    bad = rejected(draft.findings, len(draft.table))
    moved = [replace(found, rows=rows[found.rows]) for found in draft.findings]
    more = reject_rows(raw, moved)
    repeated = draft.table["repeated"].to_numpy(dtype=bool)
    return Delivery(
        raw.file,
        digest,
        draft.table[~bad & ~repeated].reset_index(drop=True),
        pd.concat([checked.rejected, more], ignore_index=True) if len(more) else checked.rejected,
        [*rejects_first(checked.faults, as_faults(moved, raw.file, raw.sheet, raw.rows))],
        frozenset(texts),
        raw,
        labels,
    )


def _to_end_of_day(table: pd.DataFrame, column: str, text: "pd.Series[str]") -> pd.DataFrame:
    """Move ends that were given as a day (no time of day) to the last second of that day."""
    plain = text.astype("str").str.strip()
    day_only = plain.str.fullmatch(r"\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?|\d{8}")
    moved = table[column] + pd.Timedelta(hours=23, minutes=59, seconds=59)
    return table.assign(**{column: table[column].where(~day_only.fillna(False), moved)})


def _with_keys(kind: str, contract: Contract, draft: Draft) -> Draft:
    """Add key, source and `repeated` (an equal row came before); refuse contradicting repeats."""
    table = draft.table
    key = _keys(kind, contract, table)
    source = table["source_file"].astype("str") + ":" + table["source_row"].astype("str")
    table = table.assign(key=key, source=source)
    bad = rejected(draft.findings, len(table))
    again = pd.Series(key[~bad]).duplicated().to_numpy(dtype=bool)
    later = np.zeros(len(table), dtype=bool)
    later[np.flatnonzero(~bad)] = again
    names = [name for name in RECORD_COLUMNS[kind] if name in table]
    same = later & _equal_to_first(table, names, ~bad)
    column = contract.key_columns[0]
    draft = replace(draft, table=table.assign(repeated=same))
    draft = draft.note(later & ~same, column, "编号与前面的行相同而内容不同，取先出现的一行")
    return draft.note(same, column, "与前面的行重复，只取一行", severity="note")


def _without_unsaid(draft: Draft, given: set[str]) -> Draft:
    """Drop the columns of which the file says nothing: what is known of them stays.

    An end that is not told is an open end, so ends and the state are never kept.
    """
    unsaid = [
        column
        for column in draft.table.columns
        if column in draft.labels
        and column not in (given | _OPEN_WHEN_UNSAID)
        and draft.table[column].isna().all()
    ]
    return replace(draft, table=draft.table.drop(columns=unsaid))


def _keys(kind: str, contract: Contract, table: pd.DataFrame) -> NDArray[np.object_]:
    columns = list(contract.key_columns)
    joined = _key_part(table[columns[0]])
    for name in columns[1:]:
        joined = joined + "|" + _key_part(table[name])
    missing = table[columns].isna().any(axis=1).to_numpy(dtype=bool)
    keys = joined.to_numpy(dtype=object, copy=True)
    if kind == "hidden_dangers" and missing.any():
        rows = table.loc[missing, list(_DANGER_IDENTITY)].itertuples(index=False, name=None)
        keys[missing] = [derived_key(row) for row in rows]
    return keys


def _key_part(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return a part of a key as text; a date in its ISO form."""
    dated = pd.api.types.is_datetime64_any_dtype(values)
    part: pd.Series[Any] = values.dt.strftime("%Y-%m-%d") if dated else values
    return part.astype("object")


def _equal_to_first(
    table: pd.DataFrame, names: list[str], usable: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Tell which rows say the same as the first usable row of their key, shape (k,)."""
    hashes = pd.util.hash_pandas_object(table[names].astype("object").astype("str"), index=False)
    shown = hashes.where(usable)
    first = shown.groupby(table["key"].to_numpy(), sort=False).transform("first")
    return np.asarray((hashes == first).to_numpy(dtype=bool))


def _stored(
    workspace: Workspace, kind: str, deliveries: Sequence[Delivery], now: datetime, actor: Actor
) -> RecordOutcome:
    outcome = report_outcome(workspace, kind, deliveries, now)
    changed, repeated = 0, []
    for part in deliveries:
        if len(part.rejects) and not len(part.table):
            continue
        stored = store_records(
            workspace,
            kind,
            part.table,
            file=part.file,
            sha256=part.sha256,
            rejected=len(part.rejects),
            learnt_at=now,
            actor=actor,
        )
        changed += stored.changed
        if not stored.delivered:
            repeated.append(part.file)
    return replace(outcome, changed=changed, repeated=repeated)


def report_outcome(
    workspace: Workspace, kind: str, deliveries: Sequence[Delivery], now: datetime
) -> RecordOutcome:
    """Write the rejects file and the report of deliveries; nothing is counted as changed yet."""
    rejects = pd.concat([part.rejects for part in deliveries], ignore_index=True)
    faults = rejects_first(*(part.faults for part in deliveries))
    accepted = sum(len(part.table) for part in deliveries)
    report = {
        "kind": kind,
        "learnt_at": now.isoformat(),
        "accepted": accepted,
        "rejected": len(rejects),
        "sources": [{"file": part.file, "sha256": part.sha256} for part in deliveries],
        "faults": as_dicts(faults),
    }
    rejects_file, report_file = write_rejects(workspace, kind, rejects, report)
    return RecordOutcome(
        accepted,
        changed=0,
        rejected=len(rejects),
        faults=faults,
        repeated=[],
        rejects_file=rejects_file,
        report_file=report_file,
        leaves_open=leaves_open(kind, len(rejects)),
    )
