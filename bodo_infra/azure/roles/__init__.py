"""What roles of a cloud-config may do: grants with the reason of every action, as plain data. Knows no Pulumi."""
