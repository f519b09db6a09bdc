"""What a node does when it starts for the first time: boot script, agent package, pinned versions. No Pulumi."""
