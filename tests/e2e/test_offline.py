"""`--offline` on the command line: a rehearsal is marked as one, and touches nothing but its own account and state."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path):
    root = tmp_path / "project"
    (root / "stacks").mkdir(parents=True)
    shutil.copytree(REPOSITORY / "programs", root / "programs")
    shutil.copy(REPOSITORY / "Pulumi.yaml", root)
    for name in ("aws-cloud-config", "demo-cloud-config"):
        shutil.copy(REPOSITORY / "stacks" / f"Pulumi.{name}.yaml", root / "stacks")
    return root


def bodo_infra(project, *words, **environ):
    done = subprocess.run(
        [sys.executable, "-m", "bodo_infra", "-C", str(project), *words],
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=180,
    )
    return done.returncode, done.stdout, done.stderr


def test_a_rehearsal_says_so_and_leaves_the_real_state_alone(project):
    code, out, err = bodo_infra(project, "up", "aws-cloud-config", "--offline")
    assert code == 0, err
    assert "offline: nothing is made in any cloud" in err
    assert "aws-cloud-config: up, 28 created" in out

    rehearsed = json.loads(bodo_infra(project, "status", "--offline", "--output", "json")[1])
    real = json.loads(bodo_infra(project, "status", "--output", "json")[1])
    assert {stack["name"]: stack["state"] for stack in rehearsed} == {
        "aws-cloud-config": "up",
        "demo-cloud-config": "not up",
    }
    assert {stack["state"] for stack in real} == {"not up"}


def test_without_names_only_what_can_be_rehearsed_is(project):
    code, out, err = bodo_infra(project, "preview", "--offline")

    assert code == 0, err
    assert "demo-cloud-config" not in out


def test_a_stack_of_this_machine_needs_no_rehearsal(project):
    code, _, err = bodo_infra(project, "up", "demo-cloud-config", "--offline")

    assert code == 2
    assert "--offline rehearses stacks of aws, azure, which demo-cloud-config is not" in err


def test_real_credentials_are_not_shown_to_a_rehearsal(project):
    program = project / "programs" / "__main__.py"
    program.write_text(f"import os\n\nassert not os.environ.get('AWS_ACCESS_KEY_ID')\n{program.read_text()}")

    code, _, err = bodo_infra(
        project, "preview", "aws-cloud-config", "--offline", AWS_ACCESS_KEY_ID="AKIAREAL", AWS_SECRET_ACCESS_KEY="real"
    )

    assert code == 0, err


def test_the_offline_accounts_number_is_refused_where_things_would_be_real(project):
    code, _, err = bodo_infra(project, "up", "aws-cloud-config")

    assert code == 2
    assert "bodo:spec.aws.account_id = 000000000000: is the offline account" in err
    assert "add --offline" in err


def test_data_is_not_lost_unless_somebody_agrees(project):
    assert bodo_infra(project, "up", "aws-cloud-config", "--offline")[0] == 0
    path = project / "stacks" / "Pulumi.aws-cloud-config.yaml"
    path.write_text(path.read_text().replace("region: us-east-2", "region: us-east-2\n      table_name: another"))

    code, _, err = bodo_infra(project, "up", "aws-cloud-config", "--offline")
    assert code == 2
    assert "aws.table_name: none -> another (data lost)" in err

    code, out, err = bodo_infra(project, "preview", "aws-cloud-config", "--offline", "--output", "json")
    assert code == 0, err
    assert "aws.table_name" in json.loads(out)[0]["changed"][0]
    assert "unless you add --lose-data" in err

    code, out, err = bodo_infra(project, "up", "aws-cloud-config", "--offline", "--lose-data")
    assert code == 0, err
    assert "replaced" in out
