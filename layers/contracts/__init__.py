"""What every layer promises: columns, units, allowed values, keys, geometry."""
