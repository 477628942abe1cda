"""How the indicators of a week are measured on records, one module for each kind."""
