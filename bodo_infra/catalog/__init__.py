"""What the clouds offer, as dated facts that need no account and no network. Nothing is read before it is asked for."""

from bodo_infra.catalog.ec2 import (
    Ec2Type,
    NetworkCard,
    Source,
    ec2_source,
    ec2_type,
    ec2_types,
    efa_types,
    regions,
    regions_offering,
    zones,
    zones_offering,
)

__all__ = [
    "Ec2Type",
    "NetworkCard",
    "Source",
    "ec2_source",
    "ec2_type",
    "ec2_types",
    "efa_types",
    "regions",
    "regions_offering",
    "zones",
    "zones_offering",
]
