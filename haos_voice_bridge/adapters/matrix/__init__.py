"""The homeserver: transactions in, the bot out."""
