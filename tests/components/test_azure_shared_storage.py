"""What the shared files of a workspace on Azure register.

Not proved here: what is left of them after a destroy (tests/engine).
"""

from uuid import NAMESPACE_URL, uuid5

import pytest

from bodo_infra.azure import SharedStorage, SharedStorageArgs
from bodo_infra.spec import AzureFilesStorage, NetAppStorage
from tests.components.azure_rules import broken_rules, provider_of
from tests.components.azure_workspace_parts import (
    ACCOUNT,
    COMPUTED,
    ENDPOINT,
    NETAPP_ACCOUNT,
    NETAPP_POOL,
    NETAPP_VOLUME,
    RECORD,
    SHARE,
    UUID,
    ZONE,
    ZONE_LINK,
    scope,
)
from tests.components.recorder import both_modes, record

FILES = AzureFilesStorage(kind="azure-files", capacity_gib=500)
NETAPP = NetAppStorage(kind="netapp", capacity_tib=2)
SUBNETS = {"nodes": "subnet-nodes", "endpoints": "subnet-endpoints", "files": "subnet-files"}
TIB = 2**40
# Drawn once for all keepers that are the same.
DRAWN = {UUID: lambda inputs: {"result": str(uuid5(NAMESPACE_URL, str(inputs["keepers"])))}}


def stored(spec=FILES, *, preview=False, subnets=SUBNETS, drawn=DRAWN[UUID], **of_scope):
    def program():
        args = SharedStorageArgs(
            spec=spec, scope=scope(**of_scope), vnet_id="vnet", subnet_ids=subnets, nodes_ranges=["10.30.0.0/17"]
        )
        SharedStorage("files", args)

    return record(program, preview=preview, computed=COMPUTED | {UUID: drawn}, answers=provider_of())


@both_modes
@pytest.mark.parametrize("spec", [FILES, NETAPP], ids=["azure-files", "netapp"])
def test_all_is_tagged_placed_and_as_the_sdk_wants_it(spec, preview):
    assert broken_rules(stored(spec, preview=preview)) == []


def test_a_share_is_of_the_only_kind_that_speaks_nfs_and_has_the_size_that_is_wanted():
    recorded = stored()

    account, share = recorded.of_type(ACCOUNT).inputs, recorded.of_type(SHARE).inputs
    assert (account["kind"], account["sku"]) == ("FileStorage", {"name": "Premium_LRS"})
    assert (share["enabledProtocols"], share["shareQuota"]) == ("NFS", 500)


def test_files_are_reached_from_the_network_alone_and_by_tls_alone():
    account = stored().of_type(ACCOUNT).inputs

    assert account["publicNetworkAccess"] == "Disabled"
    assert account["networkRuleSet"] == {"defaultAction": "Deny", "bypass": "None"}
    assert account["enableHttpsTrafficOnly"] is True, "for NFS it means TLS: mount -t aznfs, and nothing else"
    assert account["minimumTlsVersion"] == "TLS1_2"
    assert (account["allowSharedKeyAccess"], account["allowBlobPublicAccess"]) == (False, False)


def test_the_first_node_may_give_the_folder_to_the_user_of_jobs():
    assert stored().of_type(SHARE).inputs["rootSquash"] == "NoRootSquash"
    assert stored(NETAPP).of_type(NETAPP_VOLUME).inputs["exportPolicy"]["rules"][0]["hasRootAccess"] is True


def test_its_public_name_leads_to_the_endpoint_within_the_network():
    recorded = stored()

    name = recorded.of_type(ACCOUNT).inputs["accountName"]
    endpoint, zone, link, record_set = (recorded.of_type(t).inputs for t in (ENDPOINT, ZONE, ZONE_LINK, RECORD))
    (connection,) = endpoint["privateLinkServiceConnections"]
    assert (connection["privateLinkServiceId"], connection["groupIds"]) == ("files-account-id", ["file"])
    assert endpoint["subnet"] == {"id": "subnet-endpoints"}, "nothing but where it stands: settings are the subnet's"
    assert zone["privateZoneName"] == f"{name}.privatelink.file.core.windows.net"
    assert (zone["location"], link["location"]) == ("global", "global")
    assert (link["privateZoneName"], link["virtualNetwork"]) == (zone["privateZoneName"], {"id": "vnet"})
    assert (record_set["relativeRecordSetName"], record_set["recordType"]) == ("@", "A")
    assert record_set["aRecords"] == [{"ipv4Address": "10.30.224.4"}]


def test_two_workspaces_in_one_group_share_no_name_not_even_a_zone():
    one, other = (stored(uuid=f"6f1a2b3{n}-0000-4000-8000-000000000002") for n in "cd")

    for token, field in ((ACCOUNT, "accountName"), (ZONE, "privateZoneName"), (ENDPOINT, "privateEndpointName")):
        assert one.of_type(token).inputs[field] != other.of_type(token).inputs[field]


def test_what_nodes_are_told_of_a_share():
    recorded = stored()

    name = recorded.of_type(ACCOUNT).inputs["accountName"]
    assert recorded.outputs["files"] == {
        "file_system": {
            "kind": "azure-files",
            "id": "files-share-id",
            "host": f"{name}.file.core.windows.net",
            "export": f"/{name}/shared",
        },
        "account_id": "files-account-id",
    }


def test_a_volume_fills_its_pool_in_the_subnet_that_is_for_it():
    recorded = stored(NETAPP)

    pool, volume = recorded.of_type(NETAPP_POOL).inputs, recorded.of_type(NETAPP_VOLUME).inputs
    assert (pool["size"], volume["usageThreshold"]) == (2 * TIB, 2 * TIB), "the pool is what costs"
    assert (volume["subnetId"], volume["networkFeatures"]) == ("subnet-files", "Standard")
    assert volume["poolName"] == pool["poolName"], "the output of the pool's name is another one"
    assert pool["serviceLevel"] == volume["serviceLevel"]


def test_a_volume_is_mounted_by_nodes_alone_and_by_nfs_4_alone():
    volume = stored(NETAPP).of_type(NETAPP_VOLUME).inputs

    (rule,) = volume["exportPolicy"]["rules"]
    assert rule["allowedClients"] == "10.30.0.0/17"
    assert (rule["nfsv41"], rule["nfsv3"], rule["cifs"]) == (True, False, False)
    assert volume["protocolTypes"] == ["NFSv4.1"]


def test_a_volume_in_another_subnet_is_another_one_by_all_its_names():
    here, there = (stored(NETAPP, subnets={**SUBNETS, "files": subnet}) for subnet in ("a", "b"))

    for token, field in (
        (NETAPP_ACCOUNT, "accountName"),
        (NETAPP_POOL, "poolName"),
        (NETAPP_VOLUME, "volumeName"),
        (NETAPP_VOLUME, "creationToken"),
    ):
        assert here.of_type(token).inputs[field] != there.of_type(token).inputs[field], "volumes never move"


def test_names_of_files_are_drawn_anew_whenever_there_are_other_files():
    """What was kept has its name for good: one that is made of the workspace alone would be met again by the next."""
    drawn = {kind: stored(spec).of_type(UUID) for kind, spec in (("azure-files", FILES), ("netapp", NETAPP))}

    assert {drawing.name for drawing in drawn.values()} == {"files-azure-files-uuid", "files-netapp-uuid"}
    assert {kind: drawing.inputs["keepers"] for kind, drawing in drawn.items()} == {
        "azure-files": {"kind": "azure-files"},
        "netapp": {"kind": "netapp", "subnet": "subnet-files"},
    }
    once, again = (stored(drawn={"result": f"6f1a2b3{n}-0000-4000-8000-000000000009"}) for n in "cd")
    for token, field in ((ACCOUNT, "accountName"), (ENDPOINT, "privateEndpointName")):
        assert once.of_type(token).inputs[field] != again.of_type(token).inputs[field]


def test_what_nodes_are_told_of_a_volume():
    recorded = stored(NETAPP)

    token = recorded.of_type(NETAPP_VOLUME).inputs["creationToken"]
    assert recorded.outputs["files"]["file_system"] == {
        "kind": "netapp",
        "id": "files-volume-id",
        "host": "10.30.192.4",
        "export": f"/{token}",
    }
