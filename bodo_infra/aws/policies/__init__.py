"""What roles of a cloud-config may do: statements with the reason of every action, as plain data. Knows no Pulumi."""
