"""The records the sandbox serves: how they are parsed, indexed, and change over time."""
