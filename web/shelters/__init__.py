"""The page of shelters: whether they suffice, and where they are missing."""
