"""A cloud-config on AWS through its life, in the real engine on the offline account."""

import json

import pytest

from bodo_infra.errors import InputError, StackError
from tests.engine.rehearsed_project import RehearsedProject, steps_of

STACK = "home"
HOME = {"name": "data", "aws": {"region": "us-east-2", "account_id": "123456789012"}, "delete_data": True}


@pytest.fixture
def project(engine, tmp_path):
    with RehearsedProject.at(tmp_path / "project") as project:
        project.write(STACK, "cloud-config", HOME)
        yield project


def with_account(**changes):
    return {**HOME, "aws": {**HOME["aws"], **changes}}


def test_its_life_from_preview_to_an_empty_account(project):
    planned = project.preview()[STACK]
    assert project.account.resources() == ()

    made = project.up()[STACK]
    assert sorted(made) == sorted(planned)
    assert project.preview() == {}
    assert project.refresh() == {STACK: {}}
    state = next((project.root / ".bodo-infra").rglob(f"{STACK}.json")).read_text()
    (role,) = project.account.resources("aws:iam/role:Role")
    (trust,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
    assert trust["Principal"] == {"AWS": "arn:aws:iam::000000000000:root"}, "the account that is rehearsed"
    assert trust["Condition"]["StringEquals"]["sts:ExternalId"] not in state

    project.destroy()
    assert project.account.resources() == ()


def test_data_outlives_its_stack_unless_it_is_to_be_deleted(project):
    project.write(STACK, "cloud-config", {**HOME, "delete_data": False})
    project.up()
    steps = dict(reversed(step) for step in project.destroy()[STACK])

    assert steps["Bucket home-bucket"] == steps["Table home-table"] == "retain"
    assert project.types() == {
        "Bucket": 1,
        "BucketPublicAccessBlock": 1,
        "BucketPolicy": 1,
        "BucketOwnershipControls": 1,
        "BucketVersioning": 1,
        "BucketServerSideEncryptionConfiguration": 1,
        "BucketLifecycleConfiguration": 1,
        "Table": 1,
    }, "what protects the bucket stays with it"


def test_it_comes_up_again_after_its_data_was_kept(project):
    project.write(STACK, "cloud-config", {**HOME, "delete_data": False})
    project.up()
    project.destroy()

    project.up()

    assert project.types()["Bucket"] == 2, "the old bucket is not taken over: its data belongs to another uuid"


def test_two_cloud_configs_in_one_account_do_not_meet(project):
    project.write("other", "cloud-config", {**HOME, "name": "data-2"})
    project.up()

    paths = {row.inputs["path"] for row in project.account.resources("aws:iam/role:Role")}
    assert len(paths) == 2


@pytest.mark.parametrize(
    ("change", "steps"),
    [
        ({"trusted_principals": ["arn:aws:iam::111122223333:role/ci"]}, [("update", "Role home-role")]),
        (
            {"instance_role_arns": ["arn:aws:iam::123456789012:role/mine"]},
            [("update", "Policy home-boundary"), ("update", "Policy home-deploy-identity")],
        ),
    ],
    ids=["principals", "roles that may be handed over"],
)
def test_an_edit_touches_only_what_it_names(project, change, steps):
    project.up()
    project.write(STACK, "cloud-config", with_account(**change))

    assert {name: sorted(seen) for name, seen in project.up().items()} == {STACK: steps}


def test_a_key_of_the_account_can_come_later(project):
    project.up()
    project.write(STACK, "cloud-config", with_account(customer_key=True))
    steps = steps_of(project.platform.up([STACK], lose_data=True))[STACK]

    assert ("create", "Key home-key") in steps
    assert not [step for step in steps if step[0] not in ("create", "update")], "nothing with data in it is replaced"


def test_in_another_region_it_is_another_one_once_nothing_stands_on_it(project):
    role = {"name": "etl", "statements": [{"actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::data/*"]}]}
    project.write("etl-role", "instance-role", role, cloud_config=STACK)
    project.up()
    (before,) = project.account.resources("aws:s3/bucket:Bucket")
    project.write(STACK, "cloud-config", with_account(region="us-west-2"))

    with pytest.raises(InputError, match="Up on it: etl-role"):
        project.platform.up([STACK], lose_data=True)

    project.platform.destroy(["etl-role"])
    project.platform.up([STACK], lose_data=True)
    (after,) = project.account.resources("aws:s3/bucket:Bucket")
    assert (before.region, after.region) == ("us-east-2", "us-west-2")
    assert before.id != after.id


def test_tags_reach_everything_in_place(project):
    project.up()
    project.write(STACK, "cloud-config", {**HOME, "tags": {"team": "data"}})
    operations = {operation for operation, _ in project.up()[STACK]}

    assert operations == {"update"}
    tagged = [row for row in project.account.resources() if "tags" in row.inputs]
    assert {row.inputs["tags"].get("team") for row in tagged} == {"data"}


def test_a_bucket_name_that_somebody_else_has_is_refused_by_name(project):
    project.write(STACK, "cloud-config", with_account(bucket_name="taken"))
    project.up()
    project.write(STACK, "cloud-config", HOME)
    project.write("other", "cloud-config", {**with_account(bucket_name="taken"), "name": "other"})

    with pytest.raises(StackError, match=r"other-bucket.*taken"):
        project.up("other")
