"""A workspace on Azure: a network, shared files, a vault, and what its members may do."""

from dataclasses import dataclass

import pulumi
import pulumi_azure_native as azure_native
import pulumi_random as random

from bodo_infra import tokens
from bodo_infra.azure.endpoints import EndpointPlace
from bodo_infra.azure.links import CloudConfigLinks, WorkspaceLinks
from bodo_infra.azure.members import make_member_assignments
from bodo_infra.azure.network import Network, NetworkArgs, NetworkLinks
from bodo_infra.azure.shared_storage import SharedStorage, SharedStorageArgs, admit_share
from bodo_infra.azure.vault import make_vault
from bodo_infra.azure.workspace_scope import WorkspaceScope
from bodo_infra.checks import Finding, place
from bodo_infra.checks.workspace import check_built_workspace
from bodo_infra.component import Component
from bodo_infra.errors import Problem, raise_problems
from bodo_infra.plans.azure_network import ENDPOINTS
from bodo_infra.refusal import refuse
from bodo_infra.scope import SHARED_PATH
from bodo_infra.spec import AzureFilesStorage, ManagedNetwork, NetAppStorage, WorkspaceSpec


@dataclass(frozen=True, kw_only=True)
class WorkspaceArgs:
    """``spec.region`` must be set: the location of all that is made.

    ``network``: a network of the same program, in place of ``spec.network``.
    """

    spec: WorkspaceSpec
    cloud_config: CloudConfigLinks
    network: NetworkLinks | None = None


class Workspace(Component):
    """A network with shared files and a vault, for clusters and notebooks.

    Raises InputError with every problem of the spec before anything is registered; and before anything is made when an
    existing VNet could not hold nodes, or the provider works in another subscription than the cloud-config.

    The shared files survive ``destroy`` unless ``spec.delete_data``: see SharedStorage. Another location or resource
    group is another workspace, with another uuid: everything is made anew, and files that are kept stay where they are.
    """

    uuid: pulumi.Output[str]
    name: pulumi.Output[str]
    store: pulumi.Output[str]
    shared_path: pulumi.Output[str]
    region: pulumi.Output[str]
    cloud_config_uuid: pulumi.Output[str]
    tenant_id: pulumi.Output[str]
    subscription_id: pulumi.Output[str]
    resource_group: pulumi.Output[str]
    storage_account: pulumi.Output[str]
    container_id: pulumi.Output[str]
    container: pulumi.Output[str]
    roles: pulumi.Output[dict[str, str]]
    egress: pulumi.Output[str]
    vnet_id: pulumi.Output[str]
    subnet_id: pulumi.Output[str]
    node_security_group_ids: pulumi.Output[list[str]]
    notebook_security_group_id: pulumi.Output[str]
    vault_id: pulumi.Output[str]
    vault: pulumi.Output[str]
    file_system: pulumi.Output[dict[str, str]]
    member_role_ids: pulumi.Output[dict[str, str]]
    """Role definitions of the kinds of members that there are: ``admins``, ``developers``, ``viewers``."""

    def __init__(self, name: str, args: WorkspaceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec, upstream = args.spec, args.cloud_config
        raise_problems(_check(args))
        super().__init__(tokens.AZURE_WORKSPACE, name, spec, upstream, opts)
        assert spec.region is not None  # checked

        storage = _storage(spec)
        # Names of things hold it, and Azure moves nothing: it would refuse another location for most of them.
        keepers = {"region": spec.region, "resource_group": upstream.resource_group}
        made = random.RandomUuid(self.child_name("uuid"), keepers=keepers, opts=self.child_options()).result
        uuid = self._where_the_group_is(upstream, made)
        scope = WorkspaceScope(name=spec.name, region=spec.region, tags=spec.tags, uuid=uuid, cloud_config=upstream)
        if isinstance(storage, AzureFilesStorage) and storage.share_id is not None:
            # Here and not with the storage alone: by then the network would be on its way.
            scope = admit_share(storage.share_id, scope, self.invoke_options(), delete_data=spec.delete_data)
        network = Network(
            self.child_name("network"),
            NetworkArgs(
                spec=spec.network or ManagedNetwork(),
                scope=scope,
                storage=storage.kind,
                keep_files=not spec.delete_data,
                links=args.network,
            ),
            self.child_options(),
        )
        files = SharedStorage(
            self.child_name("storage"),
            SharedStorageArgs(
                spec=storage,
                scope=scope,
                vnet_id=network.vnet_id,
                subnet_ids=network.subnet_ids,
                nodes_ranges=network.nodes_ranges,
                ready=network.ready,
                delete_data=spec.delete_data,
            ),
            self.child_options(),
        )
        endpoints = EndpointPlace(vnet_id=network.vnet_id, subnet_id=network.subnet_ids[ENDPOINTS], after=files.ready)
        vault = make_vault(self, scope, endpoints)
        own: dict[str, pulumi.Input[str]] = {"vault": vault.id, "files": files.account_id}
        # Who may do what in a network of the user's own is the user's to say.
        own |= {"vnet": network.vnet_id} if network.is_ours else {}
        roles = make_member_assignments(self, scope, spec.members, own)

        self.uuid = pulumi.Output.from_input(uuid)
        self.name = pulumi.Output.from_input(spec.name)
        self.store = pulumi.Output.from_input(upstream.store)
        self.shared_path = pulumi.Output.from_input(SHARED_PATH)
        self.region = pulumi.Output.from_input(spec.region)
        self.cloud_config_uuid = pulumi.Output.from_input(upstream.uuid)
        self.tenant_id = pulumi.Output.from_input(upstream.tenant_id)
        self.subscription_id = pulumi.Output.from_input(upstream.subscription_id)
        self.resource_group = pulumi.Output.from_input(upstream.resource_group)
        self.storage_account = pulumi.Output.from_input(upstream.storage_account)
        self.container_id = pulumi.Output.from_input(upstream.container_id)
        self.container = pulumi.Output.from_input(upstream.container)
        self.roles = pulumi.Output.from_input(upstream.roles).apply(dict)
        self.egress = network.egress
        self.vnet_id = network.vnet_id
        self.subnet_id = network.subnet_id
        self.node_security_group_ids = network.node_security_group_ids
        self.notebook_security_group_id = network.notebook_security_group_id
        self.vault_id = vault.id
        self.vault = vault.name
        self.file_system = files.file_system
        self.member_role_ids = pulumi.Output.all(**roles) if roles else pulumi.Output.from_input({})
        self.register_declared()

    @property
    def links(self) -> WorkspaceLinks:
        """What clusters and notebooks of the same program need."""
        return WorkspaceLinks.from_component(self)

    def _where_the_group_is(self, upstream: CloudConfigLinks, uuid: pulumi.Output[str]) -> pulumi.Output[str]:
        """The uuid, known only when the provider is known to work there: everything waits for it."""
        # The SDK types what look-ups answer as never None.
        there: str | None = azure_native.authorization.get_client_config(opts=self.invoke_options()).subscription_id

        def same(subscription: str) -> str:
            if there is not None and there.lower() != subscription.lower():
                rule = f"its cloud-config is in subscription {subscription}, but the provider works in {there}"
                fix = f"Give the component a provider of {subscription}"
                refuse([Problem(path="cloud_config", value="", rule=rule, fix=fix)])
            return subscription

        # By itself: in the preview of a new workspace there is no uuid yet.
        checked = pulumi.Output.from_input(upstream.subscription_id).apply(same)
        return pulumi.Output.all(uuid, checked).apply(lambda both: str(both[0]))


def _check(args: WorkspaceArgs) -> list[Finding]:
    found = check_built_workspace(
        args.spec, "azure", has_links=args.network is not None, example="Name a location, such as westeurope"
    )
    return place(found, path="spec")


def _storage(spec: WorkspaceSpec) -> AzureFilesStorage | NetAppStorage:
    storage = spec.shared_storage or AzureFilesStorage(kind="azure-files")
    assert isinstance(storage, (AzureFilesStorage, NetAppStorage))  # checked
    return storage
