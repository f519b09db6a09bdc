"""How a program is launched over a cluster's nodes: the plan is pure, two small functions ask the machine.

The facts behind the choices were measured with Hydra of MPICH 5.0.2 and bodo 2026.10; of Open MPI 5.0 they were read.
"""

import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path

from bodo_infra.errors import HostError, Problem
from bodo_infra.runtime import hostfile
from bodo_infra.runtime.attempt import MARK_VARIABLE, Order
from bodo_infra.runtime.hostfile import Host

SHARED_VARIABLE = "BODO_INFRA_SHARED"
"""Tells a program where the workspace's shared files are."""
JOB_VARIABLE = "BODO_INFRA_JOB_UUID"

CACHE_FOLDER = ".cache"
HOSTFILE_COPY = "hostfile"

# What a program may see of the machine's environment. All else stays out, so that a job runs the same no matter from
# which terminal its cluster was started, and no secret of that terminal reaches it.
MACHINE_VARIABLES = (
    *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR"),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"),
)
DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin"


class Flavour(StrEnum):
    """Which launcher ``mpiexec`` is: they differ in flags and in the hostfile's dialect."""

    HYDRA = "hydra"
    OPENMPI = "openmpi"


@dataclass(frozen=True, kw_only=True)
class Tools:
    """What this machine launches with."""

    python: Path
    mpiexec: Path
    flavour: Flavour
    mpi4py: bool
    """The job's interpreter can import mpi4py."""


@dataclass(frozen=True, kw_only=True)
class Launch:
    """One launch, ready to be started."""

    argv: tuple[str, ...]
    env: dict[str, str]
    ranks: int
    """Ranks that the job has: in spawn mode those that Bodo starts, not the one that mpiexec starts."""
    hostfile: str
    """Content of the hostfile in the launcher's dialect."""


def find_tools(python: Path, path: str) -> Tools:
    """The launcher that belongs to ``python``, else the first on ``path``. Raises HostError when there is none."""
    # The interpreter is not resolved: a virtual environment's python is a link, and its mpiexec lies beside the link.
    found = shutil.which("mpiexec", path=f"{python.parent}{os.pathsep}{path}")
    if found is None:
        raise HostError(
            f"mpiexec is missing: neither beside {python} nor on PATH",
            "Install an extra: `pip install 'bodo-infra[bodo]'`, or `pip install 'bodo-infra[mpi]'` without Bodo",
        )
    version = subprocess.run(
        [found, "--version"], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    return Tools(
        python=python,
        mpiexec=Path(found),
        flavour=flavour_of(version.stdout),
        mpi4py=find_spec("mpi4py") is not None,
    )


def flavour_of(version_text: str) -> Flavour:
    """Tell the launcher by what ``mpiexec --version`` prints."""
    return Flavour.OPENMPI if "open mpi" in version_text.lower() or "prrte" in version_text.lower() else Flavour.HYDRA


def mpi_environment(
    python: Path, hostfile_path: Path | str, remote_shell: Path | str | None, shared_path: Path | str
) -> dict[str, str]:
    """Variables that make plain ``mpiexec`` and ``python`` work over a cluster's nodes, in jobs and in shells alike.

    ``PATH`` holds the interpreter's folder only: put it before the PATH that is there.
    ``remote_shell``: see ``node_shell``; None tells nodes apart by name only.
    """
    # Without a launcher named, Hydra forks for names that it takes for this machine's and calls ssh for others.
    # All nodes are this machine, whose name need not resolve (containers, laptops off their network): they reach
    # mpiexec over the loopback interface.
    launcher = {"HYDRA_LAUNCHER": "ssh", "HYDRA_LAUNCHER_EXEC": str(remote_shell), "HYDRA_IFACE": "lo"}
    return {
        "PATH": str(python.parent),
        **(launcher if remote_shell else {"HYDRA_LAUNCHER": "fork"}),
        "HYDRA_HOST_FILE": str(hostfile_path),
        # Otherwise every rank becomes a spawner of its own, computes, and dies in MPI_Finalize with exit code 9.
        "BODO_SPAWN_MODE": "0",
        "BODO_PLATFORM_CACHE_LOCATION": str(Path(shared_path) / CACHE_FOLDER),
        "PYTHONUNBUFFERED": "1",
        SHARED_VARIABLE: str(shared_path),
    }


def check_launch(order: Order, hosts: Sequence[Host], folder: Path) -> list[Problem]:
    """Every reason why this launch would fail or misbehave. ``folder``: the checkout."""
    problems = []
    slots = hostfile.total_slots(hosts)
    if order.ranks is not None and not 1 <= order.ranks <= slots:
        # Hydra would wrap round silently: twice the ranks on the same cores.
        problems.append(
            Problem(
                path="ranks",
                value=str(order.ranks),
                rule=f"must be 1 to {slots}, the slots of {len(hosts)} node(s)",
                fix="Lower ranks, or add nodes with `bodo-infra cluster scale`",
            )
        )
    if order.mode == "spawn" and hosts[0].slots < 2:
        problems.append(
            Problem(
                path="mode",
                value="spawn",
                rule=f"Bodo needs 2 or more slots on the first node, and {hosts[0].name} has {hosts[0].slots}",
                fix="Raise ranks_per_node of the cluster, or use `mode: spmd`",
            )
        )
    return problems + _check_script(order.command, folder)


def _check_script(command: str, folder: Path) -> list[Problem]:
    script = shlex.split(command)[0]
    if script.startswith("-") or (folder / script).is_file() or (folder / script / "__main__.py").is_file():
        return []
    return [
        Problem(
            path="command",
            value=command,
            rule=f"there is no file {script!r} in the source ({folder})",
            fix="Check the script's path, relative to the top of the source, and the source's reference",
        )
    ]


def plan_launch(
    order: Order, hosts: Sequence[Host], tools: Tools, *, attempt: Path, machine: Mapping[str, str], as_root: bool
) -> Launch:
    """Command line and environment for a launch that ``check_launch`` finds no fault with.

    ``attempt``: folder of the rank logs and of the hostfile's copy.  ``machine``: environment of this machine.
    """
    copy = attempt / HOSTFILE_COPY
    ranks = order.ranks or hostfile.total_slots(hosts)
    program = _program(order, tools)
    started = 1 if order.mode == "spawn" else ranks
    if tools.flavour is Flavour.OPENMPI:
        argv = _openmpi_argv(tools, started, copy, attempt, program)
        # The names of nodes on one machine need not resolve, and Open MPI insists: so all slots are this machine's.
        text = f"localhost slots={hostfile.total_slots(hosts)}\n"
    else:
        argv = _hydra_argv(tools, started, copy, attempt, program)
        text = hostfile.render(hosts)
    return Launch(argv=argv, env=_environment(order, tools, copy, machine, as_root=as_root), ranks=ranks, hostfile=text)


def _program(order: Order, tools: Tools) -> tuple[str, ...]:
    words = shlex.split(order.command)
    # An exception in one rank must end the others, which otherwise wait in their collective for ever: `-m mpi4py` calls
    # MPI_Abort then, changes no exit code, and touches no MPI in programs that use none. It knows scripts, -m and -c
    # only. In spawn mode one rank runs and Bodo itself watches its workers.
    guarded = tools.mpi4py and order.mode == "spmd" and (words[0] in ("-m", "-c") or not words[0].startswith("-"))
    return (str(tools.python), *(("-m", "mpi4py") if guarded else ()), *words)


def _hydra_argv(tools: Tools, ranks: int, copy: Path, attempt: Path, program: tuple[str, ...]) -> tuple[str, ...]:
    # One file per rank and stream: with all ranks in one pipe, lines of several ranks end up inside each other.
    logs = ("-outfile-pattern", f"{attempt}/rank-%r.out", "-errfile-pattern", f"{attempt}/rank-%r.err")
    return (str(tools.mpiexec), "-n", str(ranks), "-f", str(copy), *logs, *program)


def _openmpi_argv(tools: Tools, ranks: int, copy: Path, attempt: Path, program: tuple[str, ...]) -> tuple[str, ...]:
    # Open MPI names output files in its own way, so each rank's shell opens ours.
    logs = f"{shlex.quote(str(attempt))}/rank-$OMPI_COMM_WORLD_RANK"
    shell = ("sh", "-c", f'exec "$0" "$@" >{logs}.out 2>{logs}.err')
    return (str(tools.mpiexec), "-n", str(ranks), "--hostfile", str(copy), *shell, *program)


def _environment(
    order: Order, tools: Tools, copy: Path, machine: Mapping[str, str], *, as_root: bool
) -> dict[str, str]:
    secret = (order.source.password or "").removeprefix("env:")
    kept = {name: machine[name] for name in MACHINE_VARIABLES if name in machine and name != secret}
    ours = mpi_environment(tools.python, copy, order.remote_shell, order.shared_path)
    ours["PATH"] = os.pathsep.join((ours["PATH"], kept.get("PATH") or DEFAULT_PATH))
    if order.mode == "spawn":
        del ours["BODO_SPAWN_MODE"]
        if order.ranks is not None:
            ours["BODO_NUM_WORKERS"] = str(order.ranks)
    if tools.flavour is Flavour.OPENMPI and as_root:
        ours |= {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    mark = {JOB_VARIABLE: order.job_uuid, MARK_VARIABLE: order.mark}
    # The job's variables may change ours but not the mark: without it, leftovers would not be found.
    return {"LANG": "C.UTF-8", **kept, **ours, **order.env, **mark}
