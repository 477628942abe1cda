"""The day of a district: computed, stored, explained, published, and computed again."""
