"""The rules of a voice call, pure: no await, no clock, no logging, no third-party import."""
