"""What can be wrong with a scheme or with the arrays given to the engine."""


class SchemeError(ValueError):
    """A scoring scheme contradicts itself; every fault is listed, none is mended silently."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = list(faults)
        super().__init__("评分方案有误：" + "；".join(self.faults) + "。")
