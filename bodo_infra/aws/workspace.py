"""A workspace on AWS: a network, shared files, and roles for its members."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_random as random

from bodo_infra import tokens
from bodo_infra.aws.links import CloudConfigLinks, WorkspaceLinks
from bodo_infra.aws.members import make_member_roles
from bodo_infra.aws.network import Network, NetworkArgs, NetworkLinks
from bodo_infra.aws.provider_region import require_region
from bodo_infra.aws.shared_storage import SharedStorage, SharedStorageArgs, admit_files
from bodo_infra.aws.workspace_scope import WorkspaceScope
from bodo_infra.checks import Finding, place
from bodo_infra.checks.workspace import check_built_workspace
from bodo_infra.component import Component
from bodo_infra.errors import Problem, raise_problems
from bodo_infra.refusal import refuse
from bodo_infra.scope import SHARED_PATH
from bodo_infra.spec import EfsStorage, LustreStorage, ManagedNetwork, WorkspaceSpec


@dataclass(frozen=True, kw_only=True)
class WorkspaceArgs:
    """``spec.region`` must be set; the provider must work there.

    ``network``: a network of the same program, in place of ``spec.network``.
    """

    spec: WorkspaceSpec
    cloud_config: CloudConfigLinks
    network: NetworkLinks | None = None


class Workspace(Component):
    """A network with shared files, for clusters and notebooks.

    Raises InputError with every problem of the spec before anything is registered; and before anything is made when the
    provider works in another region, when an existing network could not hold nodes or an existing file system not be
    mounted, or when the cloud-config's key is in another region.

    The shared files survive ``destroy`` unless ``spec.delete_data``: see SharedStorage.
    """

    uuid: pulumi.Output[str]
    name: pulumi.Output[str]
    store: pulumi.Output[str]
    shared_path: pulumi.Output[str]
    region: pulumi.Output[str]
    cloud_config_uuid: pulumi.Output[str]
    account_id: pulumi.Output[str]
    bucket: pulumi.Output[str]
    table: pulumi.Output[str]
    key_arn: pulumi.Output[str]
    boundary_arn: pulumi.Output[str]
    vpc_id: pulumi.Output[str]
    subnet_ids: pulumi.Output[dict[str, str]]
    egress: pulumi.Output[str]
    node_security_group_ids: pulumi.Output[list[str]]
    notebook_security_group_id: pulumi.Output[str]
    file_system: pulumi.Output[dict[str, str]]
    member_role_arns: pulumi.Output[dict[str, str]]
    """Roles of the kinds of members that there are: ``admins``, ``developers``, ``viewers``."""

    def __init__(self, name: str, args: WorkspaceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec, upstream = args.spec, args.cloud_config
        raise_problems(_check(args))
        super().__init__(tokens.AWS_WORKSPACE, name, spec, upstream, opts)
        assert spec.region is not None  # checked
        require_region(spec.region, self.invoke_options())

        storage = _storage(spec)
        made = random.RandomUuid(self.child_name("uuid"), opts=self.child_options()).result
        uuid: pulumi.Input[str] = _where_the_key_is(spec.region, upstream.key_arn, made)
        scope = WorkspaceScope(name=spec.name, region=spec.region, tags=spec.tags, uuid=uuid, cloud_config=upstream)
        if isinstance(storage, EfsStorage) and storage.file_system_id is not None:
            # Here and not with the storage alone: by then the network would be on its way.
            scope, _ = admit_files(storage.file_system_id, scope, self.invoke_options())
        network = Network(
            self.child_name("network"),
            NetworkArgs(
                spec=spec.network or ManagedNetwork(),
                scope=scope,
                storage=storage.kind,
                links=args.network,
            ),
            self.child_options(),
        )
        files = SharedStorage(
            self.child_name("storage"),
            SharedStorageArgs(
                spec=storage,
                scope=scope,
                subnets=network.subnets,
                group_id=network.storage_security_group_id,
                ready=network.ready,
                delete_data=spec.delete_data,
            ),
            self.child_options(),
        )
        roles = make_member_roles(self, scope, spec.members)

        self.uuid = pulumi.Output.from_input(scope.uuid)
        self.name = pulumi.Output.from_input(spec.name)
        self.store = pulumi.Output.from_input(upstream.store)
        self.shared_path = pulumi.Output.from_input(SHARED_PATH)
        self.region = pulumi.Output.from_input(spec.region)
        self.cloud_config_uuid = pulumi.Output.from_input(upstream.uuid)
        self.account_id = pulumi.Output.from_input(upstream.account_id)
        self.bucket = pulumi.Output.from_input(upstream.bucket)
        self.table = pulumi.Output.from_input(upstream.table)
        self.key_arn = pulumi.Output.from_input(upstream.key_arn)
        self.boundary_arn = pulumi.Output.from_input(upstream.boundary_arn)
        self.vpc_id = network.vpc_id
        self.subnet_ids = network.subnet_ids
        self.egress = network.egress
        self.node_security_group_ids = network.node_security_group_ids
        self.notebook_security_group_id = network.notebook_security_group_id
        self.file_system = files.file_system
        self.member_role_arns = pulumi.Output.all(**roles) if roles else pulumi.Output.from_input({})
        self.register_declared()

    @property
    def links(self) -> WorkspaceLinks:
        """What clusters and notebooks of the same program need."""
        return WorkspaceLinks.from_component(self)


def _check(args: WorkspaceArgs) -> list[Finding]:
    found = check_built_workspace(
        args.spec,
        "aws",
        has_links=args.network is not None,
        example="Name the region of the provider, such as us-east-2",
    )
    return place(found, path="spec")


def _where_the_key_is(region: str, key_arn: pulumi.Input[str], uuid: pulumi.Output[str]) -> pulumi.Output[str]:
    """The uuid, known only when the key is: everything of the workspace waits for it.

    A key encrypts in its own region alone, and nothing is to be encrypted otherwise without a word.
    """

    def near(arn: str) -> str:
        there = arn.split(":")[3] if arn else region
        if there != region:
            rule = f"is not {there}, the region of the cloud-config's key, which encrypts nothing elsewhere"
            fix = f"Set it to {there}, or use a cloud-config of {region}, or one without customer_key"
            refuse([Problem(path="spec.region", value=region, rule=rule, fix=fix)])
        return arn

    def first(both: Sequence[str]) -> str:
        return both[0]

    return pulumi.Output.all(uuid, pulumi.Output.from_input(key_arn).apply(near)).apply(first)


def _storage(spec: WorkspaceSpec) -> EfsStorage | LustreStorage:
    storage = spec.shared_storage or EfsStorage(kind="efs")
    assert isinstance(storage, (EfsStorage, LustreStorage))  # checked
    return storage
