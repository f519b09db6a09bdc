"""The random types, the data sources and the faults of the offline account, and the file that it is."""

import json
import re
import stat
import subprocess
import sys
import uuid
from importlib.metadata import PackageNotFoundError

import pytest

from bodo_infra.errors import BodoInfraError, InputError, NotFoundError
from bodo_infra.plugin.account.__main__ import provider_of
from bodo_infra.plugin.account.faults import Fault, FaultError, FaultKind
from bodo_infra.plugin.account.home import offline_environ, prepare_home
from bodo_infra.plugin.account.invokes import functions_of
from bodo_infra.plugin.account.random_types import SPECIAL, RandomHandler
from bodo_infra.plugin.account.rules import tokens as t
from bodo_infra.plugin.account.schema import sdk_version
from bodo_infra.plugin.account.store import AccountStore
from bodo_infra.plugin.handler import HalfMadeError, Kept, Subject
from bodo_infra.plugin.wire_codec import Secret
from tests.account_world import World

SUBJECT = Subject(urn="urn:pulumi:dev::test::random::thing")


@pytest.fixture
def world(tmp_path):
    return World.at(tmp_path)


def draw(name, **inputs):
    handler = RandomHandler(f"random:index/{name[0].lower()}{name[1:]}:{name}")
    assert handler.check(SUBJECT, inputs, {}).failures == ()
    return handler.create(SUBJECT, inputs)


def test_a_password_has_what_was_asked_for_and_an_id_that_says_nothing():
    made = draw("RandomPassword", length=30, minLower=2, minUpper=3, minNumeric=4, minSpecial=5, overrideSpecial="_%")
    result = made.outputs["result"]

    assert made.id == "none"
    assert len(result) == 30
    counts = [sum(test(c) for c in result) for test in (str.islower, str.isupper, str.isdigit, "_%".__contains__)]
    assert all(count >= least for count, least in zip(counts, (2, 3, 4, 5), strict=True)), counts
    assert not set(result) & (set(SPECIAL) - set("_%"))


def test_a_class_that_is_switched_off_does_not_appear():
    result = draw("RandomString", length=64, special=False, upper=False, numeric=False).outputs["result"]

    assert re.fullmatch("[a-z]{64}", result)


def test_the_forms_of_an_id_are_of_the_same_bytes():
    made = draw("RandomId", byteLength=8, prefix="x-")

    assert int(made.outputs["hex"].removeprefix("x-"), 16) == int(made.outputs["dec"].removeprefix("x-"))
    assert made.outputs["b64Url"] == f"x-{made.id}"


def test_numbers_shuffles_pets_and_uuids_are_what_they_say():
    assert draw("RandomInteger", min=3, max=3).outputs["result"] == 3
    assert sorted(draw("RandomShuffle", inputs=["a", "b", "c"]).outputs["results"]) == ["a", "b", "c"]
    assert len(draw("RandomShuffle", inputs=["a", "b"], resultCount=5).outputs["results"]) == 5
    assert len(draw("RandomPet", length=3).id.split("-")) == 3
    assert draw("RandomPet", prefix="dev", separator="_").id.startswith("dev_")
    assert uuid.UUID(draw("RandomUuid").id).version == 4
    assert draw("RandomUuid7").id[14] == "7"
    assert len(draw("RandomBytes", length=8).outputs["hex"]) == 16


def test_a_seed_repeats_itself_and_nothing_else_does():
    assert draw("RandomShuffle", inputs=list("abcdef"), seed="x") == draw(
        "RandomShuffle", inputs=list("abcdef"), seed="x"
    )
    assert draw("RandomUuid").id != draw("RandomUuid").id


@pytest.mark.parametrize(
    ("name", "inputs", "reason"),
    [
        ("RandomPassword", {"length": 3, "minLower": 4}, "must be 4 or more"),
        ("RandomInteger", {"min": 2, "max": 1}, "above max"),
        ("RandomId", {"byteLength": 0}, "1 or more"),
        (
            "RandomString",
            {"length": 1, **dict.fromkeys(("lower", "upper", "numeric", "special"), False)},
            "must be true",
        ),
        ("RandomPet", {"lenght": 2}, "did you mean length?"),
    ],
    ids=["too short", "crossed", "empty", "no classes", "typo"],
)
def test_what_cannot_be_drawn_is_refused(name, inputs, reason):
    handler = RandomHandler(f"random:index/{name[0].lower()}{name[1:]}:{name}")

    assert reason in handler.check(SUBJECT, inputs, {}).failures[0].reason


def test_every_input_of_a_random_value_replaces_it_keepers_too():
    handler = RandomHandler("random:index/randomPet:RandomPet")
    kept = Kept(subject=SUBJECT, id="x", inputs={"keepers": {"a": "1"}}, outputs={})
    news = {"keepers": {"a": "2"}}

    assert handler.find_replacing(kept, news, handler.diff(kept, news)) == {"keepers.a"}


def test_a_password_can_be_imported():
    handler = RandomHandler("random:index/randomPassword:RandomPassword")

    found = handler.read(Kept(subject=SUBJECT, id="hunter2", inputs={}, outputs={}))

    assert found.outputs == {"result": "hunter2", "length": 7}


def ask(world, name, /, **arguments):
    module = {"getVpc": "ec2", "getSubnet": "ec2", "getSubnets": "ec2", "getParameter": "ssm"}.get(name, "index")
    module = "ec2" if name == "getInstanceTypeOfferings" else "iam" if name == "getPolicyDocument" else module
    return functions_of(world.account)[f"aws:{module}/{name}:{name}"](arguments)


def test_the_account_says_who_and_where_it_is(world):
    assert ask(world, "getCallerIdentity")["accountId"] == "000000000000"
    assert "offline" in ask(world, "getCallerIdentity")["arn"]
    assert ask(world, "getRegion")["name"] == "us-east-2"
    assert ask(world, "getPartition")["partition"] == "aws"


def test_zones_are_those_of_the_catalogue_with_names_of_this_account(world):
    zones = ask(world, "getAvailabilityZones", state="available")

    assert zones["names"] == ["us-east-2a", "us-east-2b", "us-east-2c"]
    assert zones["zoneIds"] == ["use2-az1", "use2-az2", "use2-az3"]
    wanted = [{"name": "zone-id", "values": ["use2-az2"]}]
    assert ask(world, "getAvailabilityZones", filters=wanted)["names"] == ["us-east-2b"]


def test_offerings_are_those_of_the_catalogue(world):
    wanted = [{"name": "instance-type", "values": ["hpc7a.96xlarge"]}]

    found = ask(world, "getInstanceTypeOfferings", filters=wanted, locationType="availability-zone-id")

    assert found["locations"] == ["use2-az2"]


def test_a_parameter_is_that_of_the_account_or_an_image_of_aws(world):
    alias = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
    world.make(t.PARAMETER, name="/bodo/key", type="SecureString", value=Secret("hunter2"))

    assert re.fullmatch("ami-[0-9a-f]{17}", ask(world, "getParameter", name=alias)["value"])
    assert ask(world, "getParameter", name="/bodo/key")["value"] == "hunter2"
    with pytest.raises(NotFoundError, match="'/bodo/other' is not in the offline account"):
        ask(world, "getParameter", name="/bodo/other")


def test_networks_are_found_by_id_tag_and_filter_and_only_if_they_are_there(world):
    vpc = world.make(t.VPC, cidrBlock="10.0.0.0/16", tags={"Name": "net"})
    subnet = world.make(t.SUBNET, vpcId=vpc.id, cidrBlock="10.0.0.0/24")

    assert ask(world, "getVpc", tags={"Name": "net"})["cidrBlock"] == "10.0.0.0/16"
    assert ask(world, "getSubnet", id=subnet.id)["availableIpAddressCount"] == 251
    by_vpc = [{"name": "vpc-id", "values": [vpc.id]}]
    assert ask(world, "getSubnets", filters=by_vpc)["ids"] == [subnet.id]
    with pytest.raises(NotFoundError, match="no VPC in the offline account"):
        ask(world, "getVpc", id="vpc-0")
    with pytest.raises(NotFoundError, match="no VPC"):
        ask(world, "getVpc", default=True)
    with pytest.raises(InputError, match="cannot filter by 'vpcid'"):
        ask(world, "getSubnets", filters=[{"name": "vpcid", "values": ["x"]}])


def test_a_policy_document_is_written_as_the_provider_writes_it(world):
    trust = {
        "principals": [{"type": "Service", "identifiers": ["ec2.amazonaws.com"]}],
        "actions": ["sts:AssumeRole"],
        "conditions": [{"test": "StringEquals", "variable": "sts:ExternalId", "values": ["x"]}],
    }

    text = ask(world, "getPolicyDocument", statements=[trust])["minifiedJson"]

    assert '"Principal":{"Service":"ec2.amazonaws.com"}' in text
    assert '"Condition":{"StringEquals":{"sts:ExternalId":"x"}}' in text


def test_a_fault_strikes_as_often_as_it_was_asked_to_and_leaves_nothing(world):
    world.account.store.put_fault(Fault(kind=FaultKind.THROTTLED, type=t.VPC, times=2).to_json())

    for _ in range(2):
        with pytest.raises(FaultError, match="Throttling: rate exceeded while creating Vpc"):
            world.make(t.VPC, cidrBlock="10.0.0.0/16")
    assert world.account.store.all() == []
    world.make(t.VPC, cidrBlock="10.0.0.0/16")


def test_no_capacity_is_for_a_type_in_a_zone_and_leaves_a_group_half_made(world):
    vpc = world.make(t.VPC, cidrBlock="10.0.0.0/16")
    zones = ("use2-az1", "use2-az2")
    subnets = [
        world.make(t.SUBNET, zone, vpcId=vpc.id, cidrBlock=f"10.0.{i}.0/24", availabilityZoneId=zone)
        for i, zone in enumerate(zones)
    ]
    template = world.make(t.LAUNCH_TEMPLATE, instanceType="c5n.18xlarge")
    fault = Fault(kind=FaultKind.NO_CAPACITY, instance_type="c5n.18xlarge", zone="use2-az2")
    world.account.store.put_fault(fault.to_json())
    sizes = {"minSize": 1, "maxSize": 1, "launchTemplate": {"id": template.id}}

    world.make(t.AUTOSCALING_GROUP, "a", vpcZoneIdentifiers=[subnets[0].id], **sizes)
    with pytest.raises(HalfMadeError) as raised:
        world.make(t.AUTOSCALING_GROUP, "b", vpcZoneIdentifiers=[subnets[1].id], **sizes)

    assert len(world.account.store.of_type(t.AUTOSCALING_GROUP)) == 2, "it exists, and waits for instances"
    assert raised.value.made.id.startswith("b-")


def test_a_resource_may_be_invisible_for_a_while(world):
    vpc = world.make(t.VPC, cidrBlock="10.0.0.0/16")
    world.account.store.put_fault(Fault(kind=FaultKind.NOT_VISIBLE, name="thing").to_json())

    assert [world.read(vpc) is None for _ in range(2)] == [True, False]


def test_the_file_is_the_owners_and_survives_the_process(world, tmp_path):
    vpc = world.make(t.VPC, cidrBlock="10.0.0.0/16")

    again = AccountStore(tmp_path / "account.db")

    assert [row.id for row in again.all()] == [vpc.id]
    assert again.calls()["create", t.VPC] == 1
    assert stat.S_IMODE((tmp_path / "account.db").stat().st_mode) == 0o600, "it may hold secrets"


def test_two_processes_cannot_both_take_one_name(tmp_path):
    one, other = World.at(tmp_path), World.at(tmp_path)
    one.make(t.PLACEMENT_GROUP, name="near", strategy="cluster")

    with pytest.raises(BodoInfraError, match="in the offline account already"):
        other.make(t.PLACEMENT_GROUP, name="near", strategy="cluster")


@pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "ARM_CLIENT_SECRET"])
def test_real_credentials_beside_a_shared_state_are_refused(world, monkeypatch, name):
    monkeypatch.setenv(name, "something")
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://state")

    with pytest.raises(BodoInfraError, match="beside real credentials"):
        world.account.configure({"region": "us-east-2"})


@pytest.mark.parametrize("package", ["aws", "azure-native", "random"])
def test_the_version_says_what_it_is(world, package):
    assert provider_of(package, world.account.store, print).version == f"{sdk_version(package)}+offline"


def test_what_a_role_may_do_lately_does_not_work_at_once(world):
    owner = {"AWS": "arn:aws:iam::000000000000:root"}
    trust = {"Effect": "Allow", "Principal": owner, "Action": "sts:AssumeRole"}
    trusting = json.dumps({"Version": "2012-10-17", "Statement": trust})
    role = world.make(t.ROLE, "deployer", assumeRolePolicy=trusting)
    statement = {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
    world.make(t.ROLE_POLICY, role=role.id, policy=policy)
    world.account.store.put_fault(Fault(kind=FaultKind.LATE_RIGHTS).to_json())
    deployer = world.as_role(role.outputs["arn"])

    world.make(t.VPC, "owned", cidrBlock="10.1.0.0/16")
    with pytest.raises(FaultError, match="AccessDenied: while creating Vpc"):
        deployer.make(t.VPC, cidrBlock="10.0.0.0/16")
    deployer.make(t.VPC, cidrBlock="10.0.0.0/16")


def test_the_engine_is_told_of_no_credentials_and_takes_no_true_provider_from_path(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    plain = offline_environ(tmp_path / "home")
    (tmp_path / "pulumi-resource-aws").touch(mode=0o755)
    beside = offline_environ(tmp_path / "home")

    assert "PULUMI_IGNORE_AMBIENT_PLUGINS" not in plain, "a language host on PATH serves"
    assert beside["PULUMI_IGNORE_AMBIENT_PLUGINS"] == "true"
    assert beside["AWS_WEB_IDENTITY_TOKEN_FILE"] == beside["AWS_PROFILE"] == ""
    assert beside["ARM_CLIENT_SECRET"] == beside["ARM_OIDC_TOKEN"] == beside["AZURE_CLIENT_SECRET"] == ""
    assert beside["AWS_CONFIG_FILE"] == beside["AWS_SHARED_CREDENTIALS_FILE"] == "/dev/null"
    assert beside["AZURE_CONFIG_DIR"] == "/dev/null", "where `az login` keeps its tokens"


def test_there_is_a_plugin_of_every_package_whether_its_sdk_is_installed_or_not(tmp_path, monkeypatch):
    def not_installed(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr("importlib.metadata.version", not_installed)

    prepare_home(tmp_path, tmp_path / "account.db")

    for package in ("aws", "azure-native", "random"):
        folder = tmp_path / "plugins" / f"resource-{package}-v{sdk_version(package)}"
        assert (folder / f"pulumi-resource-{package}").exists()


def test_a_home_holds_launchers_under_the_versions_that_the_sdks_ask_for(tmp_path):
    from importlib.metadata import version

    for _ in range(2):
        prepare_home(tmp_path / "home", tmp_path / "account.db")

    for package in ("aws", "random"):
        launcher = (
            tmp_path / f"home/plugins/resource-{package}-v{version(f'pulumi-{package}')}/pulumi-resource-{package}"
        )
        assert launcher.stat().st_mode & stat.S_IXUSR


# What belongs to one package alone.
OWN = {
    "aws": ("bodo_infra.plugin.account.iam", "bodo_infra.plugin.account.rules.network"),
    "azure-native": ("bodo_infra.plugin.account.arm", "bodo_infra.plugin.account.rbac"),
    "random": ("bodo_infra.plugin.account.random_types",),
}


@pytest.mark.parametrize("package", OWN)
def test_a_plugin_is_ready_without_the_sdk_of_pulumi_and_the_rules_of_other_packages(package, tmp_path):
    code = (
        "import sys; from pathlib import Path\n"
        "from bodo_infra.plugin.account.__main__ import AccountStore, provider_of\n"
        f"provider_of({package!r}, AccountStore(Path({str(tmp_path)!r}) / 'account.db'), print)\n"
        "print(*sys.modules, sep='\\n')"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    loaded = done.stdout.splitlines()
    others = tuple(name for other, names in OWN.items() if other != package for name in names)
    assert [name for name in loaded if name.startswith("pulumi")] == [], "it costs 0.2 s in every plugin process"
    assert [name for name in loaded if name.startswith(others)] == []
