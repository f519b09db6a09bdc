"""What is kept of the engine's words, and how its failures read. That the engine says these words, other lanes show."""

import pytest
from pulumi.automation import CommandResult
from pulumi.automation.errors import create_command_error
from pulumi.automation.events import EngineEvent

from bodo_infra.driver.locks import LockHolder
from bodo_infra.driver.operations import Listener, locked_error, readable_errors
from bodo_infra.driver.remedies import with_remedy
from bodo_infra.driver.results import Step
from bodo_infra.errors import BodoInfraError, HostError, LockedError, StackError

STORE = "bodo-machine:index:Store"


def step_event(operation, kind=STORE, name="data-store", *, retained=False):
    urn = f"urn:pulumi:data::bodo::{kind}::{name}"
    old = {"type": kind, "urn": urn, "id": "1", "parent": "", "provider": "", "retainOnDelete": retained}
    metadata = {"op": operation, "urn": urn, "type": kind, "old": old}
    return EngineEvent.from_json({"resourcePreEvent": {"metadata": metadata}})


def said(message, severity="error", urn=None):
    return EngineEvent.from_json({"diagnosticEvent": {"message": message, "severity": severity, "urn": urn}})


def summary(**changes):
    return EngineEvent.from_json({"summaryEvent": {"resourceChanges": changes}})


def heard(*events):
    listener = Listener("data", lambda step: None)
    for event in events:
        listener(event)
    return listener


def failed(stderr="", stdout=""):
    return create_command_error(CommandResult(stdout=stdout, stderr=stderr, code=255))


def told(error, reasons=()):
    with pytest.raises(BodoInfraError) as caught, readable_errors("data", "up", reasons):
        raise error
    return caught.value


def test_a_step_is_reported_as_it_begins_with_the_name_that_the_program_gave():
    reported = []
    listener = Listener("data", reported.append)

    listener(step_event("create"))

    told = Step(stack="data", operation="create", type=STORE, name="data-store", id="1")
    assert reported == listener.steps == [told]


@pytest.mark.parametrize("operation", ["same", "read", "refresh", "discard"])
def test_steps_that_change_nothing_are_kept_silent(operation):
    assert heard(step_event(operation), summary(**{operation: 3})).steps == []


@pytest.mark.parametrize("kind", ["pulumi:pulumi:Stack", "pulumi:providers:bodo-machine"])
def test_what_pulumi_needs_for_itself_is_no_step(kind):
    assert heard(step_event("create", kind=kind, name="default")).steps == []


def test_changes_are_counted_without_what_stayed_the_same():
    assert heard(summary(create=2, same=5, update=1)).changes == {"create": 2, "update": 1}


def test_what_stays_behind_is_not_called_deleted():
    listener = heard(step_event("delete", retained=True), step_event("delete", name="data-uuid"), summary(delete=2))

    assert [step.operation for step in listener.steps] == ["retain", "delete"]
    assert listener.changes == {"delete": 1, "retain": 1}


@pytest.mark.parametrize(
    ("urn", "message", "kept"),
    [
        (
            "urn:pulumi:data::bodo::aws:s3/bucket:Bucket::data-bucket",
            "the name is taken",
            "data-bucket: the name is taken",
        ),
        ("urn:pulumi:data::bodo::aws:s3/bucket:Bucket::data-bucket", "data-bucket has gone", "data-bucket has gone"),
        ("urn:pulumi:data::bodo::pulumi:pulumi:Stack::bodo-data", "the program failed", "the program failed"),
    ],
    ids=["of a resource", "that names it already", "of the stack"],
)
def test_an_error_names_the_resource_that_it_is_about(urn, message, kept):
    assert heard(said(message, urn=urn)).errors == [kept]


def test_warnings_are_kept_beside_errors():
    listener = heard(said("warning: the role was not found", severity="warning"), said("port 5 is taken"))

    assert (listener.warnings, listener.errors) == (["the role was not found"], ["port 5 is taken"])


def test_an_error_is_kept_once_and_without_the_marks_of_colours():
    message = "<{%fg 1%}>error: <{%reset%}>port 5 is taken\n"

    assert heard(said(message), said(message)).errors == ["port 5 is taken"]


@pytest.mark.parametrize(
    "noise",
    [
        "update failed",
        "preview failed",
        "refresh failed",
        "destroy failed",
        "an unhandled error occurred: the program ended with exit code 1",
        "",
    ],
)
def test_the_engines_own_last_words_are_no_error(noise):
    assert heard(said(noise)).errors == []


def test_a_warning_is_no_error():
    assert heard(said("this is deprecated", severity="warning")).errors == []


def test_a_failure_tells_the_reasons_that_were_heard_and_the_command_to_say_again():
    error = told(failed("error: update failed"), ["port 5 is taken", "no rights in /data"])

    assert type(error) is StackError
    assert error.message == "up of stack 'data' did not finish:\n  port 5 is taken\n  no rights in /data"
    assert "`bodo-infra up data`" in error.fix


def test_without_reasons_the_lines_that_the_engine_marked_as_errors_are_told():
    error = told(failed("warning: old\nerror: could not read the backend\nerror: update failed"))

    assert error.message.splitlines()[1:] == ["  could not read the backend"]


def test_an_engine_that_marked_no_line_is_quoted_by_its_last_ones():
    error = told(failed("\n".join(f"line {number}" for number in range(9))))

    assert error.message.splitlines()[-1] == "  line 8"
    assert "line 2" not in error.message, "nobody wants the whole output of a command"


@pytest.mark.parametrize("reason", ["store /data: the disk is full, nothing was written", "No space left on device"])
def test_a_full_disk_is_no_fault_of_the_stack(reason):
    error = told(failed("error: update failed"), [reason])

    assert isinstance(error, HostError)
    assert reason in error.message


def test_another_passphrase_is_no_fault_of_the_stack():
    error = told(failed("error: constructing secrets manager: incorrect passphrase"))

    assert isinstance(error, HostError)
    assert "PULUMI_CONFIG_PASSPHRASE" in error.fix


def test_a_held_stack_says_who_holds_it_since_when_and_how_to_free_it():
    lock = "file://state/lock.json: created by ann@box (pid 42) at 2026-11-27T21:00:00Z"

    error = told(failed(f"error: the stack is currently locked by 1 lock(s).\n  {lock}"))

    assert isinstance(error, LockedError)
    assert "ann@box (pid 42) since 2026-11-27T21:00:00Z" in error.message
    assert "`bodo-infra unlock data`" in error.fix


def test_a_holder_that_nobody_names_is_another_operation():
    assert "locked by another operation" in locked_error("data", []).message


def test_all_holders_are_named():
    holders = [LockHolder(user=user, host="box", pid=1, since="now") for user in ("ann", "ben")]

    assert "ann@box" in locked_error("data", holders).message
    assert "ben@box" in locked_error("data", holders).message


def test_what_is_no_error_of_the_engine_passes_unchanged():
    with pytest.raises(ZeroDivisionError), readable_errors("data", "up"):
        raise ZeroDivisionError


@pytest.mark.parametrize(
    ("refusal", "remedy"),
    [
        (
            "group: cannot create already existing resource '/subscriptions/0/resourceGroups/bodo'",
            "existing_resource_group",
        ),
        (
            "share: cannot create already existing resource '/subscriptions/0/resourceGroups/bodo/providers/"
            "Microsoft.Storage/storageAccounts/a/fileServices/default/shares/shared'",
            "shared_storage.share_id",
        ),
        ('nodes: Status=400 Code="MarketplacePurchaseEligibilityFailed" Message="..."', "docs/azure-nodes.md"),
        ("vnet: cannot create already existing resource '/subscriptions/0/resourceGroups/b/providers/a/b/c'", "--ids"),
        ("vnet: InvalidParameterValue: cidr", None),
    ],
)
def test_a_refusal_that_names_no_field_of_ours_is_told_with_what_to_do(refusal, remedy):
    told = with_remedy(refusal)

    assert told.startswith(refusal)
    assert told == refusal if remedy is None else remedy in told.splitlines()[1]
