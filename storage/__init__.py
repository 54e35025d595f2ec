"""The archive: keeps every version, and is the only room that knows SQL and disk."""
