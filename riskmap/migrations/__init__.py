"""Database migrations, run by riskmap.migrating; explicit DDL, never edited once released."""
