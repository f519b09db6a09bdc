"""What the clouds offer, as dated facts that need no account and no network. Nothing is read before it is asked for."""

from bodo_infra.catalog.azure_sizes import (
    AzureSize,
    azure_locations,
    azure_offers,
    azure_size,
    azure_sizes,
    azure_source,
    azure_zones,
    locations_offering,
    nearest_azure_location,
)
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
    "AzureSize",
    "Ec2Type",
    "NetworkCard",
    "Source",
    "azure_locations",
    "azure_offers",
    "azure_size",
    "azure_sizes",
    "azure_source",
    "azure_zones",
    "ec2_source",
    "ec2_type",
    "ec2_types",
    "efa_types",
    "locations_offering",
    "nearest_azure_location",
    "regions",
    "regions_offering",
    "zones",
    "zones_offering",
]
