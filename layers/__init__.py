"""The world: a source in, a checked table or grid out, and where things are."""
