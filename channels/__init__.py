"""One folder a channel: its own kind of message becomes the broker's commands, and events become messages."""
