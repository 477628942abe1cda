"""Texts of the pages: Chinese first, English second, one table for each page."""
