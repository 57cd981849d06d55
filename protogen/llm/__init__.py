"""The AI: one client, the embedded model server and its weights."""
