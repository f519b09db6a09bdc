"""What a cloud-config on AWS registers, in a preview and in an update.

Not proved here: that the rights are enough and no more (tests/engine), that AWS agrees with the offline account.
"""

import json

import pulumi
import pytest

from bodo_infra import tokens
from bodo_infra.aws import CloudConfig, CloudConfigArgs
from bodo_infra.aws.policies.deploy import DEPLOY_AREAS
from bodo_infra.errors import InputError
from bodo_infra.spec import AwsAccount, CloudConfigSpec, LocalMachine
from tests.components.aws_rules import of_aws, plain, provider_in, without_tags, wrong_inputs
from tests.components.recorder import both_modes, record

UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"
BUCKET_ARN = "arn:aws:s3:::bodo--data--0f8fad5b"
BOUNDARY_ARN = "arn:aws:iam::000000000000:policy/bodo-infra-foundation/u/bodo-infra-boundary-u"
COMPUTED = {
    "random:index/randomUuid:RandomUuid": {"result": UUID},
    "random:index/randomPassword:RandomPassword": {"result": "a-secret-that-nobody-may-read"},
    "aws:s3/bucket:Bucket": {"arn": BUCKET_ARN},
    "aws:iam/policy:Policy": {"arn": BOUNDARY_ARN},
    "aws:iam/role:Role": {"arn": "arn:aws:iam::000000000000:role/r"},
    "aws:kms/key:Key": {"arn": "arn:aws:kms:us-east-2:000000000000:key/k"},
}
HOME = AwsAccount(region="us-east-2", account_id="000000000000")


def spec(name="data", delete_data=False, **account):
    return CloudConfigSpec(name=name, delete_data=delete_data, aws=HOME.model_copy(update=account))


def made(given=None, *, preview=False, name="dev", provider=("us-east-2", "000000000000"), **options):
    def program():
        CloudConfig(name, CloudConfigArgs(spec=given or spec()), **options)

    return record(program, preview=preview, computed=COMPUTED, answers=provider_in(*provider))


def inputs(recorded, suffix):
    (found,) = [resource for resource in recorded.resources if resource.name == f"dev-{suffix}" and resource.parent]
    return plain(found.inputs)


@both_modes
@pytest.mark.parametrize("customer_key", [True, False], ids=["own key", "AWS's key"])
def test_all_that_can_carry_tags_carries_the_uuid_that_its_rights_are_tied_to(preview, customer_key):
    recorded = made(spec(customer_key=customer_key), preview=preview)

    assert without_tags(recorded) == []
    assert wrong_inputs(recorded) == []


@both_modes
def test_every_child_stands_below_its_component(preview):
    recorded = made(preview=preview)

    assert {resource.parent for resource in recorded.resources if resource.type != tokens.AWS_CLOUD_CONFIG} == {"dev"}


def test_the_bucket_is_versioned_encrypted_closed_and_reached_by_tls_only():
    recorded = made()

    assert inputs(recorded, "bucket-versioning")["versioningConfiguration"] == {"status": "Enabled"}
    (rule,) = inputs(recorded, "bucket-encryption")["rules"]
    assert rule == {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}
    closed = inputs(recorded, "bucket-access")
    assert {name for name, value in closed.items() if value is True} == {
        "blockPublicAcls",
        "blockPublicPolicy",
        "ignorePublicAcls",
        "restrictPublicBuckets",
    }
    (statement,) = json.loads(inputs(recorded, "bucket-policy")["policy"])["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert statement["Resource"] == [BUCKET_ARN, f"{BUCKET_ARN}/*"]


def test_logs_move_to_cheaper_storage_and_are_never_dropped():
    rules = {rule["id"]: rule for rule in inputs(made(), "bucket-lifecycle")["rules"]}

    assert [rules[name]["filter"]["prefix"] for name in ("job-logs", "node-logs")] == ["jobs/", "logs/"]
    assert not any("expiration" in rule for rule in rules.values())
    assert rules["leftovers"]["noncurrentVersionExpiration"] == {"noncurrentDays": 30}


def test_the_table_costs_nothing_at_rest_and_can_be_set_back():
    table = inputs(made(), "table")

    assert table["billingMode"] == "PAY_PER_REQUEST"
    assert table["pointInTimeRecovery"] == {"enabled": True}
    assert table["ttl"] == {"attributeName": "expires_at", "enabled": True}


def test_a_key_of_the_account_encrypts_bucket_and_table_and_turns_over():
    recorded = made(spec(customer_key=True))
    arn = COMPUTED["aws:kms/key:Key"]["arn"]

    assert inputs(recorded, "key")["enableKeyRotation"] is True
    assert inputs(recorded, "table")["serverSideEncryption"] == {"enabled": True, "kmsKeyArn": arn}
    (rule,) = inputs(recorded, "bucket-encryption")["rules"]
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": arn}
    assert recorded.outputs["dev"]["key_arn"] == arn


def test_the_role_is_trusted_to_the_account_itself_unless_others_are_named():
    own = json.loads(inputs(made(), "role")["assumeRolePolicy"])
    named = made(spec(trusted_principals=("arn:aws:iam::111111111111:role/ci",)))
    others = json.loads(inputs(named, "role")["assumeRolePolicy"])

    assert own["Statement"][0]["Principal"] == {"AWS": "arn:aws:iam::000000000000:root"}
    assert others["Statement"][0]["Principal"] == {"AWS": "arn:aws:iam::111111111111:role/ci"}


def test_nobody_takes_the_role_without_the_external_id():
    generated = json.loads(inputs(made(), "role")["assumeRolePolicy"])["Statement"][0]["Condition"]
    given = json.loads(inputs(made(spec(external_id="ours")), "role")["assumeRolePolicy"])["Statement"][0]["Condition"]

    assert generated == {"StringEquals": {"sts:ExternalId": "a-secret-that-nobody-may-read"}}
    assert given == {"StringEquals": {"sts:ExternalId": "ours"}}


def test_the_role_gets_a_policy_of_each_area():
    recorded = made()
    attached = {r.name for r in recorded.resources if r.type == "aws:iam/rolePolicyAttachment:RolePolicyAttachment"}

    assert attached == {f"dev-deploy-{area}" for area in DEPLOY_AREAS}


def test_the_role_and_its_limits_lie_where_the_role_itself_may_change_nothing():
    paths = {r.inputs["path"] for r in of_aws(made()) if r.type in ("aws:iam/role:Role", "aws:iam/policy:Policy")}

    assert paths == {f"/bodo-infra-foundation/{UUID}/"}


def test_names_that_were_given_are_taken():
    recorded = made(spec(bucket_name="my-bucket", table_name="my-table"))

    assert (inputs(recorded, "bucket")["bucket"], inputs(recorded, "table")["name"]) == ("my-bucket", "my-table")
    assert recorded.outputs["dev"]["store"] == "s3://my-bucket?table=my-table&region=us-east-2"


def test_a_stack_name_as_long_and_odd_as_pulumi_allows_breaks_no_name():
    recorded = made(spec(name="a" * 40), name="Stack_." + "X" * 93)

    assert wrong_inputs(recorded) == []
    limits = {"aws:s3/bucket:Bucket": 63, "aws:iam/role:Role": 64, "aws:iam/policy:Policy": 128}
    for resource in of_aws(recorded):
        name = resource.inputs.get("bucket" if "bucket:" in resource.type else "name") or ""
        assert len(name) <= limits.get(resource.type, 255), resource.name


def test_a_provider_of_another_region_is_refused_before_anything_is_made():
    with pytest.raises(InputError, match=r"spec\.aws\.region = us-east-2: is not where the provider works.*eu-west-1"):
        made(provider=("eu-west-1", "000000000000"))


def test_credentials_of_another_account_are_refused_before_anything_is_made():
    with pytest.raises(InputError, match=r"spec\.aws\.account_id = 000000000000: is not the account of your cred"):
        made(provider=("us-east-2", "222222222222"))


def test_who_tests_a_program_that_names_a_real_account_is_told_that_the_offline_account_answered():
    with pytest.raises(InputError, match=r"take the number from aws\.get_caller_identity\(\), or write zeros in tests"):
        made(spec(account_id="222222222222"))


def test_a_spec_of_another_target_is_refused():
    with pytest.raises(InputError, match="this component is of the aws target"):
        made(CloudConfigSpec(name="data", local=LocalMachine(directory="/data")))


def test_links_are_what_the_component_exports():
    seen = {}

    def program():
        links = CloudConfig("dev", CloudConfigArgs(spec=spec())).links
        pulumi.Output.all(**vars(links)).apply(seen.update)

    recorded = record(program, preview=False, computed=COMPUTED, answers=provider_in("us-east-2"))
    assert seen == plain(recorded.outputs["dev"])
