"""Is there such an EC2 type, and can the platform's nodes be of it?"""

from bodo_infra import catalog
from bodo_infra.catalog import Ec2Type
from bodo_infra.checks.findings import Finding, found
from bodo_infra.errors import NotFoundError


def find_type(name: str) -> Ec2Type | None:
    """The type; None when the catalogue has none of that name."""
    try:
        return catalog.ec2_type(name)
    except NotFoundError:
        return None


def check_known(name: str, *, path: str) -> list[Finding]:
    """A type that the catalogue does not have (the text names the nearest), or one that runs no Linux."""
    try:
        ec2 = catalog.ec2_type(name, path=path)
    except NotFoundError as error:
        return found("type.unknown", error.problems)
    if ec2.architecture.endswith("_mac"):
        rule, fix = "is a Mac, which runs no Linux", "Choose a type such as c7i.16xlarge"
        return [Finding(id="type.mac", path=path, value=name, rule=rule, fix=fix)]
    return []
