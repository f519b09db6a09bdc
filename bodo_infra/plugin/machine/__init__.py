"""The machine plugin: the local target's resources as real folders, records and node agents of this machine."""
