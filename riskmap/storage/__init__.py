"""A whole store as one thing: backed up, restored, carried to another database."""
