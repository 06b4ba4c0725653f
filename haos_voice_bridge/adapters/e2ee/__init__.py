"""Encrypted rooms, by mautrix's crypto (libolm). Needs the extra `haos-voice-bridge[e2ee]`.

Stands upon two other adapters, the client and the database; none of them knows of it.
"""
