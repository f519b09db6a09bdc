"""Which rules hold for which type. A rule takes inputs and a view, and gives what ARM refuses; unknown values pass.

Every rule runs twice: in Check, with what is known then, and before each PUT, when all is known.
"""

from collections.abc import Callable, Iterator, Mapping

from bodo_infra.plugin.account.arm import (
    authorization,
    compute,
    endpoints,
    netapp,
    network,
    scale_sets,
    storage,
    traffic,
    vaults,
)
from bodo_infra.plugin.account.arm import tokens as t
from bodo_infra.plugin.account.arm.errors import Refusal, bad
from bodo_infra.plugin.account.arm.view import ArmView
from bodo_infra.plugin.wire_codec import Bag

Rule = Callable[[Bag, ArmView], Iterator[Refusal]]

RULES: Mapping[str, Rule] = {
    t.ROLE_ASSIGNMENT: authorization.check_assignment,
    t.ROLE_DEFINITION: authorization.check_definition,
    t.STORAGE_ACCOUNT: storage.check_account,
    t.CONTAINER: storage.check_container,
    t.BLOB: storage.check_blob,
    t.BLOB_SERVICE: storage.check_blob_service,
    t.MANAGEMENT_POLICY: storage.check_policy,
    t.FILE_SHARE: storage.check_share,
    t.VNET: network.check_vnet,
    t.SUBNET: network.check_subnet,
    t.SECURITY_GROUP: traffic.check_group,
    t.SECURITY_RULE: traffic.check_rule,
    t.NAT_GATEWAY: traffic.check_nat_gateway,
    t.PUBLIC_IP: traffic.check_public_ip,
    t.NETWORK_INTERFACE: traffic.check_interface,
    t.PRIVATE_ENDPOINT: endpoints.check_endpoint,
    t.DNS_ZONE_GROUP: endpoints.check_zone_group,
    t.NETWORK_LINK: endpoints.check_network_link,
    t.RECORD_SET: endpoints.check_record_set,
    t.VAULT: vaults.check_vault,
    t.SECRET: vaults.check_secret,
    t.SCALE_SET: scale_sets.check,
    t.MACHINE: compute.check_machine,
    t.PROXIMITY_GROUP: compute.check_proximity_group,
    t.DISK: compute.check_disk,
    t.SSH_KEY: compute.check_ssh_key,
    t.NETAPP_POOL: netapp.check_pool,
    t.NETAPP_VOLUME: netapp.check_volume,
}

PLACES: Mapping[str, Rule] = {
    t.ROLE_ASSIGNMENT: authorization.check_placed,
    t.SUBNET: traffic.check_gateway_of_subnet,
    t.NAT_GATEWAY: traffic.check_addresses,
    t.NETWORK_INTERFACE: traffic.check_addresses,
    t.SCALE_SET: scale_sets.check_room,
}
"""Rules of what must be there already: asked before the PUT alone, as a preview does not know it yet."""

MOST_TAGS = 50
TAG_NAME_CHARACTERS = 512
TAG_VALUE_CHARACTERS = 256
_FORBIDDEN = frozenset("<>%&\\?/")


def check_rules(token: str, inputs: Bag, view: ArmView) -> Iterator[Refusal]:
    """What the type's own rule and the rule of tags say."""
    if token in RULES:
        yield from RULES[token](inputs, view)
    tags = inputs.get("tags")
    if isinstance(tags, dict):
        yield from _check_tags(tags, token)


def check_placed(token: str, inputs: Bag, view: ArmView) -> Iterator[Refusal]:
    """What has to be there before the PUT, beside what the ids in the body name."""
    if token in PLACES:
        yield from PLACES[token](inputs, view)


def _check_tags(tags: Bag, token: str) -> Iterator[Refusal]:
    if len(tags) > MOST_TAGS:
        yield bad("tags", "InvalidTags", f"{len(tags)} tags are more than {MOST_TAGS}.")
    longest = 128 if token == t.STORAGE_ACCOUNT else TAG_NAME_CHARACTERS
    for name, value in tags.items():
        if not 0 < len(name) <= longest or _FORBIDDEN & set(name):
            text = f"The tag name '{name}' must have 1 to {longest} characters, none of them among <>%&\\\\?/."
            yield bad("tags", "InvalidTagNameCharacters", text)
        if isinstance(value, str) and len(value) > TAG_VALUE_CHARACTERS:
            text = f"The value of tag '{name}' has more than {TAG_VALUE_CHARACTERS} characters."
            yield bad("tags", "InvalidTagValueLength", text)
