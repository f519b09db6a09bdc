"""Is there such a VM size, can the platform's nodes be of it, and does the location have it?"""

from bodo_infra import catalog
from bodo_infra.catalog import AzureSize
from bodo_infra.checks.findings import Finding, found
from bodo_infra.errors import NotFoundError


def find_size(name: str) -> AzureSize | None:
    """The size; None when the catalogue has none of that name."""
    try:
        return catalog.azure_size(name)
    except NotFoundError:
        return None


def check_size(name: str, *, path: str) -> list[Finding]:
    """A size that the catalogue does not have (the text names the nearest), or one of another architecture."""
    try:
        size = catalog.azure_size(name, path=path)
    except NotFoundError as error:
        return found("type.unknown", error.problems)
    if size.architecture != "x86_64":
        rule = f"is of {size.architecture}, and the images of nodes and notebooks on Azure are of x86_64"
        fix = "Choose a size such as Standard_D16as_v5"
        return [Finding(id="type.architecture", path=path, value=name, rule=rule, fix=fix)]
    return []


def check_offered(name: str, location: str | None, *, rule_id: str, path: str) -> list[Finding]:
    """A warning about a size that the location may not have. The catalogue is no proof: offers come and go.

    ``name``: one that check_size found nothing wrong with.
    """
    size = catalog.azure_size(name)
    offered = catalog.azure_offers(name, location) if location else None
    if location is None or offered or (offered is None and size.infiniband is None):
        return []
    known = catalog.locations_offering(name)
    where = f"{', '.join(known)} had it" if known else "few locations have it"
    if offered is None:
        rule = f"is not known to be in {location}; {where}"
    else:
        rule = f"was not in {location} when the catalogue was drawn; {where}"
    fix = f"Ask `az vm list-skus --location {location} --size {name} --all`"
    return [Finding(id=f"{rule_id}-not-offered", path=path, value=name, rule=rule, fix=fix, level="warning")]
