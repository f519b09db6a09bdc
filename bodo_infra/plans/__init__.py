"""What to ask of a cloud, as arithmetic over the catalogue: networks, interfaces, names. No Pulumi, no I/O."""
