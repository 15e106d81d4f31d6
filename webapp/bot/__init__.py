"""A person made of code: talks and listens in a space over the same HTTP and WebSocket as a browser."""
