"""The day as a document: headline, signals, provenance, freshness of every source."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from riskmap.canonical import iso, text_or_none
from riskmap.daily.facts import Facts
from riskmap.daily.history import Past
from riskmap.daily.worked import Worked
from riskmap.district import District
from riskmap.moment import Moment
from scoring.levels import LEVELS
from scoring.schemes.scheme import Scheme

ORDER = (*reversed(LEVELS), "no_data")


def headline(levels: Sequence[str]) -> dict[str, int]:
    """Return the number of towns of each level, no_data last."""
    counted = Counter(levels)
    return {level: counted.get(level, 0) for level in ORDER}


def headline_previous(past: Past) -> dict[str, int] | None:
    """Return the same of the shown revision of the day before, None when there is none."""
    if past.previous is None:
        return None
    return headline([town["level"] for town in past.previous_towns.values()])


def signal_documents(facts: Facts, moment: Moment) -> list[dict[str, Any]]:
    """Return every active warning unchanged, with the towns that its text names."""
    zone = moment.zone
    return [
        {
            "alert_id": str(row["alert_id"]),
            "station": text_or_none(row["station"]),
            "type": str(row["type"]),
            "level": text_or_none(row["level"]),
            "title": text_or_none(row["title"]),
            "issued_at": iso(row["issued_at"].tz_convert(zone)),
            "expires_at": iso(row["expires_at"].tz_convert(zone)),
            "text": text_or_none(row["text"]),
            "towns": list(row["named"]),
            "source": text_or_none(row["source"]),
        }
        for row in facts.signals.to_dict("records")
    ]


def layer_provenance(
    district: District, moment: Moment, scheme: Scheme
) -> dict[str, dict[str, Any]]:
    """Return digest, files, age, limit and notes of every layer used.

    Age is counted from the import to the day's moment; a layer imported later has age 0.
    """
    found, late = {}, district.late_notes
    for layer, snapshot in sorted(district.snapshots.items()):
        imported = snapshot.imported_at.astimezone(moment.zone)
        age = max(0.0, (moment.at - imported).total_seconds() / 86400)
        limit = scheme.layer_limits_days.get(layer)
        found[layer] = {
            "digest": snapshot.digest,
            "imported_at": iso(imported),
            "age_days": age,
            "limit_days": limit,
            "stale": limit is not None and age > limit,
            "files": [
                {"file": source.get("file"), "sha256": source.get("sha256")}
                for source in snapshot.sources
            ],
            "rows": snapshot.rows,
            "rejected": snapshot.rejected,
            "note": "；".join(filter(None, (late.get(layer), *district.notes.get(layer, ()))))
            or None,
            "late_note": late.get(layer),
        }
    return found


def record_provenance(facts: Facts, moment: Moment) -> dict[str, dict[str, Any]]:
    """Return rows, last delivery, age, limit and notes of every record kind."""
    return {
        kind: {
            "rows": source.rows,
            "last_delivery": (
                iso(source.last_delivery.tz_convert(moment.zone)) if source.last_delivery else None
            ),
            "age_h": source.age_h,
            "limit_h": source.limit_h,
            "stale": source.stale,
            "known": source.known,
            "note": "；".join(facts.notes.get(kind, ())) or None,
        }
        for kind, source in sorted(facts.sources.items())
    }


def freshness(
    layers: Mapping[str, Mapping[str, Any]], records: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """Return the oldest source with its age [d], and every source past its limit."""
    ages = {name: float(layer["age_days"]) for name, layer in layers.items()}
    ages |= {
        kind: record["age_h"] / 24
        for kind, record in records.items()
        if record["age_h"] is not None
    }
    oldest = max(sorted(ages), key=lambda name: ages[name]) if ages else None
    sources = {**layers, **records}
    return {
        "oldest": oldest,
        "age_days": ages[oldest] if oldest else None,
        "stale": sorted(name for name, source in sources.items() if source["stale"]),
    }


def provenance(worked: Worked, code_version: str) -> dict[str, Any]:
    """Return everything that the result was computed from; `replay` needs nothing else."""
    moment, scheme, past = worked.moment, worked.scheme, worked.past
    previous = past.previous
    return {
        "layers": layer_provenance(worked.district, moment, scheme),
        "records": record_provenance(worked.facts, moment),
        "scheme": {"version": scheme.version, "digest": scheme.digest},
        "code_version": code_version,
        "known_until": iso_exact(moment),
        "unknown_indicators": dict(worked.inventory.unknown),
        "population_source": worked.district.population_source,
        "previous": (
            {
                "date": previous.date.isoformat(),
                "revision": previous.revision,
                "digest": previous.digest,
            }
            if previous
            else None
        ),
        "history": [[day.isoformat(), revision] for day, revision in past.listed],
    }


def iso_exact(moment: Moment) -> str:
    """Return the record cut-off to the microsecond, as replay needs it."""
    return moment.known_until.isoformat(timespec="microseconds")


def unusual_documents(percentile: Any, days: Any, least: int) -> list[dict[str, Any]]:
    """Return the percentile of each town among its own days; None below the least number."""
    return [
        {
            "percentile": None if np.isnan(share) or count < least else share,
            "days": count,
        }
        for share, count in zip(percentile.tolist(), days.tolist(), strict=True)
    ]
