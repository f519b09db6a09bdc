"""The rules between the security groups of a workspace, as they are planned."""

from itertools import product

import pytest

from bodo_infra.aws.security_groups import INTERNET, plan_rules

CASES = list(product(("efs", "lustre"), (None, ("s3", "dynamodb")), (False, True)))
every_case = pytest.mark.parametrize(("storage", "services", "given"), CASES)


def rules(storage="efs", services=None, given=False):
    return plan_rules(["nodes"], storage=storage, services=services, given=given)


@every_case
def test_nothing_comes_in_from_outside_and_rules_have_names_of_their_own(storage, services, given):
    planned = rules(storage, services, given)

    assert {rule.peer for rule in planned if rule.direction == "in"} <= {"nodes", "notebooks", "storage"}
    assert len({rule.name for rule in planned}) == len(planned)
    assert not [rule for rule in planned if rule.ports is None and (rule.group, rule.peer) != ("nodes", "nodes")]


@every_case
def test_whoever_may_send_is_expected_at_the_other_end(storage, services, given):
    planned = {(rule.group, rule.direction, rule.peer, rule.ports) for rule in rules(storage, services, given)}
    ours = {"notebooks", "storage", "endpoints"} | (set() if given else {"nodes"})

    for group, direction, peer, ports in planned:
        if peer in ours:
            assert (peer, "in" if direction == "out" else "out", group, ports) in planned


@every_case
def test_rules_of_the_users_own_groups_are_the_users(storage, services, given):
    assert ("nodes" in {rule.group for rule in rules(storage, services, given)}) is not given


def test_nodes_reach_each_other_with_all_protocols_both_ways():
    names = {rule.name for rule in rules()}

    assert {"nodes-in-nodes-all", "nodes-out-nodes-all"} <= names, "EFA is neither TCP nor UDP"


def test_ssh_comes_from_notebooks_alone_and_files_from_nodes_and_notebooks_alone():
    planned = rules()

    assert [rule.name for rule in planned if rule.direction == "in" and rule.ports == (22, 22)] == [
        "nodes-in-notebooks-22"
    ]
    storage = [rule.name for rule in planned if rule.group == "storage"]
    assert storage == ["storage-in-nodes-2049", "storage-in-notebooks-2049"], "EFS opens no connections"


def test_a_closed_network_lets_https_out_to_endpoints_alone():
    out = {
        rule.peer for rule in rules(services=("s3", "dynamodb")) if rule.group == "nodes" and rule.ports == (443, 443)
    }

    assert out == {"endpoints", "s3", "dynamodb"}
    assert INTERNET not in {rule.peer for rule in rules(services=())}


def test_lustre_has_its_own_ports_and_talks_back():
    names = {rule.name for rule in rules("lustre")}

    assert {"storage-in-nodes-988", "storage-in-nodes-1018", "storage-out-nodes-988", "storage-in-storage-988"} <= names
    assert not {name for name in names if name.endswith("-2049")}
