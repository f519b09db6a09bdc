"""A cloud-config on AWS: an account's bucket and table for metadata, and the role that everything else is made by."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
import pulumi_random as random

from bodo_infra import tokens
from bodo_infra.aws.deploy_role import Foundation, make_deploy_role
from bodo_infra.aws.links import CloudConfigLinks
from bodo_infra.aws.metadata import Metadata, make_bucket, make_key, make_table
from bodo_infra.aws.policies.statements import Scope
from bodo_infra.aws.scope import partition_of
from bodo_infra.checks import Finding, check_cloud_config, check_target, place
from bodo_infra.checks.aws_account import OFFLINE_ACCOUNT
from bodo_infra.component import Component
from bodo_infra.errors import raise_problems
from bodo_infra.plans.names import DYNAMODB_TABLE, S3_BUCKET
from bodo_infra.scope import cloud_name, scope_tags
from bodo_infra.spec import CloudConfigSpec
from bodo_infra.spec.cloud_config import AwsAccount

EXTERNAL_ID_LENGTH = 32


@dataclass(frozen=True, kw_only=True)
class CloudConfigArgs:
    """What the cloud-config is: ``spec.aws`` must be there."""

    spec: CloudConfigSpec


class CloudConfig(Component):
    """A bucket, a table, and the cross-account role that later stacks assume with the external id.

    Raises InputError before anything is registered; and, when the provider works in another region or account than
    the spec names, before anything is made. Bucket, table and key survive ``destroy`` unless ``spec.delete_data``: a
    later ``up`` makes new ones.

    ``key_arn``: empty without ``customer_key``.  ``external_id``: a secret output.
    """

    uuid: pulumi.Output[str]
    name: pulumi.Output[str]
    store: pulumi.Output[str]
    region: pulumi.Output[str]
    account_id: pulumi.Output[str]
    bucket: pulumi.Output[str]
    table: pulumi.Output[str]
    key_arn: pulumi.Output[str]
    role_arn: pulumi.Output[str]
    external_id: pulumi.Output[str]
    boundary_arn: pulumi.Output[str]

    def __init__(self, name: str, args: CloudConfigArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec = args.spec
        raise_problems(place(check_cloud_config(spec) + check_target(spec, "aws"), path="spec"))
        account = spec.aws
        assert account is not None
        super().__init__(tokens.AWS_CLOUD_CONFIG, name, spec, None, opts)
        raise_problems(place(_check_provider(account, self.invoke_options()), path="spec"))

        # Names hold the uuid, and those of buckets are unique over all regions: elsewhere it is another cloud-config.
        home = {"account_id": account.account_id, "region": account.region}
        uuid = random.RandomUuid(self.child_name("uuid"), keepers=home, opts=self.child_options()).result
        tags = scope_tags(noun="cloud-config", name=spec.name, tags=spec.tags, cloud_config=uuid)
        self.uuid = uuid
        self.name = pulumi.Output.from_input(spec.name)
        self.region = pulumi.Output.from_input(account.region)
        self.account_id = pulumi.Output.from_input(account.account_id)
        self._keep_metadata(spec, account, tags)
        self._let_in(spec, account, tags)
        self.store = pulumi.Output.format("s3://{0}?table={1}&region={2}", self.bucket, self.table, account.region)
        self.register_declared()

    @property
    def links(self) -> CloudConfigLinks:
        """What workspaces and instance roles of the same program need."""
        return CloudConfigLinks.from_component(self)

    def _keep_metadata(self, spec: CloudConfigSpec, account: AwsAccount, tags: dict[str, pulumi.Input[str]]) -> None:
        key_arn = None
        metadata = Metadata(owner=self, tags=tags, key_arn=None, delete_data=spec.delete_data)
        if account.customer_key:
            key_arn = make_key(metadata, account_id=account.account_id, region=account.region, uuid=self.uuid).arn
            metadata = Metadata(owner=self, tags=tags, key_arn=key_arn, delete_data=spec.delete_data)
        self.key_arn = pulumi.Output.from_input(key_arn or "")
        bucket = account.bucket_name or cloud_name(self.uuid, (spec.name,), S3_BUCKET)
        self.bucket = make_bucket(metadata, bucket).bucket
        table = account.table_name or cloud_name(self.uuid, (spec.name,), DYNAMODB_TABLE)
        self.table = make_table(metadata, table).name

    def _let_in(self, spec: CloudConfigSpec, account: AwsAccount, tags: dict[str, pulumi.Input[str]]) -> None:
        self.external_id = pulumi.Output.secret(account.external_id or self._random_external_id())
        scope = pulumi.Output.all(uuid=self.uuid, bucket=self.bucket, table=self.table, key_arn=self.key_arn).apply(
            lambda known: Scope(
                account_id=account.account_id,
                region=account.region,
                cloud_config_uuid=known["uuid"],
                bucket=known["bucket"],
                table=known["table"],
                key_arn=known["key_arn"],
                instance_role_arns=account.instance_role_arns,
                partition=partition_of(account.region),
            )
        )
        role = make_deploy_role(
            Foundation(owner=self, name=spec.name, uuid=self.uuid, scope=scope, tags=tags),
            principals=account.trusted_principals,
            external_id=self.external_id,
        )
        self.role_arn, self.boundary_arn = role.role_arn, role.boundary_arn

    def _random_external_id(self) -> pulumi.Output[str]:
        made = random.RandomPassword(
            self.child_name("external-id"), length=EXTERNAL_ID_LENGTH, special=False, opts=self.child_options()
        )
        return made.result


def _check_provider(account: AwsAccount, options: pulumi.InvokeOptions) -> list[Finding]:
    """Whether the provider is where the spec says. It answers with nothing while it is not configured in a preview."""
    region = aws.get_region(opts=options).region
    number = aws.get_caller_identity(opts=options).account_id
    found = []
    if region and region != account.region:
        rule = f"is not where the provider works, which is {region}"
        fix = "Give the component a provider of that region (opts.providers), or correct the region"
        found.append(
            Finding(id="cloud-config.provider-region", path="aws.region", value=account.region, rule=rule, fix=fix)
        )
    if number and number != account.account_id:
        rule = f"is not the account of your credentials, which is {number}"
        fix = "Use credentials of that account, or correct the number"
        if number == OFFLINE_ACCOUNT:
            fix = "That is the offline account: take the number from aws.get_caller_identity(), or write zeros in tests"
        path, value = "aws.account_id", account.account_id
        found.append(Finding(id="cloud-config.provider-account", path=path, value=value, rule=rule, fix=fix))
    return found
