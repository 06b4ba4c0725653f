"""The rules of a room, one file a subject; `step.py` says which event meets which."""
