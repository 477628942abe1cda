"""What of the records could not be counted at a moment, in words: nothing vanishes unsaid."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskmap.moment import Moment
from riskmap.places import Places
from riskmap.records.accidents import Accidents
from riskmap.records.dangers import Dangers
from riskmap.records.incidents import in_force

DIVISION_DIGITS = 6
"""Digits of the codes by which warnings name places; another code can tell nothing about them."""

_SHOWN = 3


def record_notes(
    tables: Mapping[str, pd.DataFrame],
    places: Places,
    moment: Moment,
    *,
    dangers: Dangers,
    accidents: Accidents,
    alarms: pd.DataFrame,
    signals: pd.DataFrame,
    district_code: str,
    index: tuple[str, ...] = (),
) -> dict[str, tuple[str, ...]]:
    """Return the notes by record kind; a kind without any is left out.

    Parameters
    ----------
    tables
        Every record kind as known.
    alarms
        Floors of alarms whose town is not known.
    signals
        The active warnings, with `listed`: whether the scheme knows their type.
    index
        Where the weekly index was taken from.
    """
    at = moment.at
    responses = in_force(tables["responses"], at, "started_at", "ended_at")
    periods = in_force(tables["special_periods"], at, "starts_at", "ends_at")
    overrides = tables["overrides"]
    overrides = overrides[overrides["date"] == pd.Timestamp(moment.day)]
    notes = {
        "hidden_dangers": _unplaced(dangers.unplaced),
        "accidents": _unplaced(accidents.unplaced),
        "alarms": _listed(alarms["source"], "条报警所属的镇街未知，未形成下限"),
        "responses": _unknown_words(responses, "towns", places.towns_in, "镇街"),
        "special_periods": (
            *_unknown_words(periods, "towns", places.towns_in, "镇街"),
            *_unknown_words(periods, "sectors", places.sectors_in, "行业"),
        ),
        "overrides": _listed(
            overrides.loc[places.town_of(overrides["town"]) < 0, "source"],
            "条人工调整的镇街无法对应，未生效",
        ),
        "warnings": _warnings(signals, district_code),
        "indicators": index,
    }
    return {kind: said for kind, said in notes.items() if said}


def _unplaced(rows: pd.DataFrame) -> tuple[str, ...]:
    named = (
        rows["source"] + "（" + rows["town"].fillna("—") + "，" + rows["domain"].fillna("—") + "）"
    )
    floors = "；挂牌重大隐患和亡人、较大事故的下限仍在其镇街生效" if len(rows) else ""
    return _listed(named, "条记录的镇街或领域无法对应，未计入分值" + floors)


def _listed(named: pd.Series, what: str) -> tuple[str, ...]:
    if named.empty:
        return ()
    more = "等" if len(named) > _SHOWN else ""
    return (f"{len(named)} {what}：{'；'.join(named.head(_SHOWN).astype('str'))}{more}",)


def _unknown_words(
    rows: pd.DataFrame,
    column: str,
    read: Callable[[object], tuple[NDArray[np.bool_], list[str]]],
    what: str,
) -> tuple[str, ...]:
    words = [word for cell in rows[column] for word in read(cell)[1]]
    if not words:
        return ()
    return (f"在期记录中认不出的{what}，未计入：{'、'.join(dict.fromkeys(words))}",)


def _warnings(signals: pd.DataFrame, district_code: str) -> tuple[str, ...]:
    said = []
    unknown = signals.loc[~signals["listed"], "type"].tolist()
    if unknown:
        said.append(f"方案不认识的预警类型：{'、'.join(sorted(set(unknown)))}")
    if len(district_code) != DIVISION_DIGITS:
        said.append(f"区县代码 {district_code} 不是 6 位，认不出哪些预警对本区有效")
    return tuple(said)
