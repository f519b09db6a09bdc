"""Pulumi provider plugins in Python: ``wire`` speaks the protocol, ``machine`` makes the local target's things."""
