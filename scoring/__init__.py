"""The numbers: arrays in, scores, levels and reasons out; no file, no clock, no geometry."""
