"""The account as azure-native sees it: what the provider and Azure Resource Manager (ARM) do with each type."""
