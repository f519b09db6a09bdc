"""What a node does when it first starts, on any cloud: boot script, agent package, pinned versions. No Pulumi."""
