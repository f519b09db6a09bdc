"""A program that makes nouns on Azure out of a mapping of what stack files say: many in one stack, so that a life of
all of them takes few starts of the engine.

Each cloud-config is made by the account's owner, and all that stands on it by its service principal, as
bodo_infra/program/azure.py does it for stacks.
"""

PROGRAM = """
import json
from pathlib import Path

import pulumi
import pulumi_azure_native as azure_native

from bodo_infra import azure
from bodo_infra.errors import BodoInfraError
from bodo_infra.spec import CloudConfigSpec, ClusterSpec, InstanceRoleSpec, WorkspaceSpec
from bodo_infra.spec.problems import parse_as

nouns = json.loads(Path("nouns.json").read_text())
made, principals, locations = {}, {}, {}


def cloud_config(name, spec, uses):
    spec = parse_as(CloudConfigSpec, spec)
    there = {"subscription_id": spec.azure.subscription_id, "tenant_id": spec.azure.tenant_id}
    owner = azure_native.Provider(f"{name}-owner", **there)
    bottom = azure.CloudConfig(name, azure.CloudConfigArgs(spec=spec), pulumi.ResourceOptions(providers=[owner]))
    principals[name] = azure_native.Provider(
        f"{name}-principal",
        **there,
        client_id=spec.azure.service_principal.application_id,
        # It has its rights before it works, and until all that it made is gone.
        opts=pulumi.ResourceOptions(depends_on=[bottom]),
    )
    locations[name] = spec.azure.location
    return bottom


def workspace(name, spec, uses):
    home = uses["cloud_config"]
    spec = parse_as(WorkspaceSpec, {"region": locations[home], **spec})
    return azure.Workspace(name, azure.WorkspaceArgs(spec=spec, cloud_config=made[home].links), acts_as(home))


def instance_role(name, spec, uses):
    home = uses["cloud_config"]
    args = azure.InstanceRoleArgs(spec=parse_as(InstanceRoleSpec, spec), cloud_config=made[home].links)
    return azure.InstanceRole(name, args, acts_as(home))


def cluster(name, spec, uses):
    args = azure.ClusterArgs(
        spec=parse_as(ClusterSpec, spec),
        workspace=made[uses["workspace"]].links,
        instance_role=made[uses["instance_role"]].links if "instance_role" in uses else None,
    )
    return azure.Cluster(name, args, acts_as(nouns[uses["workspace"]]["uses"]["cloud_config"]))


def acts_as(home):
    return pulumi.ResourceOptions(providers=[principals[home]])


KINDS = (cloud_config, workspace, instance_role, cluster)
for make in KINDS:
    for name, noun in nouns.items():
        if noun["kind"].replace("-", "_") == make.__name__:
            try:
                made[name] = make(name, noun["spec"], noun.get("uses", {}))
            except BodoInfraError as error:
                raise pulumi.RunError(f"{name}: {error}") from None
"""
