"""Storage: the only package that speaks SQL; rows in, domain values out, on SQLite and on PostgreSQL."""
