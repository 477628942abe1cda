"""The reader: pages, maps and the API over what riskmap has stored; no formula."""
