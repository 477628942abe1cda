"""A stored day as files: tables, vector formats and the picture of the map."""
