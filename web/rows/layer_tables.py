"""Layer tables held in memory by snapshot: a snapshot never changes, so neither does its table."""

import re
from collections import OrderedDict
from threading import Lock
from typing import cast

import pandas as pd
from starlette.requests import Request

from riskmap import layer_store, rows
from riskmap.errors import NotFoundError
from riskmap.layer_store import Snapshot
from riskmap.workspace import Workspace
from web.errors import GoneError

HELD_TABLES = 12
_DIGEST = re.compile(r"^[0-9a-f]{64}$")


class LayerTables:
    """The last tables that were read, with the town each row lies in."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._held: OrderedDict[tuple[str, str, str], pd.DataFrame] = OrderedDict()
        self._lock = Lock()

    def snapshot(self, layer: str, digest: str | None = None) -> Snapshot:
        """Return the snapshot in use, or an earlier one by its digest.

        Raises
        ------
        NotFoundError
            The layer has another name or was never imported.
        GoneError
            There is no such snapshot any more.
        """
        if layer not in rows.LAYERS:
            raise NotFoundError("没有这个图层", layer[:60], "可用：" + " ".join(rows.LAYERS))
        found = layer_store.current(self.workspace, layer)
        if found is None:
            raise NotFoundError("图层尚未导入", layer, f"先运行 riskmap import {layer} 文件")
        if digest is None or digest == found.digest:
            return found
        known = layer_store.history(self.workspace, layer) if _DIGEST.match(digest) else []
        earlier = next((one for one in known if one.digest == digest), None)
        if earlier is None:
            raise GoneError("游标所指的快照已不存在", layer, "请从不带 cursor 的第一页重新开始")
        return earlier

    def table(self, snapshot: Snapshot) -> pd.DataFrame:
        """Return the rows of a snapshot with the town each lies in.

        Raises
        ------
        NotFoundError
            It is a raster and has no rows.
        """
        if not has_rows(snapshot):
            raise NotFoundError("这个图层是栅格，没有逐行的表", snapshot.layer, "")
        towns = layer_store.current(self.workspace, "towns")
        key = (snapshot.layer, snapshot.digest, towns.digest if towns else "")
        with self._lock:
            if key not in self._held:
                table = rows.layer_rows(self.workspace, snapshot.layer, snapshot.digest)
                self._held[key] = table
                while len(self._held) > HELD_TABLES:
                    self._held.popitem(last=False)
            self._held.move_to_end(key)
            return self._held[key]


def has_rows(snapshot: Snapshot) -> bool:
    """Say whether a snapshot has rows: a population that came as a raster has none."""
    return snapshot.layer != "population" or bool(snapshot.report.get("has_table"))


def layer_tables(request: Request) -> LayerTables:
    """Return the tables held by this service."""
    state = request.app.state
    if not hasattr(state, "layer_tables"):
        state.layer_tables = LayerTables(state.workspace)
    return cast(LayerTables, state.layer_tables)
