"""What a node asks for, action by action: allowed for its own cloud-config, refused for another one's.

The node has its policy and the boundary, as every instance role that is made. Not proved here: that the node agent asks
for no more than this.
"""

from dataclasses import replace

import pytest

from bodo_infra.aws.policies.boundary import boundary
from bodo_infra.aws.policies.nodes import node_policy
from bodo_infra.aws.policies.statements import Scope
from bodo_infra.plugin.account.iam.documents import Policy, parse
from bodo_infra.plugin.account.iam.evaluate import decide
from bodo_infra.plugin.account.iam.grammar import Kind
from bodo_infra.plugin.account.iam.matching import Request
from bodo_infra.scope import CLOUD_CONFIG_TAG
from tests.aws_policies import ACCOUNT, SCOPE, principal

OTHER = replace(
    SCOPE,
    cloud_config_uuid="99999999-2222-3333-4444-555555555555",
    bucket="bodo-other",
    table="bodo-other",
    key_arn=f"arn:aws:kms:us-east-2:{ACCOUNT}:key/other",
    instance_role_arns=(),
)
ROLE = f"arn:aws:iam::{ACCOUNT}:role{SCOPE.made_path}node"
NODE = principal(node_policy(SCOPE), limits=boundary(SCOPE), arn=ROLE)
# What a user's own statement can at most add.
ALL = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
EVERYTHING = replace(NODE, policies=(Policy(name="all", document=parse(ALL, Kind.IDENTITY)),))


def object_of(prefix):
    return lambda scope: Request(action="", resource=f"{scope.bucket_arn}/{prefix}x")


def listing(prefix):
    return lambda scope: Request(action="", resource=scope.bucket_arn, context={"s3:prefix": prefix})


def record(scope):
    context = {
        "dynamodb:LeadingKeys": ("jobs",),
        "dynamodb:Attributes": None,
        "dynamodb:Select": None,
        "dynamodb:ReturnValues": None,
        "dynamodb:ReturnConsumedCapacity": None,
    }
    return Request(action="", resource=scope.table_arn, context=context)


def parameter(scope):
    return Request(
        action="", resource=f"arn:aws:ssm:us-east-2:{ACCOUNT}:parameter/bodo-infra/{scope.cloud_config_uuid}/secret"
    )


def tagged(resource):
    def request(scope: Scope):
        tags = {f"aws:ResourceTag/{CLOUD_CONFIG_TAG}": scope.cloud_config_uuid}
        return Request(action="", resource=resource, context=tags)

    return request


def key(service):
    context = {"kms:ViaService": f"{service}.us-east-2.amazonaws.com"}
    return lambda scope: Request(action="", resource=scope.key_arn, context=context)


the_group = tagged(f"arn:aws:autoscaling:us-east-2:{ACCOUNT}:autoScalingGroup:1:autoScalingGroupName/etl")
the_instance = tagged(f"arn:aws:ec2:us-east-2:{ACCOUNT}:instance/i-1")
the_files = tagged(f"arn:aws:elasticfilesystem:us-east-2:{ACCOUNT}:file-system/fs-1")

# What the agent and the boot script do, with the request that it makes.
OWN = {
    "take the agent's package": ("s3:GetObject", object_of("agent/")),
    "take what a job brings along": ("s3:GetObject", object_of("artifacts/")),
    "write a log": ("s3:PutObject", object_of("logs/")),
    "write a result": ("s3:PutObject", object_of("jobs/")),
    "remove a job's objects": ("s3:DeleteObject", object_of("jobs/")),
    "find logs": ("s3:ListBucket", listing("logs/etl/")),
    "read the job": ("dynamodb:GetItem", record),
    "beat": ("dynamodb:PutItem", record),
    "read the queue": ("dynamodb:Query", record),
    "renew the lease": ("dynamodb:UpdateItem", record),
    "remove the mark of a job that has ended": ("dynamodb:DeleteItem", record),
    "pause: no new nodes for stopped ones": ("autoscaling:SuspendProcesses", the_group),
    "pause: stop the nodes": ("ec2:StopInstances", the_instance),
    "shut down: no node at least": ("autoscaling:UpdateAutoScalingGroup", the_group),
    "shut down: no node": ("autoscaling:SetDesiredCapacity", the_group),
    "mount": ("elasticfilesystem:ClientMount", the_files),
    "write shared files": ("elasticfilesystem:ClientWrite", the_files),
    "find an address of the files": ("elasticfilesystem:DescribeMountTargets", the_files),
    "read a secret": ("ssm:GetParameter", parameter),
    "read secrets": ("ssm:GetParameters", parameter),
    "read settings": ("ssm:GetParametersByPath", parameter),
    "read what is encrypted": ("kms:Decrypt", key("s3")),
    "write what is encrypted": ("kms:GenerateDataKey", key("s3")),
    # Not proved: which of these DynamoDB really asks of whom reads or writes a record.
    "read an encrypted record": ("kms:Decrypt", key("dynamodb")),
    "write an encrypted record": ("kms:Encrypt", key("dynamodb")),
    "find the table's key": ("kms:DescribeKey", key("dynamodb")),
    "read an encrypted secret": ("kms:Decrypt", key("ssm")),
}
# Nobody can be kept from these by what belongs to whom: AWS knows no resource for them.
OF_NOBODY = {
    "autoscaling:DescribeAutoScalingGroups",
    "autoscaling:DescribeAutoScalingInstances",
    "ec2:DescribeAvailabilityZones",
    "ec2:DescribeInstances",
    "ec2:DescribeTags",
    "ssm:UpdateInstanceInformation",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
}
ON_A_MACHINE = {"aws:Ec2InstanceSourceVpc": "vpc-1"}


def may(who, action, request):
    told = {**ON_A_MACHINE, "kms:ViaService": None, **request.context}
    return decide(who, replace(request, action=action, context=told))


@pytest.mark.parametrize(("action", "of"), OWN.values(), ids=OWN.keys())
def test_a_node_may_do_what_its_own_cluster_needs_and_nothing_to_another_cloud_config(action, of):
    own, others = may(NODE, action, of(SCOPE)), may(NODE, action, of(OTHER))

    assert own.allowed, own.because
    assert not others.allowed


@pytest.mark.parametrize("action", sorted(OF_NOBODY))
def test_a_node_may_look_around_and_open_its_own_shell(action):
    resource = f"arn:aws:ec2:us-east-2:{ACCOUNT}:instance/i-1" if action == "ssm:UpdateInstanceInformation" else "*"
    here, elsewhere = (
        may(NODE, action, Request(action=action, resource=resource, context=context))
        for context in (ON_A_MACHINE, {"aws:Ec2InstanceSourceVpc": None})
    )

    assert here.allowed, here.because
    assert elsewhere.allowed == ("Describe" in action), "credentials that were carried off a machine open no shell"


def test_every_action_of_the_node_policy_is_asked_for_by_something():
    granted = {action for statement in node_policy(SCOPE) for action in statement.actions}

    assert granted == {action for action, _ in OWN.values()} | OF_NOBODY


BOUNDED = {name: case for name, case in OWN.items() if case[1] in (the_group, the_instance)}


@pytest.mark.parametrize(("action", "of"), BOUNDED.values(), ids=BOUNDED.keys())
def test_a_user_who_grants_everything_to_nodes_gives_them_no_cluster_of_another_cloud_config(action, of):
    assert may(EVERYTHING, action, of(SCOPE)).allowed
    assert not may(EVERYTHING, action, of(OTHER)).allowed


def test_without_the_node_policy_the_boundary_grants_nothing():
    bare = replace(NODE, policies=())

    assert [action for action, of in OWN.values() if may(bare, action, of(SCOPE)).allowed] == []


def test_nodes_neither_read_nor_write_the_state_of_stacks():
    state = replace(object_of("state/")(SCOPE), context=ON_A_MACHINE)

    assert not any(may(NODE, action, state).allowed for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"))
    assert not may(NODE, "s3:ListBucket", listing("state/")(SCOPE)).allowed


OFF_LIMITS = {
    "read a state": ("s3:GetObject", "state/"),
    "write a state": ("s3:PutObject", "state/"),
    "remove an old state": ("s3:DeleteObjectVersion", "state/"),
    "put another agent there": ("s3:PutObject", "agent/"),
    "put another package there": ("s3:PutObject", "agent/mirror/wheels/"),
    "remove an agent": ("s3:DeleteObjectVersion", "agent/"),
}


@pytest.mark.parametrize(("action", "prefix"), OFF_LIMITS.values(), ids=OFF_LIMITS.keys())
def test_a_user_who_grants_all_of_s3_to_nodes_gives_them_neither_states_nor_the_agents_of_others(action, prefix):
    here = replace(object_of(prefix)(SCOPE), context=ON_A_MACHINE)
    log = replace(object_of("logs/")(SCOPE), context=ON_A_MACHINE)

    assert not may(EVERYTHING, action, here).allowed
    assert may(EVERYTHING, action, log).allowed
    assert may(EVERYTHING, "s3:GetObject", replace(object_of("agent/")(SCOPE), context=ON_A_MACHINE)).allowed


def test_the_key_serves_nodes_only_through_the_services_that_keep_their_data():
    direct = Request(action="kms:Decrypt", resource=SCOPE.key_arn, context={"kms:ViaService": None})

    assert not may(NODE, direct.action, direct).allowed
