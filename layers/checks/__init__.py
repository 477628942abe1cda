"""A raw table against its contract: every fault at once, good rows typed."""
