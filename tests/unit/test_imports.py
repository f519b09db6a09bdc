"""What an import costs: no Pulumi, no cloud SDK, and for the command line's own help not even pydantic."""

import json
import subprocess
import sys

import pytest

HEAVY = ("pulumi", "grpc", "boto3", "botocore", "azure", "pulumi_aws", "pulumi_azure_native", "bodo", "numpy", "pandas")

CASES = {
    "the package": ("import bodo_infra", (*HEAVY, "pydantic", "ruamel", "click")),
    "specs": ("import bodo_infra.spec, bodo_infra.spec.problems, bodo_infra.spec.schema", HEAVY),
    "checks": ("import bodo_infra.checks", HEAVY),
    "the catalogue and AWS arithmetic": (
        "import bodo_infra.plans.efa_layout, bodo_infra.plans.names, bodo_infra.plans.network_plan",
        (*HEAVY, "pydantic", "ruamel"),
    ),
    "what Azure is asked for by": (
        "import bodo_infra.plans.arm_ids, bodo_infra.plans.azure_network, bodo_infra.catalog.azure_sizes",
        (*HEAVY, "pydantic", "ruamel"),
    ),
    "components of AWS": (
        "from bodo_infra import aws\nfor name in aws.__all__: getattr(aws, name)",
        ("pulumi_azure_native", "boto3", "botocore"),
    ),
    "components of Azure": (
        "from bodo_infra import azure\nfor name in azure.__all__: getattr(azure, name)",
        ("pulumi_aws", "azure", "boto3"),
    ),
    "projects": ("import bodo_infra.project.project, bodo_infra.project.new_stack, bodo_infra.project.scaffold", HEAVY),
    "what every start of pytest loads": ("import bodo_infra.pytest_plugin", (*HEAVY, "pydantic", "ruamel", "click")),
    "the test kit": ("import bodo_infra.testing", (*HEAVY, "pytest")),
    "command line": ("import bodo_infra.cli", (*HEAVY, "pydantic", "ruamel", "asyncio", "ssl")),
    "its version": (
        "import bodo_infra.cli as c; c.run(c.cli, ['--version'])",
        (*HEAVY, "pydantic", "ruamel", "asyncio"),
    ),
    "its help": ("import bodo_infra.cli as c; c.run(c.cli, ['--help'])", (*HEAVY, "pydantic", "ruamel", "asyncio")),
    "a misspelled command": ("import bodo_infra.cli as c; c.run(c.cli, ['chek'])", (*HEAVY, "pydantic", "ruamel")),
    "schema's help": ("import bodo_infra.cli as c; c.run(c.cli, ['schema', '--help'])", (*HEAVY, "pydantic", "ruamel")),
    "new's help": ("import bodo_infra.cli as c; c.run(c.cli, ['new', '--help'])", (*HEAVY, "pydantic", "ruamel")),
    "check's help": ("import bodo_infra.cli as c; c.run(c.cli, ['check', '--help'])", (*HEAVY, "pydantic", "ruamel")),
    "init's help": ("import bodo_infra.cli as c; c.run(c.cli, ['init', '--help'])", (*HEAVY, "pydantic", "ruamel")),
}


@pytest.mark.parametrize(("statement", "unwanted"), CASES.values(), ids=CASES)
def test_it_loads_only_what_it_needs(statement, unwanted):
    say = "print(json.dumps([name.partition('.')[0] for name in sys.modules]), file=sys.stderr)"
    code = f"import json, sys\n{statement}\n{say}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stderr.splitlines()[-1]))
    assert not loaded & set(unwanted), "somebody who asks for little should not wait for much"


def test_ctrl_c_while_the_command_is_still_being_loaded_is_no_traceback():
    # A module that takes long to load stands for a slow disk.
    program = (
        "import sys, types, bodo_infra.__main__ as entry\n"
        "class Slow:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'click': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Slow())\n"
        "entry.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "Stopped.\n")
