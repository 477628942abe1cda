"""The pages of a day: the map of all towns, and one town with its reasons."""
