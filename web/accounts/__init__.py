"""Who asks: signing in and out, accounts, tokens, and the audit page."""
