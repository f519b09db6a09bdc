"""What a node runs when it starts: the text of the boot script, and the script itself, run for real with stub commands.

Not proved here: that Amazon Linux has these packages, that EFS and Lustre mount, that EFA works. A node shows that.
"""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import time
import tomllib
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bodo_infra.boot import versions
from bodo_infra.boot.aws import USER_DATA_BYTES, AwsBootValues, agent_key, render_user_data
from bodo_infra.boot.package import build_agent_package
from bodo_infra.runtime.agent_config import AgentConfig
from bodo_infra.runtime.mpi import mpi_environment
from bodo_infra.scope import AGENT_PREFIX, NODE_PREFIXES
from tests.boot_node import IN_VENV, SYSTEM_STUBS, BootedNode

UUID = "0b9ff1c2-6a0e-4a37-9d3a-2f1c1e7b5a10"
STAGES = ["network", "packages", "limits", "user", "storage", "keys", "python", "efa", "agent"]
EFS = {
    "kind": "efs",
    "id": "fs-0123",
    "dns_name": "fs-0123.efs.us-east-2.amazonaws.com",
    "access_point_id": "fsap-0123",
}
LUSTRE = {"kind": "lustre", "id": "fs-0456", "dns_name": "fs-0456.fsx.us-east-2.amazonaws.com", "mount_name": "abcd"}
VALUES = AwsBootValues(
    cluster="etl",
    cluster_uuid=UUID,
    workspace="team",
    workspace_uuid="5d2c4f0e-0000-4000-8000-000000000001",
    group="bodo--team--etl--nodes--0b9ff1c2",
    store="s3://bucket?table=table&region=us-east-1",
    bucket="bucket",
    bucket_region="us-east-1",
    region="us-east-2",
    egress="nat",
    shared_path="/shared",
    file_system=EFS,
    slots=36,
    efa="auto",
    bodo_version=None,
    packages=(),
    agent_sha256=build_agent_package().sha256,
)
VARIANTS = {
    "efs": VALUES,
    "lustre": replace(VALUES, file_system=LUSTRE),
    "no-egress": replace(VALUES, egress="none", efa="required"),
    "packages": replace(VALUES, packages=("xgboost>=2", "it's; rm -rf /")),
}
every_variant = pytest.mark.parametrize("values", VARIANTS.values(), ids=VARIANTS.keys())


@every_variant
def test_shellcheck_finds_nothing_in_the_script(values, tmp_path):
    script = tmp_path / "boot.sh"
    script.write_text(render_user_data(values))

    found = subprocess.run([Path(sys.executable).with_name("shellcheck"), script], capture_output=True, text=True)

    assert found.returncode == 0, found.stdout


@every_variant
def test_the_script_leaves_room_within_the_limit_of_user_data(values):
    longest = replace(values, bucket="b" * 63, group="g" * 255, shared_path="/s" * 40, cluster="c" * 40)

    assert len(render_user_data(longest).encode()) < USER_DATA_BYTES - 1000, "packages need some room"


def test_without_a_way_out_the_script_names_no_host_but_those_of_aws():
    hosts = re.findall(r"https?://([^/\s\"']+)", render_user_data(replace(VALUES, egress="none")))

    assert set(hosts) == {"169.254.169.254"}


def test_what_the_script_reads_and_writes_lies_where_the_policy_of_nodes_lets_it():
    script = render_user_data(VALUES)

    assert agent_key(UUID, "0" * 64).startswith(AGENT_PREFIX)
    assert f"readonly AGENT_PREFIX={AGENT_PREFIX}" in script
    assert re.search(r"readonly LOGS_PREFIX=(.*)", script)[1] in NODE_PREFIXES


def test_the_agent_is_told_the_same_variables_as_on_one_machine():
    local = mpi_environment(Path("/usr/bin/python3"), "/shared/.hostfile", None, "/shared")
    script = render_user_data(VALUES)

    assert [name for name in local if name != "PATH" and f"{name}=" not in script] == []


def test_what_nodes_install_is_what_the_library_says_it_needs():
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    processes = [line for line in project["dependencies"] if line.startswith("psutil")]

    assert sorted(versions.AGENT_REQUIREMENTS) == sorted([*processes, *extras["local"]])
    assert set(versions.BODO_REQUIREMENTS) <= set(extras["bodo"])


def test_the_agent_package_is_the_same_each_time_and_depends_on_the_sources_alone():
    first, second = build_agent_package(), build_agent_package.__wrapped__()

    assert first.content == second.content
    assert hashlib.sha256(first.content).hexdigest() == first.sha256
    with zipfile.ZipFile(first.on_disk()) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert not [name for name in archive.namelist() if "__pycache__" in name]


def test_the_agent_package_holds_all_that_the_agent_imports():
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); import bodo_infra, bodo_infra.runtime.agent, "
        "bodo_infra.runtime.runner; print(bodo_infra.__file__); "
        "print([name for name in ('pulumi', 'pydantic', 'click') if name in sys.modules])"
    )
    package = build_agent_package().on_disk()

    done = subprocess.run([sys.executable, "-I", "-c", program, package], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [f"{package}/bodo_infra/__init__.py", "[]"]


# From here on the script is run.

STUBS = {
    **SYSTEM_STUBS,
    "curl": """
case "${@: -1}" in
  */api/token) echo token ;;
  */instance-id) echo "${NODE:-i-1}" ;;
  */local-hostname) echo "ip-10-0-0-${NODE:-i-1}.us-east-2.compute.internal" ;;
  */local-ipv4) echo 10.0.0.7 ;;
  *) while [[ $1 != -o ]]; do shift; done; echo "from the internet" >"$2" ;;
esac""",
    "aws": """
[[ $1 != --region ]] || shift 2
place() { echo "$FAKE/bucket/${1#s3://bucket/}"; }
case "$1 $2" in
  "s3 cp")
    [[ $4 != s3://* ]] || exec cp "$(place "$4")" "$5"
    mkdir -p "$(dirname "$(place "$5")")"; cp "$4" "$(place "$5")" ;;
  "s3 sync") [[ -d $(place "$4") ]] && mkdir -p "$5" && cp "$(place "$4")"* "$5" ;;
  "s3api head-object") [[ -e $FAKE/bucket/$6 ]] ;;
  "s3api list-objects-v2") if [[ $6 == */ready/ ]]; then echo "$READY"; else echo "$FIRST"; fi ;;
esac""",
    "fi_info": '[[ -n ${EFA_WORKS:-} ]]',
}  # fmt: skip


@dataclass
class Node(BootedNode):
    """A node of AWS."""

    values: AwsBootValues

    def __post_init__(self) -> None:
        self.install(STUBS)
        package = self.object(agent_key(UUID, self.values.agent_sha256))
        package.parent.mkdir(parents=True, exist_ok=True)
        package.write_bytes(build_agent_package().content)

    def object(self, key: str) -> Path:
        return self.fake / "bucket" / key

    def boot(self, **environ: str) -> "subprocess.CompletedProcess[str]":
        around = {"EFA_WORKS": "yes", "MPI_WORKS": "yes", "READY": "None", "FIRST": "now", **environ}
        return self.run(render_user_data(self.values), around)

    def report(self, state: str, instance: str = "i-1") -> dict:
        return json.loads(self.object(f"logs/clusters/{UUID}/boot/{state}/{instance}.json").read_text())


@pytest.fixture
def node(tmp_path):
    return Node(tmp_path / "root", tmp_path / "fake", VALUES)


def test_a_node_goes_through_its_stages_in_order_and_says_that_it_is_ready(node):
    done = node.boot()

    assert done.returncode == 0, done.stdout
    assert re.findall(r"stage (\w+),", done.stdout) == STAGES
    assert node.report("ready")["warnings"] == []
    assert node.report("started")["instance"] == "i-1"
    fstab = (node.root / "etc/fstab").read_text()
    assert fstab == "fs-0123:/ /shared efs _netdev,nofail,tls,iam,accesspoint=fsap-0123 0 0\n"
    assert node.calls("systemctl")[-2:] == [
        "systemctl enable --quiet bodo-infra-agent",
        "systemctl restart bodo-infra-agent",
    ]


def test_the_agent_finds_its_config_its_code_and_its_unit(node):
    node.boot()

    config = AgentConfig.from_json(json.loads((node.root / "var/lib/bodo-infra/agent/agent.json").read_text()))
    assert (config.store, config.cluster_uuid) == (VALUES.store, UUID)
    assert config.node == "ip-10-0-0-i-1.us-east-2.compute.internal"
    code = Path((node.root / "opt/bodo-infra/venv/site/bodo-infra.pth").read_text().strip())
    assert (code / "bodo_infra/runtime/agent.py").is_file()
    unit = (node.root / "etc/systemd/system/bodo-infra-agent.service").read_text()
    assert "RequiresMountsFor=/shared\n" in unit
    assert "@" not in unit, "every place is filled in"


def test_a_second_run_changes_nothing(node):
    node.boot()
    before = node.files()

    done = node.boot()

    assert done.returncode == 0, done.stdout
    assert node.files() == before
    assert node.calls("dnf", "mount", "useradd", "python3.11") == []
    assert node.calls("python3.11", of="user") == []
    assert node.calls("systemctl") == [
        "systemctl enable --quiet bodo-infra-agent",
        "systemctl start bodo-infra-agent",
    ]


def test_nodes_of_one_cluster_share_their_keys_and_their_packages(node, tmp_path):
    node.boot()
    other = Node(tmp_path / "other", node.fake, replace(VALUES, bodo_version="2027.1"))
    (other.root / "shared").symlink_to(node.root / "shared")

    done = other.boot(NODE="i-2")

    assert done.returncode == 0, done.stdout
    keys = [(root / "home/bodo/.ssh/id_ed25519").read_text() for root in (node.root, other.root)]
    assert keys[0] == keys[1]
    certificate = other.root / "etc/ssh/ssh_host_ed25519_key-cert.pub"
    told = subprocess.run(["ssh-keygen", "-L", "-f", certificate], capture_output=True, text=True).stdout
    for name in ("ip-10-0-0-i-2.us-east-2.compute.internal", "ip-10-0-0-i-2", "10.0.0.7"):
        assert f" {name}\n" in told
    agreed = node.root / f"shared/.packages-{UUID}.requirements"
    assert agreed.read_text().splitlines()[0] == f"bodo=={versions.BODO_VERSION}", "a later release changes no cluster"
    assert not list((node.root / "shared").glob(".*new*")), "nothing half made is left"


def test_nothing_from_the_shared_files_is_run_as_root(node):
    node.boot()
    shared = node.root / "shared"
    agreed = shared / f".packages-{UUID}.requirements"
    shutil.rmtree(node.root / "opt")
    agreed.write_text("something-of-a-job\n")

    done = node.boot()

    assert done.returncode == 0, done.stdout
    assert (node.root / "opt/bodo-infra/venv/.requirements").read_text() == "something-of-a-job\n"
    venv = node.root / "opt/bodo-infra/venv"
    assert [call for call in node.calls("python3.11", of="user") if str(venv) in call]
    assert [call for call in node.calls("venv-python", of="user") if f"--requirement {agreed}" in call]
    assert node.calls("venv-python") == [], "jobs can write the environment, and what is installed into it"
    assert [call for call in node.calls("python3.11") if "-I -m zipfile" not in call] == []
    taken = ("runuser", "stat", "ls", "mount", "mountpoint", "chown")
    assert not [call for call in node.calls(*STUBS) if str(shared) in call and not call.startswith(taken)], (
        "root looks at the files, and hands them to the job's user"
    )


def test_root_has_no_command_from_what_jobs_can_write(node):
    node.boot()
    profile = node.root / "etc/profile.d/bodo-infra.sh"

    told = 'id() { echo "$WHO"; }; . "$0"; echo "$PATH"'
    text = profile.read_text().replace(". /etc/", f". {node.root}/etc/")
    profile.write_text(text)
    paths = [
        subprocess.run(
            ["bash", "-c", told, profile], env={"WHO": who, "PATH": "/usr/bin"}, capture_output=True, text=True
        )
        for who in ("0", "1500")
    ]

    assert [done.stdout.strip() for done in paths] == ["/usr/bin", "/opt/bodo-infra/venv/bin:/usr/bin"]


def test_a_failing_stage_reports_its_last_lines_and_exit_code_and_the_node_ends(node):
    node.values = replace(VALUES, efa="required")

    done = node.boot(EFA_WORKS="")

    assert done.returncode == 1
    report = node.report("failed")
    assert (report["stage"], report["exit_code"]) == ("efa", 1)
    assert any("checksum did NOT match" in line for line in report["last_lines"])
    assert "checksum did NOT match" in (node.fake / "console").read_text()
    assert "checksum did NOT match" in node.object(f"logs/clusters/{UUID}/boot/failed/i-1.log").read_text()
    assert node.calls("shutdown") == ["shutdown -h +10"]
    assert node.calls("systemctl enable") == [], "no stage comes after it"


def test_with_efa_mpi_goes_by_it_after_it_was_seen_to_work(node):
    done = node.boot()

    assert done.returncode == 0, done.stdout
    told = (node.root / "etc/bodo-infra/agent.env").read_text().splitlines()
    libraries = f"{node.root}/opt/bodo-infra/venv/site/bodo.libs"
    assert {"MPIR_CVAR_CH4_NETMOD=ofi", "FI_PROVIDER=efa", f"LD_LIBRARY_PATH={libraries}"} <= {*told}
    assert len(node.calls("venv-mpiexec", of="user")) == 1


@pytest.mark.parametrize("broken", [{"EFA_WORKS": ""}, {"MPI_WORKS": ""}], ids=["no device", "MPI does not find it"])
def test_efa_that_is_not_required_costs_a_warning_not_the_node(node, broken):
    done = node.boot(**broken)

    assert done.returncode == 0
    assert "WARNING: EFA does not work on this node" in done.stdout
    assert node.report("ready")["warnings"][0].startswith("EFA does not work on this node: MPI uses TCP")
    assert "MPIR_CVAR_CH4_NETMOD" not in (node.root / "etc/bodo-infra/agent.env").read_text()


def test_a_hanging_stage_is_cut_by_its_timeout_and_leaves_no_process(node):
    began = time.monotonic()

    done = node.boot(HANG="yes", TIMEOUT_STORAGE="0.3")

    assert done.returncode == 124
    assert time.monotonic() - began < 10
    assert "stage storage was cut: it took more than its timeout" in done.stdout
    assert node.report("failed")["stage"] == "storage"
    left = subprocess.run(["pgrep", "-f", str(node.fake)], capture_output=True, text=True).stdout
    assert left == ""


@pytest.mark.parametrize(
    ("ready_key", "first", "gives_up"),
    [
        ("None", "2020-01-01T00:00:00+00:00", True),
        ("a-key", "2020-01-01T00:00:00+00:00", False),
        ("None", "now", False),
    ],
    ids=["none ever came up", "another node works", "first tries"],
)
def test_a_cluster_of_which_no_node_ever_came_up_is_set_to_none(node, ready_key, first, gives_up):
    node.boot(HANG="yes", TIMEOUT_STORAGE="0.1", READY=ready_key, FIRST=first)

    wanted = f"aws autoscaling update-auto-scaling-group --auto-scaling-group-name {VALUES.group} --min-size 0"
    assert any(call.startswith(wanted) for call in node.calls("aws")) is gives_up


def test_without_a_way_out_everything_comes_from_the_bucket(node):
    node.values = replace(VALUES, egress="none", file_system=LUSTRE)
    wheel = node.object(f"{AGENT_PREFIX}mirror/wheels/bodo-2026.10.whl")
    wheel.parent.mkdir(parents=True)
    wheel.touch()

    done = node.boot(EFA_WORKS="")

    assert done.returncode == 0, done.stdout
    venv = str(node.root / "opt/bodo-infra/venv/bin/python")
    (installed,) = [call for call in node.calls("venv-python", of="user") if "pip install" in call]
    assert "--no-index" in installed, venv
    assert not [call for call in node.calls("curl") if "169.254.169.254" not in call]
    assert f"put the file at s3://bucket/{AGENT_PREFIX}mirror/{versions.EFA_INSTALLER}" in node.log()
    assert (
        (node.root / "etc/fstab").read_text().startswith("fs-0456.fsx.us-east-2.amazonaws.com@tcp:/abcd /shared lustre")
    )


def test_an_agent_package_that_somebody_has_changed_is_not_run(node):
    node.object(agent_key(UUID, VALUES.agent_sha256)).write_bytes(b"something else")

    done = node.boot()

    assert done.returncode == 1
    assert node.report("failed")["stage"] == "agent"
    assert not list((node.root / "opt/bodo-infra").glob("agent-*"))


def test_the_page_on_nodes_names_what_is_installed_and_where_the_mirror_is():
    page = (Path(__file__).parents[2] / "docs" / "aws-nodes.md").read_text()

    wanted = (f"bodo=={versions.BODO_VERSION}", *versions.BODO_REQUIREMENTS, versions.EFA_INSTALLER)
    assert [text for text in wanted if text not in page] == []
    assert f"{AGENT_PREFIX}mirror/wheels/" in page
    stages = re.search(r"readonly STAGES=\((.*)\)", render_user_data(VALUES))
    assert stages
    assert re.findall(r"^\| (\w+) \| ", page, re.MULTILINE)[1:] == stages[1].split()


def test_every_command_that_a_test_replaces_is_one_that_the_script_calls():
    script = render_user_data(VALUES)

    assert [name for name in STUBS if name not in IN_VENV and not re.search(rf"\b{re.escape(name)}\b", script)] == []
    assert shutil.which("ssh-keygen"), "keys are made for real"
