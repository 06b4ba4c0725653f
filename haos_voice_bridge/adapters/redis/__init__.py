"""Redis, where lk-jwt-service keeps its jobs."""
