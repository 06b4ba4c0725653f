"""Other Matrix servers: where they are, and what is asked of them. Never of what is inside."""
