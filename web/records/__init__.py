"""The pages of all other records: lists, forms, files, devices."""
