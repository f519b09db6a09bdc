# ruff: noqa: E501  # sentences stand on one line
"""The frame of the command line: exit codes, words on stderr, output for people and programs; its small commands."""

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from bodo_infra import __version__
from bodo_infra.cli import COMMANDS, cli
from bodo_infra.cli.frame import Lazy, LazyGroup, output_option, print_json, print_records, print_table, run
from bodo_infra.errors import BodoInfraError, HostError, InputError, LockedError, Problem, StackError

REPOSITORY = Path(__file__).parents[2]


def root_that(action) -> click.Command:
    @click.group()
    @click.option("--debug", is_flag=True)
    @click.pass_obj
    def root(settings, debug):
        settings.debug = debug

    root.command("act")(action)
    return root


def raise_(error: BaseException):
    raise error


PROBLEM = Problem(file="a.yaml", path="bodo:spec.nodes", value="0", rule="must be at least 1", fix="Use 1 or more")

ENDINGS = {
    "done": (lambda: None, 0, ""),
    "a code of its own": (lambda: 1, 1, ""),
    "exit in the middle": (lambda: click.get_current_context().exit(3), 3, ""),
    "bad input": (
        lambda: raise_(InputError.from_problems([PROBLEM, PROBLEM])), 2,
        "error: a.yaml: bodo:spec.nodes = 0: must be at least 1. Use 1 or more.\n" * 2,
    ),
    "one message": (lambda: raise_(InputError("stack 'a' is no stack", "Use b")), 2, "error: stack 'a' is no stack\n  Use b\n"),
    "failed stack": (lambda: raise_(StackError("a broke", "Run it again")), 1, "error: a broke\n  Run it again\n"),
    "locked stack": (lambda: raise_(LockedError("a is locked", "Wait")), 3, "error: a is locked\n  Wait\n"),
    "missing tool": (lambda: raise_(HostError("no git", "Install git")), 3, "error: no git\n  Install git\n"),
    "no fix": (lambda: raise_(BodoInfraError("it broke", "")), 1, "error: it broke\n"),
    "secret in an error": (
        lambda: raise_(StackError("cannot fetch https://jane:hunter2@example.com/a", "Check")), 1,
        "error: cannot fetch https://***@example.com/a\n  Check\n",
    ),
    "full disk": (
        lambda: raise_(OSError(28, "No space left on device", "/data/x")), 3,
        "error: the system refused an operation: No space left on device (/data/x)\n"
        "  Check free disk space, rights and open files, then run it again\n",
    ),
    "Ctrl-C": (lambda: raise_(KeyboardInterrupt()), 130, "Stopped.\n"),
    "no at a question": (lambda: raise_(click.Abort()), 130, "Stopped.\n"),
    "reader gone": (lambda: raise_(BrokenPipeError()), 141, ""),
    "a bug": (
        lambda: raise_(ZeroDivisionError("password=hunter2")), 70,
        "error: a bug in bodo-infra: ZeroDivisionError: password=***. Run `bodo-infra --debug ...` for the traceback and "
        "report it.\n",
    ),
    "bad use": (
        lambda: raise_(click.UsageError("no")), 2, "Usage: bodo-infra act [OPTIONS]\nTry 'bodo-infra act --help' for help.\n\nError: no\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("action", "code", "words"), ENDINGS.values(), ids=ENDINGS)
def test_every_ending_has_its_code_and_its_words(action, code, words, capfd):
    assert run(root_that(action), ["act"]) == code
    out, err = capfd.readouterr()
    assert out == ""
    assert err == words


@pytest.mark.parametrize("error", [StackError("it broke", "Run it again"), ZeroDivisionError("it broke")])
def test_debug_shows_the_traceback_before_the_words(error, capfd):
    run(root_that(lambda: raise_(error)), ["--debug", "act"])
    err = capfd.readouterr().err
    assert "Traceback" in err
    assert err.index("Traceback") < err.rindex("error: ")


def bodo_infra(*args: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    code = "from bodo_infra.cli import main; main()"
    env = {**os.environ, "PYTHONPATH": str(REPOSITORY), **environment}
    return subprocess.run([sys.executable, "-c", code, *args], capture_output=True, text=True, cwd=cwd, env=env)


def test_what_an_error_of_a_rehearsal_tells_to_run_stays_a_rehearsal(capsys):
    @click.pass_obj
    def act(settings):
        settings.offline = True
        raise StackError(
            "a did not finish",
            "Say it again: `bodo-infra up a`, or `bodo-infra destroy --offline b`, or see `bodo-infra schema`",
        )

    run(root_that(act), ["act"])

    assert (
        "`bodo-infra up --offline a`, or `bodo-infra destroy --offline b`, or see `bodo-infra schema`"
        in capsys.readouterr().err
    )


def test_a_reader_that_leaves_early_causes_no_complaint():
    command = f"{sys.executable} -c 'from bodo_infra.cli import main; main()' schema | head -1; echo ${{PIPESTATUS[0]}}"
    env = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, env=env)
    assert done.stderr == ""
    assert done.stdout.splitlines()[0] == "{"


def test_version(capsys):
    assert run(cli, ["--version"]) == 0
    assert capsys.readouterr().out == f"bodo-infra {__version__}\n"


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["chek"], "No such command 'chek'. Did you mean check?"),
        (["zzz"], "No such command 'zzz'. There are "),
        (["--zzz"], "No such option"),
        (["-C", "/nowhere/at/all", "check"], "Invalid value for --directory: /nowhere/at/all: No such file or directory"),
        (["schema", "a", "b"], "unexpected extra argument"),
        (["new", "cluster", "a", "--set", "nodes"], "'nodes' has no form KEY=VALUE"),
        (["new", "cluster"], "Missing argument 'NAME'"),
    ],
)  # fmt: skip
def test_bad_use_is_code_2_and_says_what_is_possible(args, words, capfd):
    assert run(cli, args) == 2
    assert words in capfd.readouterr().err


def test_the_help_names_every_command_without_loading_one(capsys):
    group = LazyGroup(lazy={"far": Lazy("there.is.no.module:far", "Goes far.")}, name="root")
    assert run(group, ["--help"]) == 0
    assert "far  Goes far." in capsys.readouterr().out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_in_the_table_is_there_and_has_a_help(name, capsys):
    command = COMMANDS[name].load()
    assert command.name == name
    assert command.help
    assert COMMANDS[name].short_help.endswith(".")
    assert run(cli, [name, "--help"]) == 0
    assert "Usage: bodo-infra" in capsys.readouterr().out


def test_tables_are_aligned_with_numbers_to_the_right(capsys):
    print_table(
        [["etl", 2, True, ["a", "b"], None], ["very-long", 1000, False, {}, "x\x1b[2J\ny"]],
        ["name", "nodes", "is_up", "tags", "why"],
    )
    assert capsys.readouterr().out == (
        "NAME       NODES  IS UP  TAGS  WHY\n"
        "etl            2  yes    a, b  -\n"
        "very-long   1000  no     -     x [2J y\n"
    )  # fmt: skip


def test_an_empty_table_still_has_its_heading(capsys):
    print_table([], ["name", "state"])
    assert capsys.readouterr().out == "NAME  STATE\n"


def test_programs_get_all_keys_and_people_the_columns(capsys):
    records = [{"name": "etl", "uuid": "1", "größe": 2}]
    print_records(records, ["name"], "json")
    assert json.loads(capsys.readouterr().out) == records
    print_records(records, ["name", "missing"], "table")
    assert capsys.readouterr().out == "NAME  MISSING\netl   -\n"


def test_the_output_option_takes_two_words(capfd):
    @output_option
    def show(output):
        print_json(output)

    assert run(root_that(show), ["act", "--output", "json"]) == 0
    assert capfd.readouterr().out == '"json"\n'
    assert run(root_that(show), ["act", "--output", "xml"]) == 2


def test_the_shell_can_complete_command_names():
    done = bodo_infra(_BODO_INFRA_COMPLETE="bash_complete", COMP_WORDS="bodo-infra che", COMP_CWORD="1")
    assert done.stdout == "plain,check\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    assert run(cli, ["init", "shop"]) == 0
    monkeypatch.chdir(tmp_path / "shop")
    return tmp_path / "shop"


def test_a_new_project_is_sound(project, capsys):
    assert run(cli, ["check"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "3 stacks are sound"
    assert run(cli, ["check", "demo-workspace"]) == 0
    assert capsys.readouterr().out == "1 stack is sound\n"


def test_check_says_everything_and_ends_with_2(project, capsys):
    file = project / "stacks" / "Pulumi.demo-cluster.yaml"
    file.write_text(file.read_text().replace("    nodes: 2\n", "    nodes: 2\n    zone: a\n    spot: true\n"))
    assert run(cli, ["check"]) == 2
    assert capsys.readouterr().err.count("error: stacks/Pulumi.demo-cluster.yaml: bodo:spec.") == 2
    assert run(cli, ["check", "--output", "json"]) == 2
    found = json.loads(capsys.readouterr().out)
    assert [problem["path"] for problem in found] == ["bodo:spec.zone", "bodo:spec.spot"]
    assert set(found[0]) == {"file", "path", "value", "rule", "fix", "id", "level"}


def test_check_works_in_another_folder(project, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(cli, ["-C", "shop/stacks", "check"]) == 0
    assert "3 stacks are sound" in capsys.readouterr().out


def test_check_outside_of_a_project_says_how_to_start_one(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(cli, ["check"]) == 2
    assert "bodo-infra init DIR" in capsys.readouterr().err


@pytest.mark.parametrize("noun", [None, "cluster", "job"])
def test_schema_prints_json(noun, capsys):
    assert run(cli, ["schema", *([noun] if noun else [])]) == 0
    assert json.loads(capsys.readouterr().out)["type"] == "object"


def test_schema_of_a_misspelled_noun(capsys):
    assert run(cli, ["schema", "clster"]) == 2
    assert "NOUN = clster: is no known kind" in capsys.readouterr().err


NEW_CLUSTER = """\
# N nodes of one instance type, with one rank per physical core.
config:
  bodo:kind: cluster
  bodo:uses:
    workspace: demo-workspace
  bodo:spec:
    name: etl
    nodes: 4
    tags:
      team: sales
    packages:
    - numpy
    # Left at their defaults:
    # description: ''  # Free text; changing it touches nothing else.
    # ranks_per_node: null  # Slots per node in the hostfile; the node's physical cores when left out.
    # auto_pause_minutes: 60  # Pause after this many idle minutes; null means never.
    # auto_shutdown_minutes: null  # Remove the cluster after this many idle minutes; null means never.
"""


def test_new_writes_a_file_that_explains_itself(project, capsys):
    values = ["--set", "nodes=4", "--set", "tags.team=sales", "--set", "packages=[numpy]"]
    assert run(cli, ["new", "cluster", "etl", *values]) == 0
    assert "bodo-infra up etl" in capsys.readouterr().out
    assert (project / "stacks" / "Pulumi.etl.yaml").read_text() == NEW_CLUSTER
    assert run(cli, ["check"]) == 0


@pytest.mark.parametrize("kind", ["organization", "cloud-config", "workspace", "notebook"])
def test_new_files_of_every_kind_are_sound(project, kind):
    needed = {"cloud-config": ["local.directory=data"], "notebook": ["user=jane"]}
    values = [word for value in needed.get(kind, []) for word in ("--set", value)]
    assert run(cli, ["new", kind, "fresh", *values]) == 0
    assert run(cli, ["check"]) == 0


NEW_REFUSED = {
    "there already": (["cluster", "demo-cluster"], "stacks/Pulumi.demo-cluster.yaml is there already"),
    "unknown kind": (["clutser", "a"], "Did you mean cluster?"),
    "job": (["job", "a"], "KIND = job: a job is no stack."),
    "name that leads elsewhere": (["cluster", "../a"], "NAME = ../a: must be at most 100 letters, digits"),
    "unknown field": (["cluster", "a", "--set", "nods=1"], "bodo:spec.nods: is no field here;"),
    "bad value": (["cluster", "a", "--set", "nodes=0"], "bodo:spec.nodes = 0: must be at least 1."),
    "missing field": (["notebook", "a"], "bodo:spec.user: is missing."),
    "what the target refuses": (["cluster", "a", "--set", "zone=a"], "bodo:spec.zone = a: has no meaning on the local"),
    "path through a word": (["cluster", "a", "--set", "name.x=a"], "bodo:spec.name = a mapping of 1: must be text"),
    "unknown role": (["cluster", "a", "--uses", "wrkspace=b"], "is no known role for a cluster;"),
    "unknown stack": (["cluster", "a", "--uses", "workspace=b"], "bodo:uses.workspace = b: no such stack."),
    "name taken": (["cluster", "a", "--set", "name=demo"], "stack demo-cluster already makes a cluster of this name"),
    "nothing to stand on": (["cluster", "a", "--uses", "instance_role=b"], "bodo:uses.instance_role = b: no such stack."),
}  # fmt: skip


@pytest.mark.parametrize(("args", "words"), NEW_REFUSED.values(), ids=NEW_REFUSED)
def test_new_writes_nothing_that_is_not_sound(project, args, words, capsys):
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    assert run(cli, ["new", *args]) == 2
    assert words in capsys.readouterr().err
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before


def test_new_asks_which_stack_is_meant_when_there_are_several(project, capsys):
    assert run(cli, ["new", "workspace", "second"]) == 0
    assert run(cli, ["new", "cluster", "a"]) == 2
    assert capsys.readouterr().err == (
        "error: --uses workspace: a cluster stands on a workspace, and there are demo-workspace, second. "
        "Choose one: --uses workspace=STACK.\n"
    )
    assert run(cli, ["new", "cluster", "a", "--uses", "workspace=second"]) == 0


ACCOUNT = ["--set", "aws.region=us-east-2", "--set", "aws.account_id=012345678901"]
AWS = "--set aws.region=... --set aws.account_id=..."
AZURE = (
    "--set azure.tenant_id=... --set azure.subscription_id=... --set azure.resource_group=... --set azure.location=... "
    "--set azure.service_principal.application_id=... --set azure.service_principal.object_id=..."
)
ALL = f"`{AWS}` or `{AZURE}` or `--set local.directory=...`"

NEW_LACKS = {
    "account": (["cloud-config", "prod"], [f"bodo:spec: exactly one of aws, azure, local must be given, not none. Say {ALL}."]),
    "rest of an account": (
        ["cloud-config", "prod", "--set", "aws.external_id=x"],
        [
            "bodo:spec.aws.region: is missing. Say `--set aws.region=...` (Region of the bucket and the table, such as `us-east-2`).",
            "bodo:spec.aws.account_id: is missing. Say `--set aws.account_id=...` (The account's 12 digits).",
        ],
    ),
    "place and field": (
        ["instance-role", "prod", "--set", "descripton=x"],
        [
            "--uses cloud_config: an instance-role stands on a cloud-config on aws or azure, and there is none yet. First run "
            f"`bodo-infra new cloud-config NAME {AWS}` or `bodo-infra new cloud-config NAME {AZURE}`.",
            "bodo:spec.descripton: is no field here; there are name,",
        ],
    ),
    "field that is a whole part": (
        ["cloud-config", "prod", "--set", "azure.tenant_id=x"],
        [
            "bodo:spec.azure.subscription_id: is missing.",
            "bodo:spec.azure.resource_group: is missing.",
            "bodo:spec.azure.location: is missing.",
            "Say `--set azure.service_principal.application_id=... --set azure.service_principal.object_id=...` (",
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("args", "lines"), NEW_LACKS.values(), ids=NEW_LACKS)
def test_new_says_all_that_is_lacking_at_once_as_options(project, args, lines, capsys):
    assert run(cli, ["new", *args]) == 2
    told = capsys.readouterr().err.splitlines()
    assert len(told) == len(lines)
    for text, part in zip(told, lines, strict=True):
        assert part in text


def test_what_new_asks_for_is_enough(project):
    assert run(cli, ["new", "cloud-config", "prod", *ACCOUNT, "--set", "tags.team=5"]) == 0
    written = (project / "stacks" / "Pulumi.prod.yaml").read_text()
    assert "account_id: '012345678901'" in written
    assert "team: '5'" in written
    assert run(cli, ["check"]) == 0


def test_a_new_instance_role_stands_where_there_are_such_roles(project):
    assert run(cli, ["new", "cloud-config", "prod", *ACCOUNT]) == 0
    assert run(cli, ["new", "instance-role", "reader"]) == 0
    assert "cloud_config: prod" in (project / "stacks" / "Pulumi.reader.yaml").read_text()


def test_new_says_that_a_stack_cannot_be_brought_up_yet(project, capsys):
    assert run(cli, ["new", "notebook", "desk", "--set", "user=jane"]) == 0
    told = capsys.readouterr()
    assert "bring it up" not in told.out
    assert "this release cannot make a notebook on local yet" in told.err


def test_new_says_what_to_make_first(project, capsys):
    for file in (project / "stacks").iterdir():
        file.unlink()
    assert run(cli, ["new", "workspace", "a"]) == 2
    assert "First run `bodo-infra new cloud-config NAME`." in capsys.readouterr().err


def test_numbers_stay_to_the_right_where_some_are_not_known(capsys):
    print_table([["a", 1, "1.5%"], ["b", None, "12.0%"]], ["name", "exit_code", "share"], numbers=["share"])
    assert capsys.readouterr().out == (
        "NAME  EXIT CODE  SHARE\n"
        "a             1   1.5%\n"
        "b             -  12.0%\n"
    )  # fmt: skip


def test_a_mapping_is_shown_without_what_is_not_set(capsys):
    print_table([["source", {"kind": "folder", "url": "", "password": None, "path": "jobs"}]], ["field", "value"])
    assert capsys.readouterr().out.splitlines()[1] == "source  kind=folder, path=jobs"
