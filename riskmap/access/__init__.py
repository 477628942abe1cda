"""People and machines: who they are, what they may do, and the audit of what they did."""
