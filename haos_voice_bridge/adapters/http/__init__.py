"""HTTP: what the homeserver, LiveKit, browsers and operators call."""
