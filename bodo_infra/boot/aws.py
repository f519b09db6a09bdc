"""The boot script on AWS, as user data of EC2: Amazon Linux 2023, an Auto Scaling group, records in S3.

Beside what ``script`` names, it reads agent/<uuid>/<sha256>.zip from the bucket: the agent's package, made with the
cluster.
"""

from dataclasses import dataclass

from bodo_infra.boot import versions
from bodo_infra.boot.script import BootValues, CloudPart, check_length, render_script
from bodo_infra.errors import Problem
from bodo_infra.plans.names import AUTO_SCALING_GROUP, DYNAMODB_TABLE, S3_BUCKET
from bodo_infra.scope import AGENT_PREFIX
from bodo_infra.spec import ClusterSpec
from bodo_infra.spec.base import NAME_MAX

USER_DATA_BYTES = 16384  # EC2 user guide, "Run commands when you launch an EC2 instance with user data input"


@dataclass(frozen=True, kw_only=True)
class AwsBootValues(BootValues):
    """``group``: name of the Auto Scaling group.  ``bucket_region``: where bucket and table are."""

    group: str
    bucket: str
    bucket_region: str


def agent_key(cluster_uuid: str, sha256: str) -> str:
    """Where in the bucket the agent's package lies. Of each cluster its own: one that goes takes it from no other."""
    return f"{AGENT_PREFIX}{cluster_uuid}/{sha256}.zip"


def render_user_data(values: AwsBootValues) -> str:
    """The script."""
    files_of = values.file_system
    variables = {
        "REGION": values.region,
        "BUCKET": values.bucket,
        "BUCKET_REGION": values.bucket_region,
        "GROUP": values.group,
        "STORAGE_ID": files_of["id"],
        "STORAGE_DNS": files_of.get("dns_name", ""),
        "STORAGE_DETAIL": files_of.get("access_point_id") or files_of.get("mount_name", ""),
        "EFA_ARCHIVE": versions.EFA_INSTALLER,
        "EFA_SHA256": versions.EFA_INSTALLER_SHA256,
        "EFA_URL": "" if values.egress == "none" else f"{versions.EFA_INSTALLER_PLACE}/{versions.EFA_INSTALLER}",
        "AGENT_KEY": agent_key(values.cluster_uuid, values.agent_sha256),
    }
    part = CloudPart(
        functions="aws.sh",
        variables=variables,
        environment={"FI_EFA_FORK_SAFE": "1"},
        record={"autoscaling_group": values.group},
    )
    return render_script(values, part)


def check_user_data(spec: ClusterSpec, *, path: str) -> list[Problem]:
    """A list of packages for which user data has no room. ``path``: where the packages stand."""
    return check_length(render_user_data(_longest(spec)), spec.packages, limit=USER_DATA_BYTES, path=path)


def _longest(spec: ClusterSpec) -> AwsBootValues:
    """Values of a cluster as long as any can be."""
    detail = {"access_point_id": "a" * 32}
    return AwsBootValues(
        cluster=spec.name,
        cluster_uuid="u" * 36,
        workspace="w" * NAME_MAX,
        workspace_uuid="u" * 36,
        group="g" * AUTO_SCALING_GROUP.limit,
        store=f"s3://{'b' * S3_BUCKET.limit}?table={'t' * DYNAMODB_TABLE.limit}&region={'r' * 16}",
        bucket="b" * S3_BUCKET.limit,
        bucket_region="r" * 16,
        region="r" * 16,
        egress="nat",
        shared_path="/" + "s" * 40,
        file_system={"kind": "efs", "id": "f" * 32, "dns_name": "d" * 80, **detail},
        slots=1000,
        efa="required",
        bodo_version=spec.bodo_version,
        packages=spec.packages,
        agent_sha256="0" * 64,
    )
