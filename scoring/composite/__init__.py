"""Composite indices of any depth: arrays in, scores out, every step kept, ranks with how sure."""
