"""What the target of a cloud takes: its import, its whole platform on the offline account, a cluster that is large."""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.figure import Figure, paired_seconds

COMMAND = str(Path(sys.executable).with_name("bodo-infra"))
STACKS = Path(__file__).parents[1] / "stacks"
SMALL, LARGE = 2, 1000
TIMES = 3

USED_SDK = {
    "aws": (
        "from pulumi_aws import autoscaling, ec2, iam, s3; "
        "autoscaling.Group, ec2.LaunchTemplate, iam.Role, s3.BucketObjectv2"
    ),
    "azure": (
        "from pulumi_azure_native import authorization, compute, managedidentity; "
        "authorization.RoleAssignment, compute.VirtualMachineScaleSet, managedidentity.UserAssignedIdentity"
    ),
}
"""What a cluster touches of its SDK."""
# Loads next to nothing until a module is touched.
BARE_SDK = {"aws": "import pulumi_aws", "azure": "import pulumi_azure_native"}
IMPORT_RATIO = 1.5  # at most, against what it needs of the SDK
LARGE_RATIO = 1.3  # at most, against the small cluster


def measure(target: str) -> Iterator[Figure]:
    """Imports, then preview and up of all ready-made stacks, then clusters of both sizes beside them."""
    yield from _imports(target)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), target)
        yield from bench.platform()
        yield from bench.sizes()


def _imports(target: str) -> Iterator[Figure]:
    value, bare = _import_seconds(f"import bodo_infra.{target}", BARE_SDK[target])
    yield Figure(name=f"import bodo_infra.{target}; bare: its SDK", unit="s", value=value, bare=bare, limit=bare)
    statement = f"from bodo_infra.{target} import Cluster"
    value, bare = _import_seconds(statement, BARE_SDK[target])
    yield Figure(name=statement, unit="s", value=value, bare=bare)
    value, bare = _import_seconds(statement, USED_SDK[target])
    yield Figure(name="  bare: its modules in use", unit="s", value=value, bare=bare, limit=bare * IMPORT_RATIO)


def _import_seconds(statement: str, bare: str) -> tuple[float, float]:
    return paired_seconds(lambda: _python(statement), lambda: _python(bare), times=7)


def _python(statement: str) -> None:
    subprocess.run([sys.executable, "-c", statement], check=True)


class Bench:
    """A project with all ready-made stacks of a target, rehearsed."""

    def __init__(self, folder: Path, target: str) -> None:
        subprocess.run([COMMAND, "init", folder], check=True, capture_output=True)
        self.folder = folder
        self.target = target
        self.names = [path.name.split(".")[1] for path in sorted(STACKS.glob(f"Pulumi.{target}-*.yaml"))]
        for name in self.names:
            shutil.copy(STACKS / f"Pulumi.{name}.yaml", folder / "stacks")

    def platform(self) -> Iterator[Figure]:
        """The whole of it, and what it is made of."""
        stacks = f"{len(self.names)} {self.target} stacks"
        for name, verb in (("preview", "preview"), ("up", "up"), ("up again, no change", "up")):
            yield Figure(name=f"{name} of {stacks}", unit="s", value=self._seconds(verb, *self.names))
        yield Figure(name=f"resources of {stacks}", unit="", value=self._resources(f"{self.target}-"))

    def sizes(self) -> Iterator[Figure]:
        """Clusters of 2 and of 1,000 nodes."""
        names = {nodes: [self._write_cluster(nodes, number) for number in range(TIMES)] for nodes in (SMALL, LARGE)}
        seconds = {each["stack"]: each["seconds"] for each in self._told("up", *names[SMALL], *names[LARGE])}
        bare, value = (statistics.median(seconds[name] for name in names[nodes]) for nodes in (SMALL, LARGE))
        small, large = (self._resources(f"cluster-{nodes}-0") for nodes in (SMALL, LARGE))
        kind = f"a cluster of {LARGE:,} nodes on {self.target}"
        yield Figure(name=f"resources of {kind}", unit="", value=large, bare=small, limit=small)
        yield Figure(name=f"up of {kind}", unit="s", value=value, bare=bare, limit=bare * LARGE_RATIO)

    def _write_cluster(self, nodes: int, number: int) -> str:
        name = f"cluster-{nodes}-{number}"
        text = (STACKS / f"Pulumi.{self.target}-cluster.yaml").read_text()
        changed = text.replace("name: demo", f"name: {name}").replace(f"nodes: {SMALL}", f"nodes: {nodes}")
        assert f"nodes: {nodes}" in changed
        (self.folder / "stacks" / f"Pulumi.{name}.yaml").write_text(changed)
        return name

    def _seconds(self, verb: str, *names: str) -> float:
        started = time.perf_counter()
        self._told(verb, *names)
        return time.perf_counter() - started

    def _resources(self, prefix: str) -> int:
        """Of all stacks whose names begin so."""
        return sum(each["resources"] or 0 for each in self._told("status") if each["name"].startswith(prefix))

    def _told(self, verb: str, *names: str) -> list[dict[str, Any]]:
        command = [COMMAND, verb, "--offline", "--output", "json", *names]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return list(json.loads(done.stdout))
