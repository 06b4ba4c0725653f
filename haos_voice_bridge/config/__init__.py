"""The configuration: its types, reading it, and writing the example."""
