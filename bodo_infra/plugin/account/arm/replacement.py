"""What a change means: a new resource as the provider plans it, or a refusal by ARM that it did not foresee."""

import re
from collections.abc import Iterator, Mapping

from bodo_infra.catalog import short_location
from bodo_infra.plugin.account.arm.errors import Refusal, conflict
from bodo_infra.plugin.account.arm.table import ArmType
from bodo_infra.plugin.account.compare import compare
from bodo_infra.plugin.account.paths import follow, lies_in
from bodo_infra.plugin.wire_codec import UNKNOWN, Bag
from bodo_infra.plugin.wire_diff import Change, top_level

_STATUS = {"AccountPropertyCannotBeUpdated": 400, "BadRequest": 400, "RoleAssignmentUpdateNotPermitted": 400}
_TEXTS = {
    "PropertyChangeNotAllowed": "Changing property '{path}' is not allowed.",
    "AccountPropertyCannotBeUpdated": "The property '{path}' was specified in the input, but it cannot be updated as "
    "it is read-only.",
    "RoleAssignmentUpdateNotPermitted": "Tenant ID, application ID, principal ID, and scope are not allowed to be "
    "updated.",
    "ResourceAvailabilityZonesCannotBeModified": "Resource {id} has an existing availability zone constraint, and it "
    "cannot be modified.",
    "InvalidResourceLocation": "The resource '{name}' already exists in location '{old}' in resource group '{group}'. "
    "A resource with the same name cannot be created in location '{new}'. Please select a new resource name.",
}


def find_changes(rules: ArmType, old: Bag, new: Bag) -> dict[str, Change]:
    """Path to change; ``West Europe`` is westeurope, and a group's name has no case."""
    return compare(rules, _same_spelling(old), _same_spelling(new))


def find_replacing(rules: ArmType, outputs: Bag, old: Bag, new: Bag, changes: Mapping[str, Change]) -> frozenset[str]:
    """The changes that the provider makes by a new resource. Saying what is so already makes none."""
    return frozenset(
        path
        for path in changes
        if any(lies_in(path, replaced) for replaced in rules.replaces) and not _says_what_is(path, outputs, old, new)
    )


def check_rejected(rules: ArmType, id: str, was: Bag, becomes: Bag) -> Iterator[Refusal]:
    """``was``, ``becomes``: all that ARM knows before and after, inputs and outputs."""
    for table_path, code in rules.rejects.items():
        for path in _without_star(table_path, was, becomes):
            old, new = ([_plain(path, value) for _, value in follow(bag, path)] for bag in (was, becomes))
            if old == new:
                continue
            text = _TEXTS.get(code, "The property '{path}' of {id} cannot be changed.").format(
                path=path, id=id, name=id.rpartition("/")[2], group=was.get("resourceGroupName"), old=old, new=new
            )
            text = text.replace("['", "").replace("']", "")
            status = _STATUS.get(code, 409)
            yield (
                conflict(path, code, text)
                if status == 409
                else Refusal(path=path, status=status, code=code, message=text)
            )


def _without_star(path: str, *bags: Bag) -> list[str]:
    before, star, after = path.partition(".*.")
    if not star:
        return [path]
    names = {name for bag in bags for _, value in follow(bag, before) if isinstance(value, dict) for name in value}
    return [f"{before}.{name}.{after}" for name in sorted(names)]


def _plain(path: str, value: object) -> object:
    return short_location(value) if path == "location" and isinstance(value, str) else value


def _says_what_is(path: str, outputs: Bag, old: Bag, new: Bag) -> bool:
    name = top_level(path)
    return old.get(name) is None and new.get(name) is not UNKNOWN and new.get(name) == outputs.get(name) is not None


def _same_spelling(inputs: Bag) -> Bag:
    told = dict(inputs)
    if isinstance(told.get("location"), str):
        told["location"] = short_location(re.sub(r"\s", "", told["location"]))
    if isinstance(told.get("resourceGroupName"), str):
        told["resourceGroupName"] = told["resourceGroupName"].lower()
    return told
