"""Who can do this, and what is missing for that: asked of a whole account."""

from bodo_infra.plugin.account.iam.documents import Policy, parse
from bodo_infra.plugin.account.iam.evaluate import Principal
from bodo_infra.plugin.account.iam.grammar import Kind
from bodo_infra.plugin.account.iam.matching import Request
from bodo_infra.plugin.account.iam.questions import broad_writes, missing, who_can
from bodo_infra.plugin.account.iam.requirements import requirements
from bodo_infra.plugin.account.iam.subject import Place

PLACE = Place(account="111111111111", region="us-east-2")
PUT = Request(action="s3:PutObject", resource="arn:aws:s3:::demo/a")


def policy(name, kind, **statement):
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*", **statement}]}
    return Policy(name=name, document=parse(document, kind))


def role(name, *actions):
    policies = (policy(f"{name}-policy", Kind.IDENTITY, Action=[*actions]),) if actions else ()
    return Principal(arn=f"arn:aws:iam::111111111111:role/{name}", policies=policies)


READER, WRITER, NAMED = role("reader", "s3:GetObject"), role("writer", "s3:*"), role("named")
ON_BUCKET = policy("policy of bucket demo", Kind.RESOURCE, Action="s3:PutObject", Principal={"AWS": NAMED.arn})


def test_who_can_names_everybody_with_the_reason_those_that_can_first():
    answers = who_can(PUT, [READER, WRITER, NAMED], [ON_BUCKET])

    assert [(answer.principal.rpartition("/")[2], answer.allowed) for answer in answers] == [
        ("named", True),
        ("writer", True),
        ("reader", False),
    ]
    assert "policy of bucket demo" in answers[0].because
    assert "writer-policy" in answers[1].because
    assert "reader-policy" in answers[2].because


def test_what_is_missing_to_make_a_vpc_is_listed_by_action_and_arn():
    needed = requirements("aws:ec2/vpc:Vpc", "create", {"tags": {"a": "b"}}, place=PLACE)

    lacking = missing(needed, role("builder", "ec2:Describe*", "ec2:CreateVpc"))

    assert [(each.action, each.resource) for each in lacking] == [
        ("ec2:CreateTags", "arn:aws:ec2:us-east-2:111111111111:vpc/*")
    ]
    assert "builder-policy" in str(lacking[0])


def test_nothing_is_missing_to_whom_everything_is_allowed():
    needed = requirements("aws:s3/bucket:Bucket", "create", {"bucket": "demo"}, place=PLACE)

    assert missing(needed, role("admin", "*")) == []


def test_what_a_resource_grants_is_not_missing():
    assert missing([PUT], NAMED, lambda arn: [ON_BUCKET] if arn.startswith("arn:aws:s3:::demo/") else []) == []


def test_writes_on_everything_are_found_through_wildcards_and_reads_are_not():
    document = policy("p", Kind.IDENTITY, Sid="Near", Action=["ec2:*PlacementGroup", "ec2:Describe*"]).document

    assert broad_writes(document) == [
        "statement Near (Statement[0]): ec2:AttachResourcesToPlacementGroup",
        "statement Near (Statement[0]): ec2:CreatePlacementGroup",
        "statement Near (Statement[0]): ec2:DeletePlacementGroup",
        "statement Near (Statement[0]): ec2:DetachResourcesFromPlacementGroup",
    ]


def test_a_resource_or_a_condition_makes_a_write_narrow():
    here = {"StringEquals": {"aws:RequestedRegion": "us-east-2"}}

    assert broad_writes(policy("p", Kind.IDENTITY, Action="ec2:CreateVpc", Condition=here).document) == []
    assert broad_writes(policy("p", Kind.IDENTITY, Action="s3:*", Resource="arn:aws:s3:::demo/*").document) == []


def test_everything_is_told_in_one_word():
    assert broad_writes(policy("p", Kind.IDENTITY, Action="*").document) == ["Statement[0]: everything"]
