"""Changes that replace under a condition; those that always do are in the table."""

from collections.abc import Callable, Mapping

from bodo_infra.plugin.account.paths import lies_in
from bodo_infra.plugin.account.rules import tokens as t
from bodo_infra.plugin.account.rules.table import TypeRules
from bodo_infra.plugin.wire_codec import Bag
from bodo_infra.plugin.wire_diff import Change, top_level

_KINDS_OF_SOURCE = ("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId")


def find_replacing(
    type: str, rules: TypeRules, region: str, old: Bag, new: Bag, changes: Mapping[str, Change]
) -> frozenset[str]:
    """The paths of changes that make a new resource. ``region``: the provider's, which an omitted region means."""
    conditional = _CONDITIONAL.get(type)
    names = conditional(old, new) if conditional else frozenset()
    moved = rules.regional and old.get("region", region) != new.get("region", region)
    return frozenset(
        path
        for path in changes
        if any(lies_in(path, replaced) for replaced in rules.replaces)
        or top_level(path) in names
        or (moved and path == "region")
    )


def _vpc(old: Bag, new: Bag) -> frozenset[str]:
    relaxed = old.get("instanceTenancy") == "dedicated" and new.get("instanceTenancy", "default") == "default"
    return frozenset() if relaxed else frozenset({"instanceTenancy"})


def _group_rule(old: Bag, new: Bag) -> frozenset[str]:
    before, after = ({name for name in _KINDS_OF_SOURCE if bag.get(name) is not None} for bag in (old, new))
    return frozenset(before | after) if before != after else frozenset()


def _endpoint(old: Bag, new: Bag) -> frozenset[str]:
    return frozenset() if new.get("vpcEndpointType") == "Interface" else frozenset({"privateDnsEnabled"})


def _instance(old: Bag, new: Bag) -> frozenset[str]:
    return frozenset({"userData", "userDataBase64"}) if new.get("userDataReplaceOnChange") is True else frozenset()


def _lustre(old: Bag, new: Bag) -> frozenset[str]:
    before, after = old.get("storageCapacity"), new.get("storageCapacity")
    lowered = isinstance(before, int) and isinstance(after, int) and after < before
    fixed = new.get("deploymentType", "SCRATCH_1") == "SCRATCH_1"
    return frozenset({"storageCapacity"}) if lowered or fixed else frozenset()


def _parameter(old: Bag, new: Bag) -> frozenset[str]:
    lowered = old.get("tier") == "Advanced" and new.get("tier", "Standard") == "Standard"
    return frozenset({"tier"}) if lowered else frozenset()


_CONDITIONAL: Mapping[str, Callable[[Bag, Bag], frozenset[str]]] = {
    t.VPC: _vpc,
    t.INGRESS_RULE: _group_rule,
    t.EGRESS_RULE: _group_rule,
    t.VPC_ENDPOINT: _endpoint,
    t.INSTANCE: _instance,
    t.LUSTRE: _lustre,
    t.PARAMETER: _parameter,
}
