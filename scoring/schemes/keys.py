"""What may stand under a key of a scheme file: numbers, texts, tables, and what each refuses."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

STATUSES = ("C", "M", "P")

NAMES = ("code", "type", "card", "level")
"""Keys by which a row of a list is called, the first that it has."""

Fault = str
Check = Callable[[str, Any], list[Fault]]


@dataclass(frozen=True)
class Key:
    """What may stand under a key."""

    check: Check
    required: bool = True


def number(low: float, high: float, *, whole: bool = False) -> Key:
    """Return a key that holds a number low … high [unit by its name]."""

    def check(path: str, value: Any) -> list[Fault]:
        kinds = (int,) if whole else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds):
            return [f"{path} 的值 {value!r} 应为{'整数' if whole else '数字'}"]
        if not low <= value <= high:
            return [f"{path} 的值 {value!r} 应在 {low:g}～{high:g} 之间"]
        return []

    return Key(check)


def text(*allowed: str, empty: bool = False) -> Key:
    """Return a key that holds a text, one of ``allowed`` when given."""

    def check(path: str, value: Any) -> list[Fault]:
        if not isinstance(value, str) or (not empty and not value.strip()):
            return [f"{path} 的值 {value!r} 应为{'文字' if empty else '非空文字'}"]
        if allowed and value not in allowed:
            return [f"{path} 的值 {value!r} 应为下列之一：{'、'.join(allowed)}"]
        return []

    return Key(check)


def flag() -> Key:
    """Return a key that holds true or false."""

    def check(path: str, value: Any) -> list[Fault]:
        return [] if isinstance(value, bool) else [f"{path} 的值 {value!r} 应为 true 或 false"]

    return Key(check)


def day() -> Key:
    """Return a key that holds a date."""

    def check(path: str, value: Any) -> list[Fault]:
        if isinstance(value, date) and not isinstance(value, datetime):
            return []
        return [f"{path} 的值 {value!r} 应为日期，例如 2026-01-01（不加引号）"]

    return Key(check)


def many(item: Key, size: int | None = None) -> Key:
    """Return a key that holds a list of items, ``size`` of them when given."""

    def check(path: str, value: Any) -> list[Fault]:
        if not isinstance(value, list):
            return [f"{path} 的值 {value!r} 应为列表"]
        if size is not None and len(value) != size:
            return [f"{path} 有 {len(value)} 项，应为 {size} 项"]
        return [
            fault for i, one in enumerate(value) for fault in item.check(f"{path}[{i + 1}]", one)
        ]

    return Key(check)


def table(**keys: Key) -> Key:
    """Return a key that holds a table without numbers of its own."""
    return Key(_table(keys))


def sourced(**keys: Key) -> Key:
    """Return a key that holds a table of numbers: ``source`` and ``status`` are required."""
    return Key(_table({**keys, "source": text(), "status": text(*STATUSES)}))


def optional(key: Key) -> Key:
    """Return the same key, which may be missing."""
    return Key(key.check, required=False)


def rows(row: Key) -> Key:
    """Return a key that holds one or more tables ([[key]])."""

    def check(path: str, value: Any) -> list[Fault]:
        if not isinstance(value, list) or not value:
            return [f"{path} 应为一个或多个 [[{path}]] 表"]
        faults: list[Fault] = []
        for i, one in enumerate(value):
            label = _label(one) if isinstance(one, dict) else None
            faults += row.check(f"{path}[{label or i + 1}]", one)
        return faults

    return Key(check)


def numbers_by_name(low: float, high: float, *, whole: bool = False) -> Key:
    """Return a key that holds a table of freely named numbers."""
    inner = number(low, high, whole=whole)

    def check(path: str, value: Any) -> list[Fault]:
        if not isinstance(value, dict) or not value:
            return [f"{path} 应为非空的表"]
        return [f for name, one in value.items() for f in inner.check(f"{path}.{name}", one)]

    return Key(check)


def _table(keys: dict[str, Key]) -> Check:
    def check(path: str, value: Any) -> list[Fault]:
        if not isinstance(value, dict):
            return [f"{path} 的值 {value!r} 应为表"]
        prefix = f"{path}." if path else ""
        faults = [
            f"{prefix}{name} 不是方案的键，请删除或改名（可用：{'、'.join(keys)}）"
            for name in value
            if name not in keys
        ]
        for name, key in keys.items():
            if name in value:
                faults += key.check(prefix + name, value[name])
            elif key.required:
                faults.append(_missing(prefix, name))
        return faults

    return check


def _missing(prefix: str, name: str) -> Fault:
    if name == "source":
        return f"{prefix}source 缺失：每个数字须注明来源，请补 source 和 status"
    return f"{prefix}{name} 缺失，请补上"


def _label(row: dict[str, Any]) -> Any:
    return next((row[key] for key in NAMES if row.get(key)), None)
