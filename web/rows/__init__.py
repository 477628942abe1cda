"""The rows behind the numbers: layers, records, and the calculation of a hazard source."""
