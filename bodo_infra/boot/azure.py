"""The boot script on Azure, as custom data of a scale set: AlmaLinux 9, records in a blob container.

The agent's package comes with the scale set itself. On AWS it is an object that is made with the cluster; here Pulumi's
provider makes blobs with the account's key alone (pulumi/pulumi-azure-native#2015), and the account has its keys
switched off. So it is in the set's *user data*, which nodes read from the metadata service, and what has no room there
is in the script. It is compressed with bzip2, whose bytes are the same on every machine, as those of zlib are not.

Beside what ``script`` names, nodes of a workspace without a way out read agent/mirror/rpms/*.rpm from the container.
"""

import base64
import bz2
from dataclasses import dataclass
from functools import cache

from bodo_infra.boot.package import build_agent_package
from bodo_infra.boot.script import BootValues, CloudPart, check_length, render_script
from bodo_infra.errors import Problem
from bodo_infra.plans.arm_ids import ArmId
from bodo_infra.plans.names import RESOURCE_GROUP, SCALE_SET, STORAGE_ACCOUNT, STORAGE_CONTAINER
from bodo_infra.spec import ClusterSpec
from bodo_infra.spec.base import NAME_MAX

# "Custom data and cloud-init on Azure Virtual Machines": 65535 bytes before they are encoded.
CUSTOM_DATA_BYTES = 65535
# "User Data for Azure Virtual Machine": 64 KB. Kept to after encoding, as the page leaves open which is meant.
USER_DATA_BYTES = 48000
LONGEST_SCALE_SET = str(
    ArmId(
        subscription="0" * 36,
        # A name of a group may be of any letters; nodes are told bytes.
        group="\U0001d4d0" * RESOURCE_GROUP.limit,
        type="Microsoft.Compute/virtualMachineScaleSets",
        names=("s" * SCALE_SET.limit,),
    )
)
BLOB_HOST = "blob.core.windows.net"


@dataclass(frozen=True, kw_only=True)
class AzureBootValues(BootValues):
    """``client_id``: of the nodes' identity.  ``scale_set_id``: its resource id."""

    storage_account: str
    container: str
    client_id: str
    scale_set_id: str
    agent_rest: bytes = b""


@dataclass(frozen=True, kw_only=True)
class ShippedAgent:
    """The agent's package, compressed. ``user_data``: its beginning.  ``rest``: what is left for the script."""

    user_data: bytes
    rest: bytes
    sha256: str


@cache
def ship_agent() -> ShippedAgent:
    """The package of this release. ``sha256`` is that of the zip, before it is compressed."""
    package = build_agent_package()
    content = bz2.compress(package.content)
    return ShippedAgent(user_data=content[:USER_DATA_BYTES], rest=content[USER_DATA_BYTES:], sha256=package.sha256)


def render_custom_data(values: AzureBootValues) -> str:
    """The script."""
    files_of = values.file_system
    variables = {
        "CLIENT_ID": values.client_id,
        "CONTAINER_URL": f"https://{values.storage_account}.{BLOB_HOST}/{values.container}",
        "SCALE_SET_ID": values.scale_set_id,
        "STORAGE_PLACE": f"{files_of['host']}:{files_of['export']}",
        "AGENT_REST": base64.b64encode(values.agent_rest).decode(),
    }
    part = CloudPart(
        functions="azure.sh",
        variables=variables,
        environment={},  # of the fabric, which each node finds out
        record={"scale_set_id": values.scale_set_id, "client_id": values.client_id},
    )
    return render_script(values, part)


def check_custom_data(spec: ClusterSpec, *, path: str) -> list[Problem]:
    """A list of packages for which custom data has no room. ``path``: where the packages stand."""
    return check_length(render_custom_data(_longest(spec)), spec.packages, limit=CUSTOM_DATA_BYTES, path=path)


def _longest(spec: ClusterSpec) -> AzureBootValues:
    """Values of a cluster as long as any can be."""
    agent = ship_agent()
    account, container = "a" * STORAGE_ACCOUNT.limit, "c" * STORAGE_CONTAINER.limit
    return AzureBootValues(
        cluster=spec.name,
        cluster_uuid="u" * 36,
        workspace="w" * NAME_MAX,
        workspace_uuid="u" * 36,
        store=f"azblob://{container}?storage_account={account}",
        storage_account=account,
        container=container,
        client_id="c" * 36,
        scale_set_id=LONGEST_SCALE_SET,
        region="r" * 32,
        egress="none",
        shared_path="/" + "s" * 40,
        file_system={"kind": "azure-files", "id": "", "host": "h" * 80, "export": "e" * 100},
        slots=1000,
        efa="required",
        bodo_version=spec.bodo_version,
        packages=spec.packages,
        agent_sha256=agent.sha256,
        agent_rest=agent.rest,
    )
