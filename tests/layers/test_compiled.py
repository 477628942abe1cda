"""Kernels run where nothing can be kept on disk, only compiled anew."""

from layers.compiled import compiled, is_cached


def test_a_kernel_without_a_place_for_its_cache_still_runs() -> None:
    names: dict[str, object] = {}
    # A function without a file has no place where numba could keep it, like a read-only machine.
    exec("def twice(x):\n    return 2 * x\n", names)
    kernel = compiled(names["twice"])
    assert kernel(21.0) == 42.0
    assert not is_cached(kernel)
