"""The weekly safety control index: eight aspects, their points, how sure they are, cards."""
