"""The week as a document: head, district, towns, departments, bases, provenance."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from riskmap.canonical import iso, number
from riskmap.weekly.bases import bases_documents
from riskmap.weekly.past_weeks import pool
from riskmap.weekly.worked import Worked


def week_document(
    worked: Worked, rows: Sequence[Mapping[str, Any]], departments: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return the document of a week (docs/reference/weeks.md)."""
    basis, weekly = worked.basis, worked.weekly
    moment, zone = basis.moment, basis.moment.at.tzinfo
    known = moment.known_until.astimezone(zone)
    corrects = None
    if basis.corrects is not None:
        corrects = {"revision": basis.corrects, "reason": basis.reason}
    return {
        "week": moment.week,
        "window": {"start": iso(moment.window.start), "end": iso(moment.window.end)},
        "at": iso(moment.at),
        "known_until": known.isoformat(),
        "preliminary": moment.known_until < moment.at,
        "corrects": corrects,
        "late_reason": basis.reason if basis.corrects is None else None,
        "scheme": {"version": basis.scheme.version, "digest": basis.scheme.digest},
        "district": _district(worked),
        "bands": [
            {
                "level": band.level,
                "name": band.name,
                "min": band.min,
                "inclusive": band.inclusive,
                "measure": band.measure,
            }
            for band in weekly.bands
        ],
        "aspects": [
            {"code": one.code, "name": one.name, "points": one.points} for one in weekly.aspects
        ],
        "indicators": [
            {
                "code": one.code,
                "aspect": one.aspect,
                "name": one.name,
                "unit": one.unit,
                "points": one.points,
                "zero": one.zero,
                "full": one.full,
                "higher": one.higher,
                "origin": one.origin,
                "department": one.department,
            }
            for one in weekly.indicators
        ],
        "towns": list(rows),
        "departments": list(departments),
        "sensitivity": _sensitivity(worked),
        "bases": bases_documents(worked),
        "pooled": pool(worked.values, worked.cases),
        "provenance": _provenance(worked),
    }


def _district(worked: Worked) -> dict[str, Any]:
    index, before = worked.scores.index, worked.past.previous_index
    known, both = ~np.isnan(index), ~np.isnan(index) & ~np.isnan(before)
    levels = Counter(worked.scores.level)
    names = (*(band.level for band in worked.weekly.bands), "no_data")
    return {
        "index": number(index[known].mean()) if known.any() else None,
        "change": number((index - before)[both].mean()) if both.any() else None,
        "towns": len(index),
        "known": int(known.sum()),
        "levels": {name: levels.get(name, 0) for name in names},
    }


def _sensitivity(worked: Worked) -> list[dict[str, Any]]:
    found = worked.sobol
    if found is None:
        return []
    columns = (found.first, found.first_spread, found.total, found.total_spread)
    return [
        {
            "choice": name,
            "first": number(first),
            "first_spread": number(first_spread),
            "total": number(total),
            "total_spread": number(total_spread),
        }
        for name, first, first_spread, total, total_spread in zip(
            found.names, *columns, strict=True
        )
    ]


def _provenance(worked: Worked) -> dict[str, Any]:
    basis, past = worked.basis, worked.past
    moment, doubting = basis.moment, worked.weekly.doubting
    zone = moment.at.tzinfo
    return {
        "layers": {
            layer: {
                "digest": one.digest,
                "imported_at": iso(one.imported_at.astimezone(zone)),
                "rows": one.rows,
                "late": one.imported_at > moment.known_until,
            }
            for layer, one in sorted(basis.snapshots.items())
        },
        "records": dict(worked.records),
        "small_count_means": dict(past.usual),
        "small_count_weeks": list(past.usual_weeks),
        "previous_week": basis.previous_week,
        "history": [[one.week, one.revision] for one in past.listed],
        "seed": doubting.seed,
        "draws": doubting.draws,
        "code_version": basis.code_version,
    }
