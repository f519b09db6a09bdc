"""The company's tests of its own program: the real engine, an account that is one file, and nothing in any cloud."""

from pathlib import Path

HERE = Path(__file__).parent
PRINCIPAL = "77777777-0000-0000-0000-000000000007"
# The offline account knows a service principal by one number.
SETTINGS = {"azure-native:location": "northeurope", "application-id": PRINCIPAL, "object-id": PRINCIPAL}
BLOBS = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"


def test_nodes_may_read_the_datasets_and_nobody_else_may(offline_account):
    stack = offline_account.stack(HERE, SETTINGS)

    outputs = stack.up().outputs

    assert outputs["cores"].value == 2 * 32
    datasets = offline_account.resource("datasets", "azure-native:storage:StorageAccount")
    nodes = offline_account.resource("research-identity", "azure-native:managedidentity:UserAssignedIdentity")
    readers = offline_account.who_can(f"{BLOBS}/read", datasets, data=True)
    assert [may.principal for may in readers] == [nodes.outputs["principalId"]]
    assert offline_account.who_can(f"{BLOBS}/write", datasets, data=True) == ()


def test_more_nodes_are_a_change_of_one_resource_in_place(offline_account):
    offline_account.stack(HERE, SETTINGS).up()

    preview = offline_account.stack(HERE, {"nodes": "64"}).preview()

    assert preview.change_summary["update"] == 2, "the cluster and its scale set"
    assert set(preview.change_summary) == {"same", "update"}
