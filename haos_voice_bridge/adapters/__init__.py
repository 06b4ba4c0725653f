"""The outside world, one folder a neighbour. Each only translates; none knows another."""
