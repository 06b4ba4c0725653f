"""The MatrixRTC token service: LiveKit tokens for Matrix users, and leaves sent on their behalf.

The contract is that of Element's lk-jwt-service (Go, 0.5). `requests` and `jobs` are pure; the rest
asks the world through `ports`.
"""
