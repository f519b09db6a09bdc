"""The policies of the AWS target are sound in form: what AWS takes, with the reason of every action, nothing dead.

Every rule of the linter parliament that fits is here; it cannot be used itself (it needs pkg_resources, and holds
actions whose resources differ in their conditions, such as ec2:RunInstances, for mistakes).
"""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bodo_infra.aws.policies.deploy import DEPLOY_AREAS, deploy_policies
from bodo_infra.aws.policies.statements import document
from bodo_infra.aws.policies.trust import cross_account_trust, flow_logs_trust, members_trust, nodes_trust
from bodo_infra.catalog import iam_names as names
from bodo_infra.plugin.account.iam.arns import split_arn
from bodo_infra.plugin.account.iam.documents import Policy, check, parse
from bodo_infra.plugin.account.iam.evaluate import assume
from bodo_infra.plugin.account.iam.grammar import Kind
from bodo_infra.plugin.account.iam.questions import broad_writes
from tests.aws_policies import (
    ACCOUNT,
    DEPLOY,
    LONGEST,
    SCOPE,
    USERS_ROLE,
    fits,
    inline,
    is_global,
    of_all,
    principal,
)
from tools.make_permissions import render

every_policy = pytest.mark.parametrize("name", of_all())


@every_policy
def test_a_policy_is_one_that_aws_takes_with_actions_and_keys_that_there_are(name):
    kind = Kind.INLINE if name in inline(SCOPE) else Kind.IDENTITY

    assert check(document(of_all()[name]), kind) == []


@every_policy
def test_a_policy_has_its_size_also_with_the_longest_names(name):
    kind = Kind.INLINE if name in inline(LONGEST) else Kind.IDENTITY

    assert check(document(of_all(LONGEST)[name]), kind) == []


def test_policies_fit_on_a_role_and_their_names_do_not_depend_on_the_scope():
    assert len(DEPLOY_AREAS) <= 10
    assert tuple(deploy_policies(SCOPE)) == tuple(deploy_policies(LONGEST)) == DEPLOY_AREAS


def test_a_statement_of_the_cross_account_role_is_found_by_its_name_alone():
    sids = [statement.sid for statements in deploy_policies(SCOPE).values() for statement in statements]

    assert len(set(sids)) == len(sids), "errors of AWS and the page of permissions name statements"


def test_the_page_of_permissions_is_up_to_date():
    page = Path(__file__).parents[2] / "docs" / "aws-permissions.md"

    assert page.read_text() == render(), "run python -m tools.make_permissions docs/aws-permissions.md"


@every_policy
def test_every_statement_and_every_action_has_its_reason(name):
    statements = of_all()[name]

    assert len({statement.sid for statement in statements}) == len(statements)
    for statement in statements:
        assert statement.component
        assert len(statement.why) > 10, statement.sid
        assert all(len(reason) > 3 for reason in statement.actions.values()), statement.sid


# A boundary grants nothing: its patterns are as wide as what users may write.
@pytest.mark.parametrize("name", [name for name in of_all() if name != "boundary"])
def test_nothing_is_written_anywhere_without_a_condition(name):
    assert broad_writes(parse(document(of_all()[name]), Kind.INLINE)) == []


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param(statement, id=f"{name}-{statement.sid}")
        for name, statements in of_all().items()
        if name != "boundary"
        for statement in statements
    ],
)
def test_an_action_stands_beside_resources_that_it_takes_and_keys_that_it_carries(statement):
    kinds_of_arns = {arn: split_arn(arn) for arn in statement.resources}
    for action in statement.actions:
        facts = names.facts_of(action)
        if facts is None:
            assert action.startswith("ssmmessages:"), f"{action}: of a service that nobody has looked at"
            continue
        if not facts.resources:
            assert statement.resources == ("*",), f"{action} can only be granted on *"
        elif statement.resources == ("*",):
            assert facts.level in "RL", f"{action} can be granted on {facts.resources}"
        else:
            forms = [names.arn_form(action.partition(":")[0], kind) for kind in facts.resources]
            fitting = [arn for arn in kinds_of_arns if any(fits(arn, form) for form in forms)]
            assert fitting, f"{action} takes none of {statement.resources}"
        for pairs in statement.conditions.values():
            for key in pairs:
                carried = is_global(key) or names.carries(action, key)
                assert carried, f"{action} never carries {key}: the statement is dead"


def test_roles_are_only_passed_to_named_services():
    for name, statements in of_all().items():
        for statement in statements:
            if "iam:PassRole" in statement.actions:
                assert set(statement.actions) == {"iam:PassRole"}, name
                assert "iam:PassedToService" in statement.conditions["StringEquals"], name
                assert "*" not in statement.resources, name


def trust(text):
    assert check(text, Kind.TRUST) == []
    return Policy(name="trust", document=parse(text, Kind.TRUST))


def test_the_cross_account_role_is_taken_by_whom_it_names_with_the_external_id():
    by_name = trust(cross_account_trust(SCOPE, [USERS_ROLE], "secret"))
    caller = principal(arn=USERS_ROLE)

    assert assume(by_name, caller, role_arn=DEPLOY.arn, external_id="secret").allowed
    assert not assume(by_name, caller, role_arn=DEPLOY.arn, external_id="guess").allowed
    assert not assume(by_name, caller, role_arn=DEPLOY.arn).allowed
    assert not assume(
        by_name, principal(arn=f"arn:aws:iam::{ACCOUNT}:role/other"), role_arn=DEPLOY.arn, external_id="secret"
    ).allowed


def test_without_principals_the_account_itself_may_take_the_role():
    principals = json.loads(cross_account_trust(SCOPE, (), "secret"))["Statement"][0]["Principal"]

    assert principals == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}


def test_the_other_trusts_are_ones_that_aws_takes():
    for text in (nodes_trust("aws"), nodes_trust("aws-cn"), flow_logs_trust(SCOPE), members_trust([USERS_ROLE])):
        trust(text)
    with pytest.raises(ValueError, match="at least one principal"):
        members_trust([])


def test_a_scope_without_a_key_or_roles_of_the_users_says_nothing_of_them():
    texts = [document(each) for each in of_all(replace(SCOPE, key_arn="", instance_role_arns=())).values()]

    assert not any('"kms:CreateGrant"' in text or USERS_ROLE in text for text in texts)
    assert not any('"Resource":[]' in text or '"Resource":""' in text for text in texts)
