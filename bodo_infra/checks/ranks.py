"""Are there cores for the ranks of a node?"""

from bodo_infra.checks.findings import Finding


def check_ranks_per_node(ranks: int | None, *, name: str, cores: int, vcpus: int) -> list[Finding]:
    """More ranks than a machine of type ``name`` has vCPUs, with a warning where they would share cores."""
    if ranks is None or ranks <= cores:
        return []
    has = f"{name} has {cores} physical core{'' if cores == 1 else 's'}"
    fix = f"Use {cores}, or leave it out, which means the same"
    if ranks > vcpus:
        rule = f"{has} and {vcpus} vCPUs"
        return [Finding(id="cluster.ranks", path="ranks_per_node", value=str(ranks), rule=rule, fix=fix)]
    rule = f"{has}: ranks that share one wait for each other"
    identity, value = "cluster.ranks-share-cores", str(ranks)
    return [Finding(id=identity, path="ranks_per_node", value=value, rule=rule, fix=fix, level="warning")]
