"""Which resource providers are registered, asked of a real server of this machine as Azure's API would be asked."""

import socket

import pytest

from bodo_infra.azure.registrations import (
    NEEDED,
    NEEDED_FOR_NETAPP,
    UnansweredError,
    check_registered,
    read_states,
)
from tests.arm_server import ArmServer

SUBSCRIPTION, TOKEN = "33333333-0000-0000-0000-000000000003", "a-token-that-nobody-may-read"


def asked(arm):
    return read_states(SUBSCRIPTION, TOKEN, arm_url=arm.url)


def test_the_list_is_asked_for_with_the_token_and_read_through_all_pages():
    with ArmServer(pages=3) as arm:
        states = asked(arm)

    assert set(states) == {name.lower() for name in NEEDED}
    assert arm.paths[0] == f"/subscriptions/{SUBSCRIPTION}/providers?api-version=2021-04-01"
    assert arm.tokens == [TOKEN] * 3


def test_everything_that_is_not_registered_is_told_with_the_command_that_mends_it():
    with ArmServer(registered={"Microsoft.Compute": "NotRegistered", "Microsoft.Storage": "Unregistered"}) as arm:
        found = check_registered(NEEDED, asked(arm), SUBSCRIPTION)

    assert [each.rule.split()[3] for each in found] == ["Microsoft.Compute", "Microsoft.Storage"]
    assert "az provider register --namespace Microsoft.Compute" in found[0].fix
    assert {each.level for each in found} == {"error"}


def test_one_that_is_just_being_registered_is_good_enough():
    with ArmServer(registered={"Microsoft.Compute": "Registering"}) as arm:
        assert check_registered(NEEDED, asked(arm), SUBSCRIPTION) == []


def test_netapp_is_asked_for_only_by_whom_it_concerns():
    with ArmServer() as arm:
        states = asked(arm)

    assert check_registered(NEEDED, states, SUBSCRIPTION) == []
    (found,) = check_registered(NEEDED_FOR_NETAPP, states, SUBSCRIPTION)
    assert "Microsoft.NetApp" in found.fix


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"status": 401}, "the answer was 401"),
        ({"status": 403}, "may not read them"),
        ({"status": 503}, "the answer was 503"),
        ({"body": b"<html>"}, "no proper answer"),
        ({"body": b"[]"}, "not the list"),
        ({"body": b'{"value": [{}]}'}, "it lacks 'namespace'"),
        ({"body": b'{"value": null}'}, "not the list"),
    ],
    ids=["unknown", "forbidden", "down", "a page", "another list", "another shape", "nothing"],
)
def test_whatever_else_is_answered_is_told_without_the_token(answer, told):
    with ArmServer(**answer) as arm, pytest.raises(UnansweredError, match=told) as raised:
        asked(arm)

    assert TOKEN not in str(raised.value)
    assert raised.value.__context__ is None or TOKEN not in repr(raised.value.__context__)


def test_a_server_that_is_not_there_is_told():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(UnansweredError, match="no connection"):
            read_states(SUBSCRIPTION, TOKEN, arm_url=url)


def test_the_token_does_not_follow_to_where_an_answer_sends_it():
    with ArmServer() as elsewhere:
        sends = ArmServer(status=302, headers={"Location": f"{elsewhere.url}/providers"})
        with sends as arm, pytest.raises(UnansweredError, match="302"):
            asked(arm)

    assert elsewhere.tokens == []


def test_the_token_does_not_follow_to_a_next_page_of_another_host():
    with ArmServer() as elsewhere:
        goes_on = ArmServer(pages=2, next_host=elsewhere.url)
        with goes_on as arm, pytest.raises(UnansweredError, match="another host"):
            asked(arm)

    assert elsewhere.tokens == []
