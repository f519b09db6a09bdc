"""Is this range nobody's on the internet?"""

from ipaddress import IPv4Network

from bodo_infra.checks.findings import Finding
from bodo_infra.plans.network_plan import PRIVATE

# RFC 6598: shared by carriers and clouds, and nobody's on the internet.
SHARED = IPv4Network("100.64.0.0/10")


def check_private(cidr: str) -> list[Finding]:
    """A range of public addresses. ``cidr``: one that is sound otherwise."""
    network = IPv4Network(cidr)
    if any(network.subnet_of(block) for block in (*PRIVATE, SHARED)):
        return []
    rule = "is no private range: nodes could not reach those whose addresses these are on the internet"
    fix = "Use a private one such as 10.30.0.0/16"
    return [Finding(id="workspace.cidr-public", path="network.cidr", value=cidr, rule=rule, fix=fix)]
