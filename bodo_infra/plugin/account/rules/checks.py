"""Which rules hold for which type. A rule takes inputs and a view, and gives what is wrong; unknown values pass.

Every rule runs twice: in Check, with what is known then, and in create and update, when all is known.
"""

from collections.abc import Callable, Iterator, Mapping

from bodo_infra.plugin.account.rules import compute, events, identity, network, storage
from bodo_infra.plugin.account.rules import tokens as t
from bodo_infra.plugin.account.view import View
from bodo_infra.plugin.handler import Failure
from bodo_infra.plugin.wire_codec import Bag

Rule = Callable[[Bag, View], Iterator[Failure]]

RULES: Mapping[str, Rule] = {
    t.VPC: network.check_vpc,
    t.SUBNET: network.check_subnet,
    t.SECURITY_GROUP: network.check_security_group,
    t.INGRESS_RULE: network.check_ingress_rule,
    t.EGRESS_RULE: network.check_egress_rule,
    t.INTERNET_GATEWAY: network.check_internet_gateway,
    t.NAT_GATEWAY: network.check_nat_gateway,
    t.ROUTE: network.check_route,
    t.ROUTE_TABLE_ASSOCIATION: network.check_route_table_association,
    t.VPC_ENDPOINT: network.check_vpc_endpoint,
    t.PLACEMENT_GROUP: compute.check_placement_group,
    t.LAUNCH_TEMPLATE: compute.check_launch_template,
    t.INSTANCE: compute.check_instance,
    t.AUTOSCALING_GROUP: compute.check_autoscaling_group,
    t.FUNCTION: events.check_function,
    t.ROLE: identity.check_role,
    t.POLICY: identity.check_policy,
    t.ROLE_POLICY: identity.check_role_policy,
    t.ALIAS: identity.check_alias,
    t.LOG_GROUP: identity.check_log_group,
    t.SECRET: events.check_secret,
    t.BUCKET: storage.check_bucket,
    **dict.fromkeys((t.BUCKET_POLICY, t.KEY, t.EFS_POLICY, t.TOPIC), identity.check_resource_policy),
    **dict.fromkeys(t.BUCKET_OBJECTS, storage.check_bucket_object),
    t.TABLE: storage.check_table,
    t.EFS: storage.check_file_system,
    t.MOUNT_TARGET: storage.check_mount_target,
    t.LUSTRE: storage.check_lustre,
    t.METRIC_ALARM: events.check_alarm,
    t.EVENT_RULE: events.check_event_rule,
    t.SCHEDULE: events.check_schedule,
    t.PARAMETER: events.check_parameter,
}

TAG_KEY_CHARACTERS = 128
TAG_VALUE_CHARACTERS = 256
MOST_TAGS = 50


def check_rules(type: str, inputs: Bag, view: View) -> Iterator[Failure]:
    """What the type's own rule and the rule of tags say."""
    if type in RULES:
        yield from RULES[type](inputs, view)
    tags = inputs.get("tags")
    if isinstance(tags, dict):
        yield from _check_tags(tags)


def _check_tags(tags: Bag) -> Iterator[Failure]:
    if len(tags) > MOST_TAGS:
        yield Failure(name="tags", reason=f"{len(tags)} tags are more than {MOST_TAGS}")
    for key, value in tags.items():
        if key.lower().startswith("aws:") or not 0 < len(key) <= TAG_KEY_CHARACTERS:
            yield Failure(name="tags", reason=f"the key {key!r} must have 1 to 128 characters and not begin with aws:")
        if isinstance(value, str) and len(value) > TAG_VALUE_CHARACTERS:
            yield Failure(name="tags", reason=f"the value of {key!r} has more than {TAG_VALUE_CHARACTERS} characters")
