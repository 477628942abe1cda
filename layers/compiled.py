"""One way to compile a kernel, typed, cached on disk where that is possible."""

from collections.abc import Callable
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
