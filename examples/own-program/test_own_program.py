"""The company's tests of its own program: the real engine, an account that is one file, and nothing in any cloud."""

from pathlib import Path

HERE = Path(__file__).parent


def test_nodes_may_read_the_datasets_and_nobody_else_may(offline_account):
    stack = offline_account.stack(HERE, {"aws:region": "us-east-2"})

    outputs = stack.up().outputs

    assert outputs["cores"].value == 2 * 64
    datasets = offline_account.resource("datasets", "aws:s3/bucket:Bucket")
    nodes = offline_account.resource("research-role", "aws:iam/role:Role")
    assert [may.principal for may in offline_account.who_can("s3:GetObject", datasets)] == [nodes.arn]


def test_more_nodes_are_a_change_of_one_resource_in_place(offline_account):
    offline_account.stack(HERE, {"aws:region": "us-east-2"}).up()

    preview = offline_account.stack(HERE, {"nodes": "64"}).preview()

    assert preview.change_summary["update"] == 2, "the cluster and its group of nodes"
    assert set(preview.change_summary) == {"same", "update"}
