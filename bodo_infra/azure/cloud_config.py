"""A cloud-config on Azure: a resource group with a container for metadata, and what its service principal may do."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_azure_native as azure_native
import pulumi_random as random

from bodo_infra import tokens
from bodo_infra.azure import registrations
from bodo_infra.azure.deploy_role import Foundation, make_roles
from bodo_infra.azure.links import CloudConfigLinks
from bodo_infra.azure.metadata import Metadata, make_account, make_container, make_group
from bodo_infra.azure.missing import Missing, look_up
from bodo_infra.checks import Finding, check_cloud_config, check_target, place
from bodo_infra.component import Component
from bodo_infra.errors import Problem, raise_problems
from bodo_infra.plans.arm_ids import OFFLINE_SUBSCRIPTION, ArmId
from bodo_infra.plans.names import STORAGE_ACCOUNT
from bodo_infra.refusal import refuse
from bodo_infra.scope import cloud_name, scope_tags
from bodo_infra.spec import CloudConfigSpec
from bodo_infra.spec.cloud_config import AzureSubscription


@dataclass(frozen=True, kw_only=True)
class CloudConfigArgs:
    """What the cloud-config is: ``spec.azure`` must be there.

    ``resource_group``: name of a group that the same program makes, the one that the spec says is there: everything
    waits for it.  ``arm_url``: management API of another cloud of Azure.
    """

    spec: CloudConfigSpec
    resource_group: pulumi.Input[str] | None = None
    arm_url: str = registrations.PUBLIC_CLOUD


class CloudConfig(Component):
    """A storage account with a container, the roles of later stacks, and the rights of the service principal.

    Raises InputError before anything is registered; and, when the provider works in another tenant or subscription than
    the spec names, a resource provider is not registered there, or a group that should be there is not, before anything
    is made. Group, account and container survive ``destroy`` unless ``spec.delete_data``: a later ``up`` makes another
    account, and needs ``existing_resource_group``, as the group is there.

    ``roles``: see ``CloudConfigLinks``.  ``application_id``: who later stacks act as.
    """

    uuid: pulumi.Output[str]
    name: pulumi.Output[str]
    store: pulumi.Output[str]
    region: pulumi.Output[str]
    tenant_id: pulumi.Output[str]
    subscription_id: pulumi.Output[str]
    resource_group: pulumi.Output[str]
    storage_account_id: pulumi.Output[str]
    storage_account: pulumi.Output[str]
    container_id: pulumi.Output[str]
    container: pulumi.Output[str]
    roles: pulumi.Output[dict[str, str]]
    application_id: pulumi.Output[str]

    def __init__(self, name: str, args: CloudConfigArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec = args.spec
        found = check_cloud_config(spec) + check_target(spec, "azure") + _check_linked_group(args)
        raise_problems(place(found, path="spec"))
        account = spec.azure
        assert account is not None
        super().__init__(tokens.AZURE_CLOUD_CONFIG, name, spec, None, opts)
        raise_problems(place(_check_provider(account, self.invoke_options()), path="spec"))
        if args.resource_group is None:
            raise_problems(place(_check_group(account, self.invoke_options()), path="spec"))
        self._require_registrations(args.arm_url)

        # Names hold the uuid, and those of accounts are unique in all of Azure: elsewhere it is another cloud-config.
        home = {
            "tenant_id": account.tenant_id,
            "subscription_id": account.subscription_id,
            "resource_group": account.resource_group,
            "location": account.location,
        }
        uuid = random.RandomUuid(self.child_name("uuid"), keepers=home, opts=self.child_options()).result
        self.uuid = uuid
        self.name = pulumi.Output.from_input(spec.name)
        self.region = pulumi.Output.from_input(account.location)
        self.tenant_id = pulumi.Output.from_input(account.tenant_id)
        self.subscription_id = pulumi.Output.from_input(account.subscription_id)
        self.application_id = pulumi.Output.from_input(account.service_principal.application_id)
        self.resource_group = _group(account, args.resource_group)
        self._keep_metadata(spec, account)
        self._let_in(account)
        self.store = pulumi.Output.format("azblob://{0}?storage_account={1}", self.container, self.storage_account)
        self.register_declared()

    @property
    def links(self) -> CloudConfigLinks:
        """What workspaces and instance roles of the same program need."""
        return CloudConfigLinks.from_component(self)

    def _require_registrations(self, arm_url: str) -> None:
        found = place(
            registrations.find_unregistered(registrations.NEEDED, self.invoke_options(), arm_url=arm_url), path="spec"
        )
        raise_problems(found)
        for warning in found:
            pulumi.log.warn(str(warning), resource=self)

    def _keep_metadata(self, spec: CloudConfigSpec, account: AzureSubscription) -> None:
        tags = scope_tags(noun="cloud-config", name=spec.name, tags=spec.tags, cloud_config=self.uuid)

        def metadata() -> Metadata:
            return Metadata(
                owner=self,
                group=self.resource_group,
                location=account.location,
                tags=tags,
                delete_data=spec.delete_data,
            )

        if not account.existing_resource_group:
            self.resource_group = make_group(metadata(), account.resource_group).name
        made = make_account(metadata(), cloud_name(self.uuid, (spec.name,), STORAGE_ACCOUNT))
        self.storage_account, self.storage_account_id = made.name, made.id
        container = make_container(metadata(), made)
        self.container, self.container_id = container.name, container.id

    def _let_in(self, account: AzureSubscription) -> None:
        group_id = self.resource_group.apply(lambda name: str(ArmId(subscription=account.subscription_id, group=name)))
        foundation = Foundation(
            owner=self, uuid=self.uuid, account=account, group_id=group_id, container_id=self.container_id
        )
        self.roles = make_roles(foundation)


def _check_linked_group(args: CloudConfigArgs) -> list[Finding]:
    account = args.spec.azure
    if account is None or args.resource_group is None or account.existing_resource_group:
        return []
    rule = "would make the group that the program makes already (args.resource_group)"
    fix = "Set it to true, or leave args.resource_group out"
    path = "azure.existing_resource_group"
    return [Finding(id="cloud-config.two-groups", path=path, value="false", rule=rule, fix=fix)]


def _group(account: AzureSubscription, linked: pulumi.Input[str] | None) -> pulumi.Output[str]:
    """Name of the group that is there, or is to be made."""

    def same(name: str) -> str:
        if name.lower() != account.resource_group.lower():
            path, value = "spec.azure.resource_group", account.resource_group
            rule, fix = f"is not the group that the program makes, which is {name}", "Write the same name in both"
            refuse([Problem(path=path, value=value, rule=rule, fix=fix)])
        return name

    return pulumi.Output.from_input(account.resource_group if linked is None else linked).apply(same)


def _check_provider(account: AzureSubscription, options: pulumi.InvokeOptions) -> list[Finding]:
    """Whether the provider is where the spec says. It answers with nothing while it is not configured in a preview."""
    there = azure_native.authorization.get_client_config(opts=options)
    found = []
    for field, value, answered in (
        ("tenant_id", account.tenant_id, there.tenant_id),
        ("subscription_id", account.subscription_id, there.subscription_id),
    ):
        if answered and answered.lower() != value.lower():
            rule = f"is not where the provider works, which is {answered}"
            fix = "Give the component a provider of that place (opts.providers) and credentials for it, or correct it"
            if answered == OFFLINE_SUBSCRIPTION:
                fix = "That is the offline account: write zeros in tests, with a number of their own for real"
            rule_id = f"cloud-config.provider-{field.removesuffix('_id')}"
            found.append(Finding(id=rule_id, path=f"azure.{field}", value=value, rule=rule, fix=fix))
    return found


def _check_group(account: AzureSubscription, options: pulumi.InvokeOptions) -> list[Finding]:
    """Whether a group that is said to be there is there, for whoever runs `up`."""
    if not account.existing_resource_group:
        return []
    path, value = "azure.resource_group", account.resource_group
    found = look_up(lambda: azure_native.resources.get_resource_group(resource_group_name=value, opts=options))
    if not isinstance(found, str):
        return []
    rules: Mapping[Missing, str] = {
        "absent": f"is no resource group of subscription {account.subscription_id}",
        "forbidden": "may not be looked at by whoever runs `up`, who has to own it to give rights in it",
    }
    fixes: Mapping[Missing, str] = {
        "absent": "Correct the name, make the group (in the same program: CloudConfigArgs(resource_group=...)), "
        "or remove existing_resource_group: then it is made",
        "forbidden": "Use credentials of the group's owner",
    }
    return [Finding(id="cloud-config.no-group", path=path, value=value, rule=rules[found], fix=fixes[found])]
