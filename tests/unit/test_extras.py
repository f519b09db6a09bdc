"""What is told where the extra of a target is not installed, and that each target's extra is enough for the driver."""

import subprocess
import sys

import pytest

from bodo_infra.errors import HostError
from bodo_infra.project.extras import require_extras
from bodo_infra.project.project import Project, read_project
from bodo_infra.project.yaml_files import render_yaml

SPECS = {"aws": {"region": "us-east-2", "account_id": "123456789012"}, "local": {"directory": "data"}}
MODULES_OF_EXTRAS = {
    "local": ("cronsim", "tzdata"),
    "aws": ("pulumi_aws", "pulumi_random"),
    "bodo": ("bodo", "pandas"),
    "mpi": ("mpi4py",),
}


@pytest.fixture
def project(tmp_path) -> Project:
    """Two cloud-configs and a workspace on each."""
    (tmp_path / "Pulumi.yaml").write_text("name: a\nruntime: python\nstackConfigDir: stacks\n")
    (tmp_path / "stacks").mkdir()
    for target, spec in SPECS.items():
        write(tmp_path, f"{target}-prod", "cloud-config", {"name": target, target: spec})
        write(tmp_path, f"{target}-shop", "workspace", {"name": f"{target}-shop"}, cloud_config=f"{target}-prod")
    return read_project(tmp_path)


def write(folder, name, kind, spec, **uses):
    config = {"bodo:kind": kind, "bodo:spec": spec, **({"bodo:uses": uses} if uses else {})}
    (folder / "stacks" / f"Pulumi.{name}.yaml").write_text(render_yaml({"config": config}))


def without(*extras):
    """A finder to which the modules of the extras are not there."""
    missing = {module for extra in extras for module in MODULES_OF_EXTRAS[extra]}
    return lambda module: None if module in missing else module


@pytest.mark.parametrize("target", ["aws", "local"])
def test_a_stack_on_a_target_whose_extra_is_missing_is_told_which_to_install(project, target):
    with pytest.raises(HostError) as raised:
        require_extras(project, [f"{target}-prod"], without(target))

    assert raised.value.message == f"stack '{target}-prod' is on {target}, and the extra `{target}` is not installed"
    assert raised.value.fix == f"pip install 'bodo-infra[{target}]'"
    assert raised.value.exit_code == 3


@pytest.mark.parametrize(("target", "other"), [("aws", "local"), ("local", "aws")])
def test_the_extra_of_the_stacks_own_target_is_enough(project, target, other):
    require_extras(project, [f"{target}-shop"], without(other, "bodo", "mpi"))


def test_all_stacks_that_cannot_be_worked_on_are_named_with_those_that_they_use(project):
    with pytest.raises(HostError, match=r"^stacks 'aws-prod', 'aws-shop' are on aws, "):
        require_extras(project, ["local-shop", "aws-shop"], without("aws"))


@pytest.mark.parametrize("extra", ["aws", "local"])
def test_the_driver_and_every_command_load_with_one_extra_alone(extra):
    others = [module for name, modules in MODULES_OF_EXTRAS.items() if name != extra for module in modules]
    commands = ", ".join(f"bodo_infra.cli.{name}" for name in ("check", "cluster", "job", "new", "stack", "state"))
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({others}))\n"
        f"import bodo_infra.driver, bodo_infra.driver.platform, {commands}, bodo_infra.program.{extra}\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
