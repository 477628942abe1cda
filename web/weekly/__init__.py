"""The pages of a week: the index, a town's week, deliveries, the office's Friday, cards."""
