"""The week of a district: what is measured, computed, published, and which cards follow."""
