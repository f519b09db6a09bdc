"""What a service principal without one right is told, tried for real: by the real engine, with role assignments
enforced by the offline account. One project; the tests go on from each other in this order.
"""

import pytest

from bodo_infra.errors import StackError
from bodo_infra.plans.arm_ids import OFFLINE_SUBSCRIPTION
from tests.engine.rehearsed_project import RehearsedProject

pytestmark = pytest.mark.engine

PRINCIPAL = "77777777-0000-0000-0000-000000000007"
HOME = {
    "name": "data",
    "azure": {
        "tenant_id": OFFLINE_SUBSCRIPTION,
        "subscription_id": OFFLINE_SUBSCRIPTION,
        "resource_group": "bodo",
        "location": "westeurope",
        "service_principal": {"application_id": PRINCIPAL, "object_id": PRINCIPAL},
    },
}


@pytest.fixture(scope="module")
def project(engine, tmp_path_factory):
    with RehearsedProject.at(tmp_path_factory.mktemp("refused") / "project") as project:
        project.write("home", "cloud-config", HOME)
        project.write("net", "workspace", {"name": "net"}, cloud_config="home")
        project.write("nodes", "instance-role", {"name": "nodes"}, cloud_config="home")
        project.up("home")
        yield project


TAKEN = {
    "a thing itself": ("nodes", "Microsoft.Authorization/roleAssignments/write", "/roleAssignments/"),
    "what it refers to": ("net", "Microsoft.Network/natGateways/join/action", "/Microsoft.Network/natGateways/"),
}


@pytest.mark.parametrize(("stack", "action", "scope"), TAKEN.values(), ids=TAKEN.keys())
def test_without_one_right_up_says_which_and_where_and_goes_on_once_it_is_there(project, stack, action, scope):
    account = project.account
    whole = account.resource("home-role-deployer")
    (permission,) = whole.inputs["permissions"]
    poorer = {**permission, "actions": [each for each in permission["actions"] if each != action]}
    account.drift(whole, permissions=[poorer])

    with pytest.raises(StackError) as failure:
        project.up(stack)
    account.drift(whole, permissions=[permission])
    finished = project.up(stack)

    said = str(failure.value)
    assert f"{action} on /subscriptions/{OFFLINE_SUBSCRIPTION}/" in said
    assert scope in said
    assert f"is not allowed to {PRINCIPAL}" in said
    assert stack in finished
