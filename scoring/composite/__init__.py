"""Composite indices of any depth: arrays in, scores out, every step kept, and how sure a rank is."""
