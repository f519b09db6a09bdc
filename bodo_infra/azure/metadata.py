"""Where a cloud-config keeps its metadata: a resource group, and in it a storage account with one container.

All of it outlives ``destroy`` unless the spec says ``delete_data``. What protects the container is kept with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Unpack

import pulumi
import pulumi_azure_native as azure_native
from pulumi_azure_native import storage

from bodo_infra.component import ChildOptions, Component
from bodo_infra.scope import JOBS_PREFIX, LOGS_PREFIX

CONTAINER = "bodo"
"""Name of the container; only the account's name has to be one that nobody else has."""
SINGLETON = "default"
"""How Azure calls what there is one of in an account. The provider would make up another name, which is not found."""

LOGS = {"job-logs": JOBS_PREFIX, "node-logs": LOGS_PREFIX}
"""Where in the container logs are, by the rule that ages them: of jobs, and of nodes that start."""
COOL_AFTER_DAYS, COLD_AFTER_DAYS = 30, 90
"""When logs move to cheaper storage. Azure charges for at least 30 days of Cool, 90 of Cold; both are read at once."""
OLD_VERSIONS_DAYS = 30
DELETED_DAYS = 30
"""How long what was deleted can be had back."""


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """What all parts need. ``group``: name of the resource group."""

    owner: Component
    group: pulumi.Input[str]
    location: str
    tags: Mapping[str, pulumi.Input[str]]
    delete_data: bool

    def options(self, **more: Unpack[ChildOptions]) -> pulumi.ResourceOptions:
        """Data and what protects it stay behind, unless they are to be deleted."""
        kept: ChildOptions = {"retain_on_delete": not self.delete_data, **more}
        return self.owner.child_options(**kept)


def make_group(metadata: Metadata, name: str) -> azure_native.resources.ResourceGroup:
    """The group for everything that is made for the cloud-config.

    It stays, whatever ``delete_data`` says: Azure deletes a group with all that is in it, also what workspaces keep and
    what others have put there.
    """
    return azure_native.resources.ResourceGroup(
        metadata.owner.child_name("group"),
        resource_group_name=name,
        location=metadata.location,
        tags=metadata.tags,
        # Where a group is says only where Azure keeps its list; another place would be another group, of the same name.
        opts=metadata.options(ignore_changes=["location"], retain_on_delete=True),
    )


def make_account(metadata: Metadata, name: pulumi.Input[str]) -> storage.StorageAccount:
    """An account that is closed to the public, has no keys that are worth anything, and is reached by TLS only."""
    account = storage.StorageAccount(
        metadata.owner.child_name("account"),
        resource_group_name=metadata.group,
        account_name=name,
        location=metadata.location,
        kind=storage.Kind.STORAGE_V2,
        # Three copies in one place: not every location has zones.
        sku=storage.SkuArgs(name=storage.SkuName.STANDARD_LRS),
        access_tier=storage.AccessTier.HOT,
        minimum_tls_version=storage.MinimumTlsVersion.TLS1_2,
        enable_https_traffic_only=True,
        allow_blob_public_access=False,
        # Whoever reads or writes shows who they are: roles and their conditions decide, and no key goes round them.
        allow_shared_key_access=False,
        default_to_o_auth_authentication=True,
        allow_cross_tenant_replication=False,
        # Whoever runs `up` and jobs may be anywhere; nodes without a way out have a private endpoint.
        public_network_access=storage.PublicNetworkAccess.ENABLED,
        is_local_user_enabled=False,
        is_sftp_enabled=False,
        tags=metadata.tags,
        opts=metadata.options(),
    )
    versions = _keep_versions(metadata, account)
    _age(metadata, account, after=versions)
    return account


def make_container(metadata: Metadata, account: storage.StorageAccount) -> storage.BlobContainer:
    """The one container: states, records, logs, artifacts and the agent's packages."""
    return storage.BlobContainer(
        metadata.owner.child_name("container"),
        resource_group_name=metadata.group,
        account_name=account.name,
        container_name=CONTAINER,
        public_access=storage.PublicAccess.NONE,
        opts=metadata.options(),
    )


def _keep_versions(metadata: Metadata, account: storage.StorageAccount) -> storage.BlobServiceProperties:
    deleted = storage.DeleteRetentionPolicyArgs(enabled=True, days=DELETED_DAYS)
    return storage.BlobServiceProperties(
        metadata.owner.child_name("blob-service"),
        resource_group_name=metadata.group,
        account_name=account.name,
        blob_services_name=SINGLETON,
        is_versioning_enabled=True,
        delete_retention_policy=deleted,
        container_delete_retention_policy=deleted,
        opts=metadata.options(),
    )


def _age(metadata: Metadata, account: storage.StorageAccount, *, after: pulumi.Resource) -> None:
    """Logs become cheaper with age and are never dropped; what was overwritten is."""
    storage.ManagementPolicy(
        metadata.owner.child_name("lifecycle"),
        resource_group_name=metadata.group,
        account_name=account.name,
        management_policy_name=SINGLETON,
        policy=storage.ManagementPolicySchemaArgs(
            rules=[*(_cooling(name, prefix) for name, prefix in LOGS.items()), _leftovers()]
        ),
        opts=metadata.options(depends_on=[after]),
    )


def _cooling(name: str, prefix: str) -> storage.ManagementPolicyRuleArgs:
    cool, cold = (
        storage.DateAfterModificationArgs(days_after_modification_greater_than=days)
        for days in (COOL_AFTER_DAYS, COLD_AFTER_DAYS)
    )
    actions = storage.ManagementPolicyActionArgs(
        base_blob=storage.ManagementPolicyBaseBlobArgs(tier_to_cool=cool, tier_to_cold=cold)
    )
    # Azure has no tiers for blobs that are appended to.
    return _rule(name, actions, blob_types=["blockBlob"], prefix_match=[f"{CONTAINER}/{prefix}"])


def _leftovers() -> storage.ManagementPolicyRuleArgs:
    old = storage.DateAfterCreationArgs(days_after_creation_greater_than=OLD_VERSIONS_DAYS)
    actions = storage.ManagementPolicyActionArgs(version=storage.ManagementPolicyVersionArgs(delete=old))
    return _rule("leftovers", actions, blob_types=["blockBlob", "appendBlob"])


def _rule(
    name: str,
    actions: storage.ManagementPolicyActionArgs,
    *,
    blob_types: list[str],
    prefix_match: list[str] | None = None,
) -> storage.ManagementPolicyRuleArgs:
    return storage.ManagementPolicyRuleArgs(
        name=name,
        type=storage.RuleType.LIFECYCLE,
        enabled=True,
        definition=storage.ManagementPolicyDefinitionArgs(
            actions=actions,
            filters=storage.ManagementPolicyFilterArgs(blob_types=blob_types, prefix_match=prefix_match),
        ),
    )
