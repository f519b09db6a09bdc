"""The state of the stacks moves between the project's folder and a bucket: a real engine and an S3 server."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bodo_infra.driver.engine import require_engine
from tests.e2e.conftest import Project, new_project
from tests.s3_server import CREDENTIALS, REGION, S3Server, s3_server
from tests.waiting import wait_until

SECRET = "hunter2-of-the-state"
LOCK = {"pid": 1, "username": "ann", "hostname": "box", "timestamp": "2026-11-27T21:00:00.123456789+01:00"}
AWS_ACCOUNT = """\
config:
  bodo:kind: cloud-config
  bodo:spec:
    name: acme
    delete_data: true
    aws: {account_id: "111111111111", region: us-east-2}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def bucket(server: S3Server, request: pytest.FixtureRequest) -> str:
    """A new bucket's name."""
    name = f"state-{abs(hash(request.node.name)) % 10**12}"
    server.make_bucket(name)
    return name


@pytest.fixture
def own(tmp_path: Path) -> Project:
    """A project with the files of the demo; nothing is up."""
    project = new_project(tmp_path)
    return replace(project, environ={**project.environ, **CREDENTIALS, "PULUMI_CONFIG_PASSPHRASE": "of the tests"})


@pytest.fixture
def made(own: Project) -> Project:
    """The same with the state of a stack that holds a secret, as if it had been brought up."""
    write_state(own, "demo-cloud-config", {"secret": secret(SECRET), "n": 1})
    return own


# the whole way


def test_the_state_goes_to_a_bucket_and_comes_back_and_the_stacks_never_notice(
    own: Project, server: S3Server, bucket: str
):
    own.ok("up", "demo-workspace")
    url = server.state_url(bucket)
    try:
        moved = own.json("state", "move", url)

        assert moved["stacks"] == ["demo-cloud-config", "demo-workspace"]
        assert f"  url: {url}\n" in (own.root / "Pulumi.yaml").read_text()
        shown = own.json("state", "show")
        assert (shown["bucket"], shown["stacks"]) == (bucket, {"demo-cloud-config": 4, "demo-workspace": 6})
        assert all(not result["changes"] for result in own.json("up", "demo-workspace")), "references resolve there"
        assert {stack["name"] for stack in json.loads(pulumi(own, "stack", "ls", "--json"))} == set(shown["stacks"])
        assert not any("encryptionsalt" in path.read_text() for path in (own.root / "stacks").iterdir())

        own.ok("destroy", "demo-workspace")
        back = own.json("state", "move", "local")

        assert back["stacks"] == moved["stacks"]
        states = {stack["name"]: stack["state"] for stack in own.json("status")}
        assert states["demo-workspace"] == "destroyed", "not what was left behind there, but what came back"
        assert states["demo-cloud-config"] == "up"
    finally:
        own.ok("destroy")


def test_a_cloud_configs_bucket_is_named_by_its_stack_and_not_destroyed_from_under_the_state(
    own: Project, server: S3Server, bucket: str
):
    (own.root / "stacks/Pulumi.acme.yaml").write_text(AWS_ACCOUNT)
    bucket_resource = {
        "urn": "urn:pulumi:acme::bodo::aws:s3/bucket:Bucket::acme-bucket",
        "type": "aws:s3/bucket:Bucket",
        "custom": True,
        "id": bucket,
    }
    missing = own.run("state", "move", "acme")
    write_state(own, "acme", {"bucket": bucket, "region": REGION, "secret": secret(SECRET)}, bucket_resource)
    here = {"AWS_ENDPOINT_URL_S3": server.endpoint}  # where S3 is, for an engine that is told a region alone

    own.ok("state", "move", "acme", **here)
    refused = own.run("destroy", "acme", **here)

    assert (missing.returncode, "bodo-infra up acme" in missing.stderr) == (2, True)
    assert f"s3://{bucket}/state?region={REGION}&awssdk=v2" in (own.root / "Pulumi.yaml").read_text()
    objects = server.objects(bucket)
    assert "state/.pulumi/stacks/bodo/acme.json" in objects
    assert all(key.startswith("state/") for key in objects), "where nodes cannot read"
    assert not any(SECRET.encode() in content for content in objects.values())
    assert refused.returncode == 2
    assert "bodo-infra state move local" in refused.stderr
    assert "nothing to move" in own.ok("state", "move", "acme", **here)


def test_what_has_no_bucket_is_refused(own: Project):
    local, unknown = own.run("state", "move", "demo-workspace"), own.run("state", "move", "demo-workspaec")

    assert (local.returncode, unknown.returncode) == (2, 2)
    assert "no cloud-config on AWS" in local.stderr
    assert "Did you mean demo-workspace?" in unknown.stderr


# what stands in the way


def test_a_place_that_cannot_be_reached_changes_nothing(made: Project, server: S3Server):
    before = files(made)

    for url in (
        server.state_url("no-such-bucket-here"),
        "s3://acme/state?endpoint=http://127.0.0.1:9&region=us-east-2",
    ):
        done = made.run("state", "move", url)
        assert done.returncode == 1
        assert "could not list stacks" in done.stderr
    assert files(made) == before


def test_states_of_others_in_the_new_place_are_not_touched(made: Project, server: S3Server, bucket: str):
    url = server.state_url(bucket)
    write_state(made, "demo-cloud-config", {"of": "others"}, PULUMI_BACKEND_URL=url)
    objects, before = server.objects(bucket), files(made)

    done = made.run("state", "move", url)

    assert done.returncode == 1
    assert "holds other states of stacks of project 'bodo': demo-cloud-config" in done.stderr
    assert server.objects(bucket) == objects
    assert files(made) == before


def test_a_stack_that_somebody_works_on_stays_where_it_is_in_a_folder_and_in_a_bucket(
    made: Project, server: S3Server, bucket: str
):
    url = server.state_url(bucket)
    lock = made.root / ".bodo-infra/.pulumi/locks/organization/bodo/demo-cloud-config/a.json"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.write_text(json.dumps(LOCK))

    in_folder = made.run("state", "move", url)
    lock.unlink()
    made.ok("state", "move", url)
    key = "state/.pulumi/locks/organization/bodo/demo-cloud-config/a.json"
    server.client().put_object(Bucket=bucket, Key=key, Body=json.dumps(LOCK).encode())
    in_bucket = made.run("state", "move", "local")

    for refused in (in_folder, in_bucket):
        assert refused.returncode == 3
        assert "locked by ann@box (pid 1)" in refused.stderr
    assert "was held by ann@box (pid 1)" in made.ok("unlock", "demo-cloud-config")
    assert "nobody held it" in made.ok("unlock", "demo-cloud-config")
    made.ok("state", "move", "local")


def test_nobody_works_on_the_state_that_was_left_behind(made: Project, server: S3Server, bucket: str):
    before = (made.root / "Pulumi.yaml").read_text()
    made.ok("state", "move", server.state_url(bucket))

    (made.root / "Pulumi.yaml").write_text(before)  # by Git, say
    refused = made.run("refresh", "demo-cloud-config")

    assert refused.returncode == 1
    assert "has moved to s3://" in refused.stderr
    assert "has moved to s3://" in made.ok("status")
    assert made.run("state", "move", server.state_url(bucket)).returncode == 1


# what breaks on the way


def test_a_move_that_is_killed_at_any_moment_goes_on_when_it_is_said_again(
    made: Project, server: S3Server, bucket: str
):
    url = server.state_url(bucket)
    content = state(made, "demo-cloud-config")
    tags, written = (f"state/.pulumi/stacks/bodo/demo-cloud-config.{end}" for end in ("pulumi-tags", "json.bak"))
    for moment in (lambda: tags in server.objects(bucket), lambda: written in server.objects(bucket)):
        moving = made.start("state", "move", url)
        wait_until(moment, "the copy's beginning")
        moving.kill()
        moving.communicate()
        assert "s3://" not in (made.root / "Pulumi.yaml").read_text()
    write_state(made, "demo-cloud-config", {"secret": secret(SECRET), "n": 2})  # life goes on meanwhile
    changed = state(made, "demo-cloud-config")

    made.ok("state", "move", url)

    assert content != changed == state(made, "demo-cloud-config", PULUMI_BACKEND_URL=url)
    assert tags not in server.objects(bucket) or b"copy-of" not in server.objects(bucket)[tags]


def test_a_move_that_is_killed_after_pulumi_yaml_was_changed_is_finished_by_the_next(
    made: Project, server: S3Server, bucket: str
):
    url = server.state_url(bucket)
    old = f"file://{made.root}/.bodo-infra"
    made.ok("state", "move", url)
    # As it is in that moment: the copy still marked as such, the original not yet as old.
    name = ("--stack", "demo-cloud-config")
    pulumi(made, "stack", "tag", "set", "bodo-infra:copy-of", f"unfinished {old}", *name, PULUMI_BACKEND_URL=url)
    pulumi(made, "stack", "tag", "rm", "bodo-infra:moved-to", *name, PULUMI_BACKEND_URL=old)

    assert "nothing to move" in made.ok("state", "move", url)

    assert "copy-of" not in pulumi(made, "stack", "tag", "ls", "--json", *name, PULUMI_BACKEND_URL=url)
    assert "moved-to" in pulumi(made, "stack", "tag", "ls", "--json", *name, PULUMI_BACKEND_URL=old)


def test_two_moves_at_once_are_one_move(made: Project, server: S3Server, bucket: str):
    url = server.state_url(bucket)
    content = state(made, "demo-cloud-config")

    moves = [made.start("state", "move", url) for _ in range(2)]
    said = [move.communicate(timeout=120)[1] for move in moves]

    codes = sorted(move.returncode for move in moves)
    assert codes in ([0, 0], [0, 3]), said
    assert state(made, "demo-cloud-config", PULUMI_BACKEND_URL=url) == content
    assert made.json("state", "show")["bucket"] == bucket


# What the tests above do with states


def secret(text: str) -> dict[str, str]:
    """A secret as the engine takes it in a state that it imports."""
    return {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": json.dumps(text)}


def write_state(project: Project, stack: str, outputs: object, *resources: object, **environ: str) -> None:
    """Make the state of a stack that exports ``outputs``."""
    known = {found["name"] for found in json.loads(pulumi(project, "stack", "ls", "--json", **environ))}
    path = project.root / "stacks" / f"Pulumi.{stack}.yaml"
    before = path.read_text()
    if stack not in known:
        pulumi(project, "stack", "init", "--no-select", stack, **environ)
    path.write_text(before)
    deployment = json.loads(pulumi(project, "stack", "export", "--stack", stack, **environ))
    root = {
        "urn": f"urn:pulumi:{stack}::bodo::pulumi:pulumi:Stack::bodo-{stack}",
        "type": "pulumi:pulumi:Stack",
        "custom": False,
        "outputs": outputs,
    }
    deployment["deployment"]["resources"] = [root, *resources]
    pulumi(project, "stack", "import", "--stack", stack, given=json.dumps(deployment), **environ)


def state(project: Project, stack: str, **environ: str) -> object:
    """What the state of a stack says, secrets in plain text."""
    text = pulumi(project, "stack", "export", "--show-secrets", "--stack", stack, **environ)
    return json.loads(text)["deployment"]["resources"]


def pulumi(project: Project, *arguments: str, given: str | None = None, **environ: str) -> str:
    """Run plain `pulumi` in the project's folder, which must end well, and return what it printed."""
    done = subprocess.run(
        [require_engine().path, "--non-interactive", *arguments],
        cwd=project.root,
        env={**project.environ, "BODO_INFRA_PYTHON": sys.executable, **environ},
        input=given or "",
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def files(project: Project) -> dict[str, bytes]:
    """Pulumi.yaml and all that the project's own folder holds, but for empty files that serve as locks."""
    paths = [project.root / "Pulumi.yaml", *(project.root / ".bodo-infra").rglob("*")]
    return {str(path): path.read_bytes() for path in paths if path.is_file() and path.stat().st_size}
