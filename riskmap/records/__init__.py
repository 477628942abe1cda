"""Records as facts: how each kind comes in, is kept, and what it says at a moment."""
