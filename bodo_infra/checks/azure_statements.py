"""Can this identity and these statements give nodes what is meant, and no more?"""

from collections.abc import Sequence
from dataclasses import replace

from bodo_infra.checks.azure_subscription import check_role_name
from bodo_infra.checks.findings import Finding, finding
from bodo_infra.plans.arm_ids import ArmId, lies_within, parse_arm_id
from bodo_infra.spec.cloud_config import AzureSubscription
from bodo_infra.spec.instance_role import PolicyStatement

IDENTITY = "Microsoft.ManagedIdentity/userAssignedIdentities"
SAMPLE_IDENTITY = f"/subscriptions/ID/resourceGroups/GROUP/providers/{IDENTITY}/NAME"
SAMPLE_RESOURCE = "/subscriptions/ID/resourceGroups/GROUP/providers/Microsoft.Storage/storageAccounts/NAME"


def check_identity(identity: str, azure: AzureSubscription | None) -> list[Finding]:
    """No id of a user-assigned identity; a warning for one that the service principal may not hand over."""
    parsed = parse_arm_id(identity)
    if parsed is None or not parsed.is_of(IDENTITY):
        rule, fix = "must be the resource id of a user-assigned identity", f"Write {SAMPLE_IDENTITY}"
        return [finding("instance-role.arn", "role_arn", identity, rule, fix)]
    if azure is None or lies_within(identity, _group(azure)):
        return []
    of_another = check_subscription(identity, azure.subscription_id)
    if of_another:
        return of_another
    rule = f"is not in resource group {azure.resource_group}, and the service principal has rights in that alone"
    fix = "Give it the role Managed Identity Operator on the identity, or use one of the group"
    item = finding("instance-role.identity-of-elsewhere", "role_arn", identity, rule, fix)
    return [replace(item, level="warning")]


def check_subscription(identity: str, subscription_id: str) -> list[Finding]:
    """Whether the user's own identity is in the subscription: the service principal has rights in no other."""
    parsed = parse_arm_id(identity)
    if parsed is None or parsed.subscription.lower() == subscription_id.lower():
        return []
    rule = f"is not of subscription {subscription_id}, in which the cloud-config is"
    fix = "Use an identity of that subscription, best of the cloud-config's resource group"
    return [finding("instance-role.subscription", "role_arn", identity, rule, fix)]


def check_azure_statements(statements: Sequence[PolicyStatement], azure: AzureSubscription | None) -> list[Finding]:
    """Roles that there are not or that may not be handed over, resources of elsewhere, and what Azure cannot say.

    ``azure``: of the cloud-config, None when it is not known.
    """
    found = []
    granted: set[tuple[str, str]] = set()
    for index, statement in enumerate(statements):
        path = f"statements[{index}]"
        if statement.effect == "Deny":
            rule, fix = (
                "cannot be said on Azure, where roles only allow",
                "Remove this statement, and name smaller resources in the others",
            )
            found.append(finding("instance-role.deny", f"{path}.effect", "Deny", rule, fix))
        for place, role in enumerate(statement.actions):
            found += _check_action(role, azure, f"{path}.actions[{place}]")
        for place, resource in enumerate(statement.resources):
            found += _check_resource(resource, azure, f"{path}.resources[{place}]")
        pairs = {(role, resource.lower()) for role in statement.actions for resource in statement.resources}
        if granted & pairs:
            rule, fix = "gives a role on a resource that an earlier statement gives", "Remove one of them"
            found.append(finding("instance-role.statement-twice", path, "", rule, fix))
        granted |= pairs
    return found


def _check_action(role: str, azure: AzureSubscription | None, path: str) -> list[Finding]:
    unknown = check_role_name(role, rule_id="instance-role.action", path=path)
    if unknown or azure is None or role in azure.grantable_roles:
        return unknown
    return [not_grantable(role, path)]


def not_grantable(role: str, path: str) -> Finding:
    """A role of Azure's that the cloud-config does not list."""
    rule = "is not among the roles that the cloud-config may hand over to nodes"
    fix = "Add it to azure.grantable_roles of the cloud-config, and bring that up first"
    return finding("instance-role.not-grantable", path, role, rule, fix)


def _check_resource(resource: str, azure: AzureSubscription | None, path: str) -> list[Finding]:
    parsed = parse_arm_id(resource)
    if parsed is None or not parsed.type:
        # The group holds the container, and with it the state of all stacks.
        rule = "must be the id of one resource, not of a group or subscription, which hold the platform's own state"
        return [finding("instance-role.resource", path, resource, rule, f"Write it such as {SAMPLE_RESOURCE}")]
    if azure is None:
        return []
    return check_reach(resource, _group(azure), path, shown=f"resource group {azure.resource_group}")


def check_reach(resource: str, group: str, path: str, *, shown: str) -> list[Finding]:
    """Whether the service principal may give a role on it. ``group``: id of the cloud-config's; ``shown``: in words."""
    if lies_within(resource, group):
        return []
    rule = f"is not in {shown}, and the service principal has rights in that alone"
    fix = "Name a resource of the group, or assign the role to the identity yourself"
    return [finding("instance-role.resource-of-elsewhere", path, resource, rule, fix)]


def _group(azure: AzureSubscription) -> str:
    return str(ArmId(subscription=azure.subscription_id, group=azure.resource_group))
