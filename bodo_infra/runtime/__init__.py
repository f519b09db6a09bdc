"""What runs on nodes and laptops: records and their store, the agent, job attempts, MPI, sources. No Pulumi."""
