"""LiveKit: its API, its webhooks, its tokens."""
