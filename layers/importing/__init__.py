"""A source in, a layer out: read, checked, put on the map, with all that was found."""
