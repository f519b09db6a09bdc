"""Is this a sound description of an Azure subscription, and would its service principal stay what it is?"""

import re

from bodo_infra.catalog import azure_roles
from bodo_infra.checks.azure_location import check_location
from bodo_infra.checks.findings import Finding
from bodo_infra.checks.guids import SAMPLE, is_guid
from bodo_infra.plans.arm_ids import OFFLINE_SUBSCRIPTION
from bodo_infra.plans.names import RESOURCE_GROUP
from bodo_infra.spec.cloud_config import AzureSubscription

# "Naming rules and restrictions for Azure resources", resourcegroups: letters of any script.
GROUP = re.compile(rf"(?=.{{1,{RESOURCE_GROUP.limit}}}$)[\w().-]*[\w()-]")
# With any of these whoever may hand them out can have whatever they like, on nodes or for themselves.
RAISING = (
    "Owner",
    "Contributor",
    "User Access Administrator",
    "Role Based Access Control Administrator",
    "Managed Identity Operator",
    "Managed Identity Contributor",
    "Virtual Machine Contributor",
)


def check_azure_numbers(azure: AzureSubscription, *, offline: bool) -> list[Finding]:
    """The offline account's zeros where real things would be made."""
    if offline:
        return []
    ids = {"azure.tenant_id": azure.tenant_id, "azure.subscription_id": azure.subscription_id}
    rule = "is the offline account, in which nothing real can be made"
    fix = "Copy yours from `az account show`, or add --offline"
    return [
        Finding(id="cloud-config.offline-account", path=path, value=value, rule=rule, fix=fix)
        for path, value in ids.items()
        if value == OFFLINE_SUBSCRIPTION
    ]


def check_azure_subscription(azure: AzureSubscription) -> list[Finding]:
    """Every reason why this subscription could not be deployed into."""
    found = _check_ids(azure)
    if not GROUP.fullmatch(azure.resource_group):
        rule = (
            f"must be 1 to {RESOURCE_GROUP.limit} letters, digits and any of _ ( ) . - without a full stop at its end"
        )
        fix, value = "Write the group's name, such as bodo-etl, not its id", azure.resource_group
        found.append(
            Finding(id="cloud-config.resource-group", path="azure.resource_group", value=value, rule=rule, fix=fix)
        )
    found += check_location(azure.location, rule_id="cloud-config.location", path="azure.location")
    for index, role in enumerate(azure.grantable_roles):
        path = f"azure.grantable_roles[{index}]"
        found += _check_grantable(role, azure.grantable_roles[:index], path)
    return found


def check_role_name(role: str, *, rule_id: str, path: str) -> list[Finding]:
    """A name that is none of the roles that jobs on nodes may get."""
    if role in azure_roles.BUILT_IN:
        return []
    near = azure_roles.closest(role)
    fix = f"Did you mean {near}?" if near else f"Choose one of {', '.join(azure_roles.BUILT_IN)}"
    rule = "is none of Azure's own roles for data that nodes may get"
    return [Finding(id=rule_id, path=path, value=role, rule=rule, fix=fix)]


def _check_ids(azure: AzureSubscription) -> list[Finding]:
    principal = azure.service_principal
    ids = {
        "azure.tenant_id": (azure.tenant_id, "az account show"),
        "azure.subscription_id": (azure.subscription_id, "az account show"),
        "azure.service_principal.application_id": (principal.application_id, "az ad sp show --id APPLICATION_ID"),
        "azure.service_principal.object_id": (principal.object_id, "az ad sp show --id APPLICATION_ID"),
    }
    found = []
    for path, (value, command) in ids.items():
        if not is_guid(value):
            fix = f"Copy it from `{command}`, such as {SAMPLE}"
            found.append(Finding(id="cloud-config.guid", path=path, value=value, rule="must be a GUID", fix=fix))
    rehearsed = azure.subscription_id == OFFLINE_SUBSCRIPTION  # it knows a service principal by one number
    if not found and not rehearsed and principal.object_id.lower() == principal.application_id.lower():
        path = "azure.service_principal.object_id"
        rule = "is the application id, and the service principal has an object id of its own"
        fix = f"Copy `id` from `az ad sp show --id {principal.application_id}`"
        item = Finding(
            id="cloud-config.object-id", path=path, value=principal.object_id, rule=rule, fix=fix, level="warning"
        )
        found.append(item)
    return found


def _check_grantable(role: str, before: tuple[str, ...], path: str) -> list[Finding]:
    if role.lower() in map(str.lower, RAISING):
        rule = "would let the service principal give itself any right, by a node or at once"
        fix = "Remove it, and name roles for data such as Storage Blob Data Reader"
        return [Finding(id="cloud-config.raising-role", path=path, value=role, rule=rule, fix=fix)]
    if role in before:
        rule, fix = "is there twice", "Remove one of them"
        return [Finding(id="cloud-config.role-twice", path=path, value=role, rule=rule, fix=fix)]
    return check_role_name(role, rule_id="cloud-config.grantable-role", path=path)
