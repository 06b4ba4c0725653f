"""SQLite or PostgreSQL: the inbox, the rooms, the outbox, the history."""
