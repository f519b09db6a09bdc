"""The rights of the cross-account role: enough for a life of everything, and none that nothing needs.

The life is lived once by the real engine, with IAM enforced; what it asked for is evaluated again with parts of the
policies taken away. Not proved here: that AWS asks for the very same (facts and rules of the offline account say so),
and what nodes ask for (tests/unit/test_aws_node_rights.py).
"""

from collections import defaultdict
from dataclasses import replace

import pytest

from bodo_infra.aws.policies.deploy import deploy_policies
from bodo_infra.plugin.account.iam.evaluate import decide
from bodo_infra.plugin.account.iam.matching import Request
from bodo_infra.plugin.account.rules import tokens as t
from tests.aws_policies import SCOPE
from tests.engine.aws_beside import ROWS
from tests.engine.aws_life import HOMES, lived

pytestmark = pytest.mark.engine

STATEMENTS = [(area, each) for area, statements in deploy_policies(SCOPE).items() for each in statements]
each_statement = pytest.mark.parametrize(
    "statement", [pytest.param(each, id=f"{area}-{each.sid}") for area, each in STATEMENTS]
)


@pytest.fixture(scope="module")
def life(engine, tmp_path_factory):
    with lived(tmp_path_factory.mktemp("rights") / "project") as life:
        yield life


def test_everything_that_a_life_asks_for_is_allowed(life):
    refused = [each for each in life.asked if not each.allowed]

    assert refused == []
    assert all(len(life.asked_by(home)) > 300 for home in HOMES), "both roles have done the work"
    owners = {life.deployers[home].arn for home in HOMES}
    assert {each.role for each in life.asked} == owners, "nobody else was asked to"


def test_every_type_is_made_read_and_deleted_by_the_engine(life):
    made = {type for verb, type in life.calls if verb == "create" and type.startswith("aws:")}

    assert len(made) > 35
    assert [type for type in made if not life.calls["read", type]] == []
    assert [type for type in made if not life.calls["delete", type]] == []


def test_at_the_end_only_data_is_left_that_was_to_stay(life):
    kept = {t.TABLE, t.BUCKET, t.EFS, t.ACCESS_POINT, t.EFS_POLICY, t.LUSTRE_BACKUP}
    others = [row for row in life.left if row.type not in kept and "/bucket" not in row.type]

    names = {row.urn.rpartition("::")[2].partition("-")[0] for row in others}
    assert names == {"etl", "users", "public"}, "what was the user's own"


@each_statement
def test_every_statement_is_needed(life, statement):
    assert any(_is_missed(life, statement.sid, action) for action in statement.actions)


@each_statement
def test_every_action_of_a_statement_is_needed(life, statement):
    useless = [action for action in statement.actions if not _is_missed(life, statement.sid, action)]

    assert useless == [], "nothing that was brought up, changed or destroyed, and no row of what running needs"


# What nothing shows to be needed.
KEPT_RESOURCES = {
    ("StartWithinReach", "snapshot/*"): "a start may ask for the snapshot of an image's disk; AWS tells not when"
}


@each_statement
def test_every_resource_of_a_statement_is_needed(life, statement):
    places = statement.resources if len(statement.resources) > 1 else ()
    useless = [place for index, place in enumerate(places) if not _is_place_missed(life, statement, index)]

    assert [each for each in useless if (statement.sid, each.split(":", 5)[5]) not in KEPT_RESOURCES] == []


@pytest.mark.parametrize("row", [pytest.param(row, id=f"{row.sid}-{row.action}-{row.why}") for row in ROWS])
def test_what_only_running_needs_is_allowed_and_nothing_else_asks_for_it(life, row):
    granting = [home for home in HOMES if row.sid != "UseKey" or life.scopes[home].key_arn]
    for home in granting:
        answer = decide(life.deployers[home], row.request(life.scopes[home]))
        assert answer.allowed, answer.because
        other = decide(life.deployers[home], row.request(life.scopes[_other(home)]))
        assert not other.allowed or row.request(SCOPE).resource == "*"

    needed_anyway = _refused(life, lambda role: _without_action(role, row.sid, row.action), row.action, life.requests)
    assert not needed_anyway, "a row for what every life shows says nothing"


# What the role of any cloud-config may do to what another one asks for, by action and kind: it belongs to nobody.
OF_NOBODY = {
    ("ec2:CreateNetworkInterface", "network-interface"): "EFS makes it, without tags; in whose subnet is asked beside",
    ("ec2:DeleteNetworkInterface", "network-interface"): "as above; one that is in use cannot be deleted",
    ("ec2:ModifyNetworkInterfaceAttribute", "network-interface"): "as above; the group must be the role's own",
    ("ec2:CreateNetworkInterface", "subnet"): "of the user's own: it carries no tag",
    ("ec2:CreateSecurityGroup", "vpc"): "of the user's own: it carries no tag",
    ("ec2:RunInstances", "subnet"): "of the user's own: it carries no tag",
    ("ec2:DescribeVpcAttribute", "vpc"): "reads whether a network has DNS",
    ("ec2:RunInstances", "image"): "AWS's, or the user's",
    ("ssm:GetParameters", "parameter"): "AWS's own, which name images",
    ("iam:CreateServiceLinkedRole", "role"): "AWS's own, with rights that AWS fixes",
}


@pytest.mark.parametrize("home", HOMES)
def test_the_role_of_one_cloud_config_may_do_nothing_to_what_is_of_another(life, home):
    stranger = life.deployers[_other(home)]
    allowed = [
        each
        for each in life.asked_by(home)
        if each.resource != "*" and decide(stranger, _request(each), resource_policies=_of(life, each)).allowed
    ]

    assert [each for each in allowed if (each.action, _kind(each.resource)) not in OF_NOBODY] == []
    tagged = [each for each in allowed if any("ResourceTag/bodo-infra" in key for key in each.context)]
    assert {each.action for each in tagged} <= {"ec2:DescribeVpcAttribute"}, "reading alone"


def _kind(arn):
    return arn.split(":", 5)[5].split("/")[0]


def _is_missed(life, sid, action):
    asked = _join(life.requests, _beside(life, sid), [action])
    return _refused(life, lambda role: _without_action(role, sid, action), action, asked)


def _is_place_missed(life, statement, index):
    asked = _join(life.requests, _beside(life, statement.sid), statement.actions)

    def poorer(role):
        return _without_resource(role, statement.sid, index)

    return any(_refused(life, poorer, action, asked) for action in statement.actions)


def _refused(life, poorer, action, asked):
    """Whether a role that ``poorer`` has taken something from is refused one of the requests for the action."""
    for home in HOMES:
        role = poorer(life.deployers[home])
        for request in asked[home].get(action, ()):
            if not decide(role, request, resource_policies=life.resource_policies.get(request.resource, ())).allowed:
                return True
    return False


def _beside(life, sid):
    found = {home: defaultdict(list) for home in HOMES}
    for home in HOMES:
        for row in ROWS:
            if row.sid == sid:
                found[home][row.action].append(row.request(life.scopes[home]))
    return found


def _join(lived, beside, actions):
    """The requests for some actions, of a life and of the rows, which are often the same action's."""
    return {
        home: {action: [*lived[home].get(action, ()), *beside[home].get(action, ())] for action in actions}
        for home in HOMES
    }


def _request(asked):
    return Request(action=asked.action, resource=asked.resource, context=asked.context)


def _of(life, asked):
    return life.resource_policies.get(asked.resource, ())


def _other(home):
    return next(each for each in HOMES if each != home)


def _without_action(principal, sid, action):
    def poorer(statement):
        return replace(statement, actions=tuple(each for each in statement.actions if each != action))

    return _changed(principal, sid, poorer)


def _without_resource(principal, sid, index):
    def poorer(statement):
        places = statement.resources
        return replace(statement, resources=(*places[:index], *places[index + 1 :]))

    return _changed(principal, sid, poorer)


def _changed(principal, sid, change):
    policies = []
    for policy in principal.policies:
        statements = tuple(change(each) if each.sid == sid else each for each in policy.document.statements)
        policies.append(replace(policy, document=replace(policy.document, statements=statements)))
    return replace(principal, policies=tuple(policies))
