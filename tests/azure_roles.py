"""What tests of the Azure target's roles share: principals that have them, and what they may."""

from bodo_infra.azure.roles.conditions import blobs_below
from bodo_infra.azure.roles.definitions import ROLES, deployer_condition
from bodo_infra.azure.roles.grants import role_guid
from bodo_infra.azure.roles.records import DEVELOPER_PATHS, NODE_PATHS, VIEWER_PATHS
from bodo_infra.plugin.account.rbac.attributes import BLOB_LIST, of_assignment, of_blob, of_list
from bodo_infra.plugin.account.rbac.evaluate import Assignment, Request, decide
from bodo_infra.plugin.account.rbac.grammar import parse_condition
from bodo_infra.plugin.account.rbac.permissions import Permission, Role

SUBSCRIPTION, UUID = "33333333-0000-0000-0000-000000000003", "11111111-2222-3333-4444-555555555555"
DEPLOYER, NODE, MEMBER = (f"44444444-0000-0000-0000-00000000000{number}" for number in "123")
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/bodo"
OTHER_GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/team"
GRANTABLE = ("Storage Blob Data Reader",)
BLOBS = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"


def thing(kind, *names, group=GROUP):
    """Id of a resource: ``thing("Microsoft.Network/virtualNetworks/subnets", "net", "nodes")``."""
    namespace, *words = kind.split("/")
    return f"{group}/providers/{namespace}" + "".join(
        f"/{word}/{name}" for word, name in zip(words, names, strict=True)
    )


CONTAINER = thing("Microsoft.Storage/storageAccounts/blobServices/containers", "acc", "default", "bodo")
VAULT = thing("Microsoft.KeyVault/vaults", "vault")
FLEET = thing("Microsoft.Compute/virtualMachineScaleSets", "fleet")


def assignment(key, principal, scope, condition=None):
    role = ROLES[key]
    return Assignment(
        principal=principal,
        role=Role(
            guid=role_guid(key, UUID),
            name=key,
            permissions=(Permission(actions=role.actions, data_actions=role.data_actions),),
        ),
        scope=scope,
        condition=parse_condition(condition) if condition else None,
    )


def deployers():
    condition = deployer_condition(UUID, GRANTABLE, service_principal=DEPLOYER)
    return [assignment("deployer", DEPLOYER, GROUP, condition), assignment("records", DEPLOYER, CONTAINER)]


def nodes():
    return [
        assignment("node", NODE, CONTAINER, blobs_below(NODE_PATHS)),
        assignment("node", NODE, VAULT),
        assignment("fleet", NODE, FLEET),
    ]


def members(key):
    own = [
        VAULT,
        thing("Microsoft.Network/virtualNetworks", "net"),
        thing("Microsoft.Storage/storageAccounts", "files"),
    ]
    paths = VIEWER_PATHS if key == "viewers" else DEVELOPER_PATHS
    return [
        *(assignment(key, MEMBER, scope) for scope in own),
        assignment(key, MEMBER, CONTAINER, blobs_below(paths)),
    ]


def may(given, action, resource, **more):
    """Whether whoever has these assignments may."""
    return decide(given[0].principal, Request(action=action, resource=resource, **more), given).allowed


def may_assign(given, role, principal, *, scope=GROUP, deletes=False):
    """``role``: a GUID."""
    source, word = ("Resource", "delete") if deletes else ("Request", "write")
    told = of_assignment(source, role=role, principal=principal, principal_type="ServicePrincipal")
    return may(
        given,
        f"Microsoft.Authorization/roleAssignments/{word}",
        f"{scope}/providers/Microsoft.Authorization/roleAssignments/x",
        attributes=told,
    )


def may_blob(given, word, path):
    """``word``: read, write, add/action, delete."""
    return may(given, f"{BLOBS}/{word}", CONTAINER, data=True, attributes=of_blob("acc", "bodo", path))


def may_list(given, prefix):
    asked = of_list("acc", "bodo", prefix)
    return may(given, f"{BLOBS}/read", CONTAINER, data=True, attributes=asked, suboperation=BLOB_LIST)
