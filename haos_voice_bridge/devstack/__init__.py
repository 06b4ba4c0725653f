"""`haos-voice-bridge up`: a homeserver, LiveKit and the bridge on loopback, to try and to test.

Nothing here is for production: the servers speak plain HTTP, and their rate limits are off.
"""
