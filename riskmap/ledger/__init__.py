"""The closed loop of hidden dangers: from found to closed."""
