"""A node that boots in a folder: the boot script of a cloud, run for real with stub commands around it."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

STAGES = ("network", "packages", "limits", "user", "storage", "keys", "efa", "infiniband", "python", "agent")

# What both clouds' systems have. Each stub writes its call down first; what the job's user calls stands apart.
SYSTEM_STUBS = {
    "dnf": 'printf "%s\\n" "${@:4}" >>"$FAKE/installed"',
    "rpm": 'grep -qxF "${@: -1}" "$FAKE/installed"',
    "mount": '[[ -z ${HANG:-} ]] || sleep 60; touch "$FAKE/mounted"',
    "mountpoint": '[[ -e $FAKE/mounted ]]',
    "id": '[[ -e $FAKE/user ]]',
    "useradd": 'touch "$FAKE/user"',
    "runuser": 'AS_USER=yes exec "${@:4}"',
    "python3.11": """
[[ $* != *zipfile* && $* != *bz2* ]] || exec "$REAL_PYTHON" "$@"
mkdir -p "$3/bin" "$3/site"
cp "$FAKE/bin/venv-python" "$3/bin/python"
cp "$FAKE/bin/venv-mpiexec" "$3/bin/mpiexec" """,
    "venv-python": """
case "$*" in
  "-m pip freeze") echo "bodo==2026.10" ;;
  "-c "*) echo "${0%/bin/python}/site" ;;
esac""",
    "venv-mpiexec": '[[ -n ${MPI_WORKS:-} ]]',
    **dict.fromkeys(("systemctl", "sysctl", "shutdown", "chown"), ""),
}  # fmt: skip
IN_VENV = ("venv-python", "venv-mpiexec")
"""Stubs that are no commands of the system."""
SHORT = {f"TIMEOUT_{stage.upper()}": "10" for stage in STAGES} | {"RETRY_S": "0.05", "KILL_AFTER_S": "1"}


@dataclass
class BootedNode:
    """A node whose root is a folder: ``root``.  ``fake``: what stands for the cloud and the system around it."""

    root: Path
    fake: Path

    def install(self, stubs: Mapping[str, str]) -> None:
        """Put the stubs where the script finds them."""
        (self.fake / "bin").mkdir(parents=True, exist_ok=True)
        for name, body in stubs.items():
            stub = self.fake / "bin" / name
            stub.write_text(f'#!/bin/bash\necho "{name} $*" >>"$FAKE/calls${{AS_USER:+-of-user}}"\n{body}\n')
            stub.chmod(0o755)
        (self.fake / "installed").touch()
        self.root.mkdir(exist_ok=True)

    def run(self, script: str, environ: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
        """Boot it."""
        place = self.fake / "part-001"
        place.write_text(script)
        for calls in ("calls", "calls-of-user"):
            (self.fake / calls).write_text("")
        return subprocess.run(
            ["bash", place],
            env={
                "PATH": f"{self.fake / 'bin'}:{os.environ['PATH']}",
                "FAKE": str(self.fake),
                "REAL_PYTHON": sys.executable,
                "BODO_INFRA_ROOT": str(self.root),
                "BODO_INFRA_CONSOLE": str(self.fake / "console"),
                **SHORT,
                **environ,
            },
            capture_output=True,
            text=True,
            timeout=60,
        )

    def calls(self, *names: str, of: Literal["root", "user"] = "root") -> list[str]:
        """What the last boot called, of these commands."""
        told = (self.fake / ("calls" if of == "root" else "calls-of-user")).read_text()
        return [line for line in told.splitlines() if line.split()[0] in names]

    def files(self) -> dict[str, tuple[int, int]]:
        """Every file with its time and mode, without what each boot writes anew."""
        every = [path for path in self.root.rglob("*") if path.name not in ("boot.log", "boot.json")]
        return {str(path): (path.stat().st_mtime_ns, path.stat().st_mode) for path in every if path.is_file()}

    def log(self) -> str:
        """What the script has written down."""
        return (self.root / "var/log/bodo-infra/boot.log").read_text()
