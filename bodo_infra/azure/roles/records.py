"""Blobs of the cloud-config's container: who may read, write and delete what below which prefixes.

Roles say what can be done with a blob, conditions of the assignments say with which: ``blobs_below``.
"""

from bodo_infra.azure.roles.conditions import BLOBS, Paths
from bodo_infra.azure.roles.grants import Grant
from bodo_infra.scope import AGENT_PREFIX, NODE_PREFIXES, STATE_PREFIX

CONTAINER = "the cloud-config's container"

READ, WRITE, ADD, DELETE = f"{BLOBS}/read", f"{BLOBS}/write", f"{BLOBS}/add/action", f"{BLOBS}/delete"

NODE_PATHS = Paths(reads=(AGENT_PREFIX, *NODE_PREFIXES), writes=NODE_PREFIXES)
"""Whoever could write the agent would run on every node; whoever writes states can have `up` do what they like."""
DEVELOPER_PATHS = Paths(reads=(STATE_PREFIX, *NODE_PREFIXES), writes=(STATE_PREFIX, *NODE_PREFIXES))
"""Developers and admins run `up`: they write states. What the agent is, the service principal brings."""
VIEWER_PATHS = Paths(reads=NODE_PREFIXES, writes=())
"""Not the state of stacks, which holds secrets."""


def deploys() -> Grant:
    """All blobs of the container, and the container itself as it is: for the deployer."""
    return Grant(
        name="Records",
        component="InstanceRole, Workspace, Cluster",
        where=CONTAINER,
        actions={"Microsoft.Storage/storageAccounts/blobServices/containers/read": "whether the container is there"},
        data_actions={
            READ: "states, records, logs and packages",
            WRITE: "write and lock states, hand jobs over, bring packages",
            ADD: "new blobs alone",
            DELETE: "unlock a state, and packages that nobody needs any more; versions are kept",
        },
    )


def works(component: str, where: str) -> Grant:
    """Blobs below the prefixes of the assignment's condition."""
    return Grant(
        name="Blobs",
        component=component,
        where=where,
        data_actions={
            READ: "what a job brings along, records, logs and results",
            WRITE: "records, logs and results",
            ADD: "new blobs alone: marks and leases",
            DELETE: "marks of jobs that have ended; a version is kept",
        },
    )


def views() -> Grant:
    """Reading blobs below the prefixes of the assignment's condition."""
    return Grant(
        name="LookAtBlobs",
        component="members",
        where=f"{CONTAINER}, with a condition by path",
        data_actions={READ: "records, logs and results"},
    )
