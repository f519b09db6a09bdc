"""Rules that many nouns share: fields that a target needs or does not know."""

from collections.abc import Iterable

from bodo_infra.checks.findings import Finding
from bodo_infra.spec.base import Spec
from bodo_infra.spec.cloud_config import Target
from bodo_infra.spec.problems import shown


def check_not_on_local(noun: str, spec: Spec, fields: Iterable[str], target: Target) -> list[Finding]:
    """Fields that say something about a cloud have no meaning on one machine: refused when they were changed."""
    if target != "local":
        return []
    found = []
    for field in fields:
        value = getattr(spec, field)
        if value != type(spec).model_fields[field].get_default(call_default_factory=True):
            text = shown(value) if not isinstance(value, Spec) else ""
            rule = "has no meaning on the local target, which is this machine"
            found.append(Finding(id=f"{noun}.not-on-local", path=field, value=text, rule=rule, fix="Remove it"))
    return found


def check_needed_in_cloud(noun: str, spec: Spec, fields: Iterable[str], target: Target) -> list[Finding]:
    """Fields that the clouds cannot do without."""
    if target == "local":
        return []
    missing = [field for field in fields if getattr(spec, field) is None]
    fix = {
        "aws": "Add an EC2 instance type, such as c6i.16xlarge",
        "azure": "Add a VM size, such as Standard_HB120rs_v3",
    }
    return [
        Finding(
            id=f"{noun}.needed", path=field, value="", rule=f"is missing; the {target} target needs it", fix=fix[target]
        )
        for field in missing
    ]
