"""The store: its tables and their versions, backed up, restored, carried to another database."""
