"""`haos-voice-bridge auth-service`: the token service alone, in place of lk-jwt-service."""
