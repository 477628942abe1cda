"""One way to compile a kernel, typed, cached on disk where that is possible."""

from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar, cast

from numba import njit

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile `function` on its first call; keep its types and release the interpreter lock.

    The machine code is kept beside the source, or in the user's cache folder. Where neither can
    be written (a read-only installation without a home) it is compiled anew in each process.
    """
    try:
        return cast("Callable[P, R]", njit(cache=True, nogil=True)(function))
    except RuntimeError:
        return cast("Callable[P, R]", njit(nogil=True)(function))


def is_cached(kernel: Callable[..., object]) -> bool:
    """Tell whether a kernel was compiled in an earlier run, by the cache files beside it.

    The first run after an installation compiles every kernel it meets, about ten seconds in all.
    """
    stats = getattr(kernel, "stats", None)
    place = getattr(stats, "cache_path", None)
    name = getattr(kernel, "__name__", "")
    return place is not None and any(Path(place).glob(f"*.{name}-*.nbi"))
