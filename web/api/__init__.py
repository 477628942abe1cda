"""The API below /api/v1: routes, what they take and answer, how they refuse."""
