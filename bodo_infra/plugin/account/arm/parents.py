"""What a resource lies in must be there: its group, its outer resource."""

from collections.abc import Iterator

from bodo_infra.plans.arm_ids import ArmId, parse_arm_id
from bodo_infra.plugin.account.arm.errors import Refusal, missing
from bodo_infra.plugin.account.arm.table import ArmType
from bodo_infra.plugin.account.arm.view import ArmView

_ALWAYS_THERE = ("/blobServices", "/fileServices")


def check_parents(rules: ArmType, view: ArmView) -> Iterator[Refusal]:
    """Why there is no place for it."""
    if "/resourceGroups/{" not in rules.id or rules.type == "Microsoft.Resources/resourceGroups":
        return
    here = parse_arm_id(view.own_id)
    if here is None:
        return
    if view.at(str(ArmId(subscription=here.subscription, group=here.group))) is None:
        text = f"Resource group '{here.group}' could not be found."
        yield missing("resourceGroupName", "ResourceGroupNotFound", text)
        return
    parent = here.parent
    while parent.type.endswith(_ALWAYS_THERE):
        parent = parent.parent
    if parent.type and view.at(str(parent)) is None:
        kind = rules.type.partition("/")[2]
        why = f"because the parent resource '{parent}' could not be found."
        text = f"Failed to perform 'write' on resource(s) of type '{kind}', {why}"
        yield missing("", "ParentResourceNotFound", text)
