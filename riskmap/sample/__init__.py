"""A fictional district, province and nation, made from a seed."""
