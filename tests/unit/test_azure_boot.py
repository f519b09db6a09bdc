"""What a node runs when it starts on Azure: the text of its boot script, and the script itself, run for real with stub
commands and a server that stands for Azure.

Not proved here: that AlmaLinux and Microsoft have these packages, that shares mount, that UCX can use the InfiniBand of
Azure's image. A node shows that.
"""

import base64
import json
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import pytest

from bodo_infra.azure.roles.records import NODE_PATHS
from bodo_infra.boot import versions
from bodo_infra.boot.azure import (
    CUSTOM_DATA_BYTES,
    USER_DATA_BYTES,
    AzureBootValues,
    check_custom_data,
    render_custom_data,
    ship_agent,
)
from bodo_infra.boot.package import build_agent_package
from bodo_infra.runtime.agent_config import AgentConfig
from bodo_infra.runtime.mpi import mpi_environment
from bodo_infra.spec import ClusterSpec
from tests.azure_node_server import AzureNodeServer, serving
from tests.boot_node import IN_VENV, SYSTEM_STUBS, BootedNode

UUID = "0b9ff1c2-6a0e-4a37-9d3a-2f1c1e7b5a10"
CLIENT = "11111111-0000-4000-8000-000000000001"
STAGES = ["network", "packages", "limits", "user", "storage", "keys", "python", "infiniband", "agent"]
SCALE_SET = "/subscriptions/s/resourceGroups/bodo/providers/Microsoft.Compute/virtualMachineScaleSets/etl-nodes"
FILES = {
    "kind": "azure-files",
    "id": "/subscriptions/s/files",
    "host": "files.file.core.windows.net",
    "export": "/files/shared",
}
NETAPP = {"kind": "netapp", "id": "/subscriptions/s/volume", "host": "10.30.9.4", "export": "/team"}
AGENT = ship_agent()
VALUES = AzureBootValues(
    cluster="etl",
    cluster_uuid=UUID,
    workspace="team",
    workspace_uuid="5d2c4f0e-0000-4000-8000-000000000001",
    store="azblob://records?storage_account=team",
    storage_account="team",
    container="records",
    client_id=CLIENT,
    scale_set_id=SCALE_SET,
    region="westeurope",
    egress="nat",
    shared_path="/shared",
    file_system=FILES,
    slots=120,
    efa="off",
    bodo_version=None,
    packages=(),
    agent_sha256=AGENT.sha256,
)
VARIANTS = {
    "azure-files": VALUES,
    "netapp": replace(VALUES, file_system=NETAPP),
    "no-egress": replace(VALUES, egress="none", efa="required"),
    "packages": replace(VALUES, packages=("xgboost>=2", "it's; rm -rf /")),
}
every_variant = pytest.mark.parametrize("values", VARIANTS.values(), ids=VARIANTS.keys())


@every_variant
def test_shellcheck_finds_nothing_in_the_script(values, tmp_path):
    script = tmp_path / "boot.sh"
    script.write_text(render_custom_data(values))

    found = subprocess.run([Path(sys.executable).with_name("shellcheck"), script], capture_output=True, text=True)

    assert found.returncode == 0, found.stdout


def test_the_agent_and_the_script_fit_into_what_a_scale_set_carries():
    whole = render_custom_data(replace(VALUES, agent_rest=AGENT.rest))

    assert len(base64.b64encode(AGENT.user_data)) <= 65536
    assert len(whole.encode()) < CUSTOM_DATA_BYTES - 16000, "packages, and what the agent grows by, need some room"


def test_packages_that_leave_no_room_are_refused():
    spec = ClusterSpec(name="etl", packages=tuple(f"a-package-{number}>=1.0" for number in range(5000)))

    (problem,) = check_custom_data(spec, path="spec.packages")

    assert re.search(r"spec.packages = 5000 packages: is \d+ bytes too long", str(problem))


def test_the_script_holds_no_secret_and_names_no_host_that_it_need_not():
    hosts = re.findall(r"https?://([^/\s\"'?]+)", render_custom_data(VALUES))

    assert set(hosts) == {
        "169.254.169.254",
        "team.blob.core.windows.net",
        "storage.azure.com",  # what a token is for
        "management.azure.com",
        "packages.microsoft.com",
    }


def test_what_the_script_reads_and_writes_lies_where_the_role_of_nodes_lets_it():
    script = render_custom_data(VALUES)

    assert re.search(r"readonly AGENT_PREFIX=(.*)", script)[1] in NODE_PATHS.reads
    assert re.search(r"readonly LOGS_PREFIX=(.*)", script)[1] in NODE_PATHS.writes


def test_the_agent_is_told_the_same_variables_as_on_one_machine():
    local = mpi_environment(Path("/usr/bin/python3"), "/shared/.hostfile", None, "/shared")
    script = render_custom_data(VALUES)

    assert [name for name in local if name not in ("PATH", "FI_EFA_FORK_SAFE") and f"{name}=" not in script] == []


# From here on the script is run.

STUBS = {
    **SYSTEM_STUBS,
    # The real one, sent to the server that stands for Azure; what it is given is written down, as `ps` would show it.
    "curl": """
for told; do
  told=${told/#http:\\/\\/169.254.169.254/$AZURE}
  told=${told/#https:\\/\\/team.blob.core.windows.net/$AZURE\\/blob}
  sent+=("${told/#https:\\/\\/management.azure.com/$AZURE/arm}")
done
exec "$REAL_CURL" "${sent[@]}" """,
    "hostname": "echo etl000003",
    "systemctl": "[[ $1 != is-active || -n ${FIREWALL:-} ]]",
    "systemd-run": "",
    "sysctl": "",
}  # fmt: skip
INSTANCE = {
    "compute/name": "etl-nodes_3",
    "compute/resourceId": f"{SCALE_SET.replace('/bodo/', '/BODO/')}/virtualMachines/3",
    "compute/userData": base64.b64encode(AGENT.user_data).decode(),
    "network/interface/0/ipv4/ipAddress/0/privateIpAddress": "10.30.0.7",
}


@dataclass
class Node(BootedNode):
    """A node of Azure."""

    azure: AzureNodeServer
    values: AzureBootValues

    def __post_init__(self) -> None:
        self.install(STUBS)

    def boot(self, **environ: str) -> "subprocess.CompletedProcess[str]":
        around = {"AZURE": self.azure.url, "REAL_CURL": shutil.which("curl"), "MPI_WORKS": "yes", **environ}
        return self.run(render_custom_data(self.values), around)

    def report(self, state: str, instance: str = "etl-nodes_3") -> dict:
        return json.loads(self.azure.blobs[f"logs/clusters/{UUID}/boot/{state}/{instance}.json"])

    def has_port(self, name: str, link: str = "InfiniBand", state: str = "4: ACTIVE") -> None:
        """A device with one port, as the kernel shows it."""
        port = self.root / "sys/class/infiniband" / name / "ports/1"
        port.mkdir(parents=True)
        (port / "link_layer").write_text(link)
        (port / "state").write_text(state)

    @property
    def environment(self) -> list[str]:
        """Of jobs."""
        return (self.root / "etc/bodo-infra/agent.env").read_text().splitlines()


@pytest.fixture
def azure():
    with serving(AzureNodeServer(instance=dict(INSTANCE), grants={CLIENT})) as server:
        yield server


@pytest.fixture
def node(tmp_path, azure):
    return Node(tmp_path / "root", tmp_path / "fake", azure, VALUES)


def test_a_node_goes_through_its_stages_in_order_and_says_that_it_is_ready(node):
    done = node.boot(FIREWALL="yes")

    assert done.returncode == 0, done.stdout
    assert re.findall(r"stage (\w+),", done.stdout) == STAGES
    assert node.report("ready")["warnings"] == []
    assert node.report("started")["instance"] == "etl-nodes_3"
    fstab = (node.root / "etc/fstab").read_text()
    options = "nosuid,nodev,vers=4,minorversion=1,sec=sys,nconnect=4,noresvport,_netdev,nofail"
    assert fstab == f"files.file.core.windows.net:/files/shared /shared aznfs {options} 0 0\n"
    assert "systemctl disable --now --quiet firewalld" in node.calls("systemctl"), "MPI uses any port"
    assert node.calls("systemctl")[-2:] == [
        "systemctl enable --quiet bodo-infra-agent",
        "systemctl restart bodo-infra-agent",
    ]


def test_the_agent_comes_with_the_scale_set_and_finds_its_config(node):
    node.boot()

    config = AgentConfig.from_json(json.loads((node.root / "var/lib/bodo-infra/agent/agent.json").read_text()))
    assert (config.store, config.cluster_uuid) == (VALUES.store, UUID)
    assert config.node == "10.30.0.7", "names resolve in networks with Azure's own name servers alone"
    code = Path((node.root / "opt/bodo-infra/venv/site/bodo-infra.pth").read_text().strip())
    with zipfile.ZipFile(BytesIO(build_agent_package().content)) as package:
        assert {str(path.relative_to(code)) for path in code.rglob("*.py")} == set(package.namelist())


def test_an_agent_that_outgrows_user_data_is_put_together_from_both_places(node, azure):
    content = AGENT.user_data + AGENT.rest
    azure.instance["compute/userData"] = base64.b64encode(content[:20000]).decode()
    node.values = replace(VALUES, agent_rest=content[20000:])

    assert node.boot().returncode == 0
    assert len(content) <= 2 * USER_DATA_BYTES


def test_a_second_run_changes_nothing(node):
    node.boot()
    before = node.files()

    done = node.boot()

    assert done.returncode == 0, done.stdout
    assert node.files() == before
    assert node.calls("dnf", "mount", "useradd", "python3.11") == []
    assert node.calls("systemctl")[-1] == "systemctl start bodo-infra-agent"


def test_no_token_is_seen_in_the_arguments_of_a_command_or_in_the_log(node):
    node.boot()

    assert "Bearer" not in "".join(node.calls(*STUBS))
    assert "Bearer" not in node.log()


def test_without_infiniband_mpi_uses_tcp_whatever_devices_there_are(node):
    node.has_port("mlx5_an0", link="Ethernet")

    node.boot()

    assert "UCX_TLS=tcp,sm,self" in node.environment
    assert node.calls("venv-mpiexec", of="user") == []


def test_with_infiniband_mpi_uses_its_ports_after_it_was_seen_to_work(node):
    node.values = replace(VALUES, efa="auto")
    node.has_port("mlx5_an0", link="Ethernet")
    for name in ("mlx5_ib0", "mlx5_ib1"):
        node.has_port(name)
    node.has_port("mlx5_ib2", state="1: DOWN")

    done = node.boot()

    assert done.returncode == 0, done.stdout
    assert "UCX_NET_DEVICES=mlx5_ib0:1,mlx5_ib1:1" in node.environment
    assert f"LD_LIBRARY_PATH={node.root}/opt/bodo-infra/venv/site/bodo.libs" in node.environment
    assert not [line for line in node.environment if line.startswith("UCX_TLS=")]
    assert len(node.calls("venv-mpiexec", of="user")) == 1


@pytest.mark.parametrize("broken", ["no port is up", "UCX cannot use it"])
def test_infiniband_that_is_not_required_costs_a_warning_not_the_node(node, broken):
    node.values = replace(VALUES, efa="auto")
    node.has_port("mlx5_ib0", state="1: DOWN" if broken == "no port is up" else "4: ACTIVE")

    done = node.boot(MPI_WORKS="", TIMEOUT_INFINIBAND="0.5")

    assert done.returncode == 0
    (warning,) = node.report("ready")["warnings"]
    assert warning.startswith("InfiniBand does not work on this node: MPI uses TCP, which is several times slower")
    assert "UCX_TLS=tcp,sm,self" in node.environment


def test_a_node_whose_identity_gets_no_token_says_so_on_its_console(node, azure):
    azure.grants.clear()

    done = node.boot(TIMEOUT_NETWORK="0.5")

    assert done.returncode == 124
    assert "stage network was cut" in done.stdout
    assert azure.blobs == {}


def test_a_failed_node_reports_and_tries_again(node, azure):
    azure.instance["compute/userData"] = base64.b64encode(AGENT.user_data[:-1]).decode()

    done = node.boot()

    assert done.returncode == 1
    report = node.report("failed")
    assert (report["stage"], report["exit_code"]) == ("agent", 1)
    assert f"logs/clusters/{UUID}/boot/failed/etl-nodes_3.log" in azure.blobs
    (again,) = node.calls("systemd-run")
    assert again == f"systemd-run --quiet --collect --on-active=10min bash {node.fake / 'part-001'}"
    assert azure.asked == []


def test_a_failed_node_comes_up_when_it_tries_again(node, azure):
    azure.instance.pop("compute/userData")
    node.boot()
    azure.instance.update(INSTANCE)

    assert node.boot().returncode == 0
    assert node.report("ready")


def test_a_node_that_has_failed_for_long_is_deallocated(node, azure):
    azure.blobs[f"logs/clusters/{UUID}/boot/ready/etl-nodes_1.json"] = b"{}"
    azure.instance.pop("compute/userData")
    node.boot()
    (node.root / "var/lib/bodo-infra/failed-at").write_text("1000000000")

    node.boot()

    assert azure.asked == [("POST", f"{SCALE_SET}/deallocate", {"instanceIds": ["3"]})]
    assert node.calls("systemd-run", "shutdown") == []


@pytest.mark.parametrize(
    ("told", "answer"),
    [(INSTANCE["compute/resourceId"], 403), (f"{SCALE_SET}/virtualMachines/", 200), ("", 200)],
    ids=["refused", "no number", "nothing told"],
)
def test_a_node_that_cannot_be_deallocated_shuts_down_and_says_what_that_means(node, azure, told, answer):
    azure.instance.pop("compute/userData")
    azure.instance["compute/resourceId"] = told
    azure.arm_answers = answer
    azure.blobs[f"logs/clusters/{UUID}/boot/ready/etl-nodes_1.json"] = b"{}"
    node.boot()
    (node.root / "var/lib/bodo-infra/failed-at").write_text("1000000000")

    done = node.boot()

    assert "still paid for" in done.stdout
    assert node.calls("shutdown") == ["shutdown -h now"]
    assert len(azure.asked) == (answer == 403), "a request without an instance would be for all of them"


@pytest.mark.parametrize(
    ("others", "age_s", "gives_up"),
    [({}, 7200.0, True), ({"ready/etl-nodes_1": 0.0}, 7200.0, False), ({}, 60.0, False)],
    ids=["none ever came up", "another node works", "first tries"],
)
def test_a_cluster_of_which_no_node_ever_came_up_is_given_up(node, azure, others, age_s, gives_up):
    folder = f"logs/clusters/{UUID}/boot"
    for name, age in {"started/etl-nodes_0": age_s, "started/etl-nodes_9": 5.0, **others}.items():
        azure.blobs[f"{folder}/{name}.json"] = b"{}"
        azure.ages_s[f"{folder}/{name}.json"] = age

    node.boot(HANG="yes", TIMEOUT_STORAGE="0.1")

    assert (("POST", f"{SCALE_SET}/deallocate", {}) in azure.asked) is gives_up


def test_without_a_way_out_everything_comes_from_the_container(node, azure):
    node.values = replace(VALUES, egress="none", file_system=NETAPP)
    mirror = "agent/mirror"
    azure.blobs.update({f"{mirror}/wheels/bodo-2026.10.whl": b"a wheel", f"{mirror}/rpms/nfs-utils.rpm": b"a package"})

    done = node.boot()

    assert done.returncode == 0, done.stdout
    (dnf,) = node.calls("dnf")
    assert dnf == f"dnf install -y -q --disablerepo=* {node.root}/opt/bodo-infra/rpms/nfs-utils.rpm"
    (installed,) = [call for call in node.calls("venv-python", of="user") if "pip install" in call]
    assert "--no-index" in installed
    assert (node.root / "opt/bodo-infra/wheels/bodo-2026.10.whl").read_bytes() == b"a wheel"
    elsewhere = [call for call in node.calls("curl") if "169.254" not in call and "team.blob" not in call]
    assert elsewhere == []
    assert (node.root / "etc/fstab").read_text().startswith("10.30.9.4:/team /shared nfs nosuid,nodev,vers=4.1,")


def test_an_agent_that_somebody_has_changed_is_not_run(node, azure):
    node.values = replace(VALUES, agent_sha256="0" * 64)

    node.boot()

    assert node.report("failed")["stage"] == "agent"
    assert any("did NOT match" in line for line in node.report("failed")["last_lines"])
    assert not list((node.root / "opt/bodo-infra").glob("agent-*"))


def test_the_page_on_nodes_names_what_is_installed_and_where_the_mirror_is():
    page = (Path(__file__).parents[2] / "docs" / "azure-nodes.md").read_text()

    wanted = (f"bodo=={versions.BODO_VERSION}", *versions.BODO_REQUIREMENTS)
    assert [text for text in wanted if text not in page] == []
    assert "agent/mirror/wheels" in page
    assert "agent/mirror/rpms" in page
    stages = re.search(r"readonly STAGES=\((.*)\)", render_custom_data(VALUES))
    assert stages
    table = page.partition("| stage | what it does |")[2]
    assert re.findall(r"^\| (\w+) \| ", table, re.MULTILINE) == stages[1].split() == STAGES


def test_every_command_that_a_test_replaces_is_one_that_the_script_calls():
    script = render_custom_data(VALUES)

    assert [name for name in STUBS if name not in IN_VENV and not re.search(rf"\b{re.escape(name)}\b", script)] == []
