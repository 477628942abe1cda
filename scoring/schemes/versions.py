"""Versions of a scheme: what differs between two, and a new one with other goalposts."""

import re
import tomllib
from collections.abc import Mapping
from typing import Any

from scoring.errors import SchemeError
from scoring.schemes.keys import NAMES
from scoring.schemes.scheme import Scheme, load_scheme


def scheme_diff(old: Scheme, new: Scheme) -> list[tuple[str, object, object]]:
    """Return what differs between two schemes, by path; None where one lacks the key.

    Parameters
    ----------
    old, new
        Checked schemes.

    Returns
    -------
    (path, old value, new value), ordered by path; tables in lists are named by their code.
    """
    before, after = (_flatten(tomllib.loads(scheme.text)) for scheme in (old, new))
    return [
        (path, before.get(path), after.get(path))
        for path in sorted(before.keys() | after.keys())
        if before.get(path) != after.get(path)
    ]


def propose_scheme(text: str, goalposts: Mapping[str, float], version: str, reason: str) -> str:
    """Return a new scheme text with other upper goalposts; the old text is not touched.

    Only ``hi`` and ``source`` of the named indicators, ``version``, ``reason`` and
    ``based_on`` (digest of the old text) change; every other line and comment stays.

    Parameters
    ----------
    text
        The scheme in use.
    goalposts
        Indicator (h1 … h7, e, v) → new upper goalpost in its unit.
    version
        Name of the new version, other than the old one.
    reason
        Why, for whoever approves it; becomes the source of the new numbers.

    Raises
    ------
    SchemeError
        When the old text has faults, an indicator does not exist, the version is not new, or
        the result would not load or would differ in anything else.
    """
    old = load_scheme(text)
    if version == old.version or not version.strip() or not reason.strip():
        raise SchemeError([f"新方案的版本 {version!r} 须与旧版本不同，且须写明理由"])
    blocks = re.split(r"(?m)^(?=\[)", text)
    left = dict(goalposts)
    for number, block in enumerate(blocks[1:], start=1):
        code = _code_of(block)
        if code in left:
            raised = _set_key(block, "hi", repr(float(left.pop(code))))
            blocks[number] = _set_key(raised, "source", _quote(reason))
    if left:
        raise SchemeError([f"方案中没有指标 {'、'.join(left)}，可用 h1～h7、e、v"])
    head = _set_key(_set_key(blocks[0], "version", _quote(version)), "reason", _quote(reason))
    blocks[0] = _set_based_on(head, old.digest)
    proposed = "".join(blocks)
    _check_only(old, load_scheme(proposed), goalposts)
    return proposed


def _check_only(old: Scheme, new: Scheme, goalposts: Mapping[str, float]) -> None:
    allowed = {"version", "reason", "based_on"}
    places = {"e": "exposure", "v": "vulnerability"}
    for code in goalposts:
        place = places.get(code, f"hazards[{code}]")
        allowed |= {f"{place}.hi", f"{place}.source"}
    others = [path for path, _, _ in scheme_diff(old, new) if path not in allowed]
    if others:
        raise SchemeError([f"新方案还会改动 {path}，已放弃" for path in others])


def _code_of(block: str) -> str | None:
    header = block.split("\n", 1)[0].strip()
    if header not in ("[[hazards]]", "[exposure]", "[vulnerability]"):
        return None
    found = re.search(r'(?m)^code\s*=\s*"([^"]*)"', block)
    return found.group(1) if found else None


def _set_key(block: str, key: str, value: str) -> str:
    pattern = re.compile(rf"(?m)^{key}\s*=.*$")
    if len(pattern.findall(block)) != 1:
        raise SchemeError([f"方案中 {key} 应各占一行且只出现一次，无法改写"])
    return pattern.sub(lambda _: f"{key} = {value}", block)


def _set_based_on(head: str, digest: str) -> str:
    if re.search(r"(?m)^based_on\s*=", head):
        return _set_key(head, "based_on", _quote(digest))
    return re.sub(r"(?m)^(reason\s*=.*)$", lambda m: f"{m[1]}\nbased_on = {_quote(digest)}", head)


def _quote(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"[\x00-\x1f\x7f]", " ", escaped) + '"'


def _flatten(value: Any, path: str = "") -> dict[str, object]:
    if isinstance(value, dict):
        prefix = f"{path}." if path else ""
        return {k: v for key, one in value.items() for k, v in _flatten(one, prefix + key).items()}
    if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
        return {
            k: v
            for number, one in enumerate(value, start=1)
            for k, v in _flatten(one, f"{path}[{_label(one, number)}]").items()
        }
    return {path: value}


def _label(row: dict[str, Any], number: int) -> object:
    return next((row[key] for key in NAMES if row.get(key)), number)
