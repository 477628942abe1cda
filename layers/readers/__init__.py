"""Sources as bureaus send them, read as tables of texts before any contract."""
