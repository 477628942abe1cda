"""What can be wrong with the definition of a composite index or with its data."""


class CompositeError(ValueError):
    """A definition contradicts itself or does not fit its data; every fault is listed."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = list(faults)
        super().__init__("综合指数有误：" + "；".join(self.faults) + "。")
