"""The company's tests of its own program: the real engine, an account that is one file, and nothing in any cloud."""

from pathlib import Path

HERE = Path(__file__).parent
# What a request from a node carries, and none with credentials that were taken elsewhere.
ON_A_NODE = {
    "ec2:SourceInstanceARN": "arn:aws:ec2:eu-west-1:000000000000:instance/i-0123456789abcdef0",
    "aws:Ec2InstanceSourceVpc": "vpc-1",
}


def test_nodes_may_read_the_datasets_and_nobody_else_may(offline_account):
    stack = offline_account.stack(HERE, {"aws:region": "us-east-2"})

    outputs = stack.up().outputs

    assert outputs["cores"].value == 2 * 64
    datasets = offline_account.resource("datasets", "aws:s3/bucket:Bucket")
    nodes = offline_account.resource("research-role", "aws:iam/role:Role")
    assert [may.principal for may in offline_account.who_can("s3:GetObject", datasets, ON_A_NODE)] == [nodes.arn]


def test_more_nodes_are_a_change_of_one_resource_in_place(offline_account):
    offline_account.stack(HERE, {"aws:region": "us-east-2"}).up()

    preview = offline_account.stack(HERE, {"nodes": "64"}).preview()

    assert preview.change_summary["update"] == 2, "the cluster and its group of nodes"
    assert set(preview.change_summary) == {"same", "update"}
