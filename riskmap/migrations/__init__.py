"""Database migrations, run by riskmap.storage.migrating; explicit DDL, unchanged once released."""
