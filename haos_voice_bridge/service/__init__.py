"""Load, decide, save, do: the only place where the pure core meets the ports."""
