"""The district and its day: settings, workspace, records, daily results, command line."""
