"""CloudConfig: whose account, and where the platform's records and logs are kept."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from bodo_infra.spec.base import Choice, Name, NounSpec, Spec, Tags

Target = Literal["aws", "azure", "local"]


class AwsAccount(Spec):
    """An AWS account and the cross-account role in it."""

    region: str
    """Region of the bucket and the table, such as `us-east-2`."""
    account_id: Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
    """The account's 12 digits."""
    trusted_principals: tuple[str, ...] = ()
    """ARNs that may assume the role; empty means the account itself."""
    external_id: str | None = None
    """Shared secret of the trust; generated when left out."""
    bucket_name: str | None = None
    """S3 bucket for logs and artifacts; named after the cloud-config when left out."""
    table_name: str | None = None
    """DynamoDB table for records; named after the cloud-config when left out."""
    customer_key: bool = False
    """Encrypt bucket, table, disks and shared files with a KMS key of this account instead of AWS's own keys."""
    instance_role_arns: tuple[str, ...] = ()
    """Roles of your own that clusters may run with; the cross-account role may hand over these and no others."""


# Azure compares them without case and answers with small letters.
Guid = Annotated[str, StringConstraints(to_lower=True)]


class ServicePrincipal(Spec):
    """The Azure identity that the platform acts as."""

    application_id: Guid
    """Application (client) id, a GUID."""
    object_id: Guid
    """Object id of the service principal, a GUID; not the application's object id."""


class AzureSubscription(Spec):
    """One resource group in an Azure subscription."""

    tenant_id: Guid
    """Directory (tenant) id, a GUID."""
    subscription_id: Guid
    """Subscription id, a GUID."""
    resource_group: str
    """The resource group that everything is placed in."""
    existing_resource_group: bool = False
    """The group is there already, such as one that an earlier cloud-config has left. By default it is made. No group is
    ever deleted: what is in it would go along."""
    location: str
    """Location of the storage container, such as `westeurope`."""
    service_principal: ServicePrincipal
    """The identity that receives the role assignments."""
    grantable_roles: tuple[str, ...] = ()
    """Azure roles, such as `Storage Blob Data Reader`, that instance roles may get by their statements; the service
    principal may hand over these and no others."""


class LocalMachine(Spec):
    """A folder on this machine; nothing leaves it."""

    directory: Annotated[str, StringConstraints(min_length=1)]
    """Folder for records, logs and shared files; relative to the project, or absolute. `~` is the home folder."""


class CloudConfigSpec(NounSpec):
    """An account to deploy into and the storage for its metadata. Exactly one of aws, azure, local."""

    choices = (Choice(fields=("aws", "azure", "local")),)

    name: Name
    """Name of the cloud-config, unique in the project."""
    aws: AwsAccount | None = None
    """Deploy into an AWS account."""
    azure: AzureSubscription | None = None
    """Deploy into an Azure resource group."""
    local: LocalMachine | None = None
    """Deploy onto this machine."""
    delete_data: bool = False
    """Let `destroy` delete records, logs and artifacts too. By default they are kept."""
    tags: Tags = Field(default_factory=dict)
    """Tags for everything that can carry them."""

    @property
    def target(self) -> Target:
        """Which of the three it deploys to."""
        return "aws" if self.aws else "azure" if self.azure else "local"
