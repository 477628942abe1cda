"""Which incoming weather warnings hold for the district at a moment (DOMAIN §4)."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

import pandas as pd

_SERIES = ["division_code", "organisation", "type"]
"""Messages with these in common follow each other."""
_ORGANISATION = re.compile(r"([^省市县区旗州盟]*)$")


def covers(division_code: "pd.Series[str]", district_code: str) -> "pd.Series[bool]":
    """Tell which warnings hold for a district: its own, its city's, its province's.

    Parameters
    ----------
    division_code
        (k,) 6-digit codes of the places the warnings were issued for; missing = unknown place.
    district_code
        6-digit code of the district.
    """
    if len(district_code) != 6:
        return pd.Series(False, index=division_code.index)
    parents = [district_code, district_code[:4] + "00", district_code[:2] + "0000"]
    return division_code.isin(parents)


def active_warnings(
    frame: pd.DataFrame,
    at: datetime,
    district_code: str,
    validity_hours: Mapping[str, float],
    default_hours: float = 24.0,
) -> pd.DataFrame:
    """Return the warnings that hold for the district at a moment.

    A newer message of the same station about the same type ends the former one; a cancel ends
    it without a successor, unless it names another colour: after 黄 was raised to 橙, 解除黄色
    ends nothing. A signal without an end of its own holds for the scheme's hours.

    Parameters
    ----------
    frame
        (k, …) as `riskmap.records.reading.read_records` gives them.
    at
        The moment, with zone.
    district_code
        6-digit code of the district.
    validity_hours
        Type -> hours [h] that a signal of this type holds when it states no end.
    default_hours
        The same for every other type.

    Returns
    -------
    DataFrame
        Rows of `frame` with `expires_at` filled in, ordered by issued_at and alert_id.
    """
    moment = pd.Timestamp(at)
    spells = warning_spells(frame, district_code, validity_hours, default_hours)
    holds = (spells["issued_at"] <= moment) & ~(spells["replaced_at"] <= moment)
    holds &= (spells["action"] != "cancel") & (spells["expires_at"] > moment)
    return spells[holds.to_numpy(bool)].drop(columns="replaced_at").reset_index(drop=True)


def warning_spells(
    frame: pd.DataFrame,
    district_code: str,
    validity_hours: Mapping[str, float],
    default_hours: float = 24.0,
) -> pd.DataFrame:
    """Return every message for the district with the times between which it holds.

    Returns
    -------
    DataFrame
        Rows of `frame` ordered by issued_at and alert_id, with `expires_at` filled in and
        `replaced_at`: when the same station spoke again about the same type (missing: never).
    """
    known = frame[covers(frame["division_code"], district_code)]
    known = known.sort_values(["issued_at", "key"], kind="stable")
    organisation = known["station"].str.extract(_ORGANISATION, expand=False)
    known = known[~_idle_cancels(known.assign(organisation=organisation))]
    same = [known["division_code"], organisation[known.index], known["type"]]
    replaced = known["issued_at"].groupby(same, dropna=False).shift(-1)
    hours = known["type"].map(dict(validity_hours)).astype("float64").fillna(default_hours)
    end = known["issued_at"] + pd.to_timedelta(hours, unit="h")
    end = known["expires_at"].fillna(end.astype(known["expires_at"].dtype))
    return known.assign(expires_at=end, replaced_at=replaced)


def _idle_cancels(known: pd.DataFrame) -> "pd.Series[bool]":
    """Tell which cancels name another colour than the signal before them (k sorted rows)."""
    cancel = known["action"] == "cancel"
    series = [known[name].fillna("") for name in _SERIES]
    before = known["level"].where(~cancel).groupby(series, sort=False).ffill()
    return cancel & known["level"].notna() & before.notna() & (known["level"] != before)


def named_towns(text: str, names: Sequence[str]) -> list[str]:
    """Return the towns that a text names, in the order of `names`.

    A town counts when its full name stands in the text, or its name without 街道, 镇 or 乡
    stands alone between list marks (、，和及等).

    >>> named_towns("其中上郑乡、富山和屿头等地", ["上郑乡", "富山乡", "屿头乡", "宁溪镇"])
    ['上郑乡', '富山乡', '屿头乡']
    """
    return [name for name in names if name and (name in text or _stem_stands_alone(text, name))]


def _stem_stands_alone(text: str, name: str) -> bool:
    stem = re.sub(r"(街道|镇|乡)$", "", name)
    if len(stem) < 2 or stem == name:
        return False
    listed = rf"(?:^|[、，,；：:和及与市县区中])({re.escape(stem)})(?=[、，,；和及与等。]|$)"
    return re.search(listed, text) is not None
