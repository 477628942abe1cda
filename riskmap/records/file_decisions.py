"""What a file of decisions may not do when a person sends it: lower, or change what was decided.

A lowering takes two persons, each signed in. A file names both, and its sender could name
anybody: he may bring rises only, and nothing that changes a decision already stored. Whoever has
the machine brings the source's own table (`riskmap record overrides`).
"""

import numpy as np

from layers.checks.findings import find
from riskmap.access.actors import Actor
from riskmap.records.delivery import Delivery, rejecting
from riskmap.records.reading import read_records
from riskmap.records.storing import differs, with_kept_columns
from riskmap.workspace import Workspace

KIND = "overrides"
LOWERED = "下调请逐条提出，由另一人复核"
DECIDED = "这条调整已登记，不能用文件改动，请在它的页面上办理"


def without_decisions_of_two(ws: Workspace, actor: Actor, part: Delivery) -> Delivery:
    """Reject rows that lower a colour or change a known decision, unless `actor` has the machine.

    A row that says what is known, word for word, passes and changes nothing.
    """
    table = part.table
    if actor.local or table.empty:
        return part
    known = read_records(ws, KIND, withdrawn=True)
    new = differs(KIND, with_kept_columns(KIND, table, known), known).to_numpy(dtype=bool)
    down = new & (table["direction"] == "down").to_numpy(dtype=bool)
    decided = new & ~down & table["key"].isin(known["key"]).to_numpy(dtype=bool)
    label = part.labels.get
    findings = [
        *find(down, label("direction"), np.full(len(table), "下调", dtype=object), LOWERED),
        *find(decided, label("id"), table["id"].astype("object"), DECIDED),
    ]
    return rejecting(part, findings, down | decided)
