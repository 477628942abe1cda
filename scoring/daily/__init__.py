"""The daily score: inherent risk, what is going on, control, floors, and what would change it."""
