"""Every type token. Users' states hold them, so a change needs an alias; held by tests/components/test_contract.py."""

from typing import Final

# Components: bodo:<target>:<Noun>
LOCAL_CLOUD_CONFIG: Final = "bodo:local:CloudConfig"
LOCAL_WORKSPACE: Final = "bodo:local:Workspace"
LOCAL_CLUSTER: Final = "bodo:local:Cluster"

AWS_CLOUD_CONFIG: Final = "bodo:aws:CloudConfig"
AWS_WORKSPACE: Final = "bodo:aws:Workspace"
AWS_NETWORK: Final = "bodo:aws:Network"
AWS_SHARED_STORAGE: Final = "bodo:aws:SharedStorage"
AWS_INSTANCE_ROLE: Final = "bodo:aws:InstanceRole"
AWS_CLUSTER: Final = "bodo:aws:Cluster"

AZURE_CLOUD_CONFIG: Final = "bodo:azure:CloudConfig"
AZURE_WORKSPACE: Final = "bodo:azure:Workspace"
AZURE_NETWORK: Final = "bodo:azure:Network"
AZURE_SHARED_STORAGE: Final = "bodo:azure:SharedStorage"
AZURE_INSTANCE_ROLE: Final = "bodo:azure:InstanceRole"
AZURE_CLUSTER: Final = "bodo:azure:Cluster"

# Resources of the machine plugin.
MACHINE_PACKAGE: Final = "bodo-machine"
MACHINE_STORE: Final = "bodo-machine:index:Store"
MACHINE_DIRECTORY: Final = "bodo-machine:index:Directory"
MACHINE_CLUSTER: Final = "bodo-machine:index:Cluster"
