"""A machine of its own for tests of the set-up: small shell scripts in the place of `pulumi`, `go` and `python`."""

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from bodo_infra.driver.engine import Engine, engine_root, install_engine
from bodo_infra.driver.engine_build import ENGINE_VERSION, LANGUAGE_HOST, PROGRAM_RUNNER
from bodo_infra.driver.engine_vendor import Vendor

REPOSITORY = Path(__file__).parents[1]

# A Go that "builds" a script, once the file `gate` is there. It notes what it was asked for and its own pid.
FAKE_GO = """\
#!/bin/sh
PATH=/usr/bin:/bin
echo "$$ $*" >> "{folder}/asked"
case "$1 $2" in
"version ") echo "go version go{version} linux/amd64" ;;
"list -deps") echo "go: downloading example.org/module v1.0.0" >&2; echo example.org/module; echo fmt ;;
"list -m") echo "{folder}/sdk" ;;
"build -v")
    while [ ! -e "{folder}/gate" ]; do sleep 0.02; done
    [ ! -e "{folder}/broken" ] || {{ echo "no space left on device" >&2; exit 1; }}
    while [ "$1" != -o ]; do shift; done
    printf '#!/bin/sh\\necho v{built}\\n' > "$2"
    chmod +x "$2" ;;
esac
"""

UNREACHABLE = Vendor(is_reachable=lambda: False, download=lambda root: "not to be asked")


@dataclass
class FakeMachine:
    """A machine of its own: a home, and a PATH with nothing on it but what the test puts there."""

    folder: Path
    reports: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.bin.mkdir(exist_ok=True)
        (self.folder / "sdk" / "python" / "cmd").mkdir(parents=True, exist_ok=True)
        (self.folder / "sdk" / "python" / "cmd" / PROGRAM_RUNNER).write_text("#!/usr/bin/env python\n")

    @property
    def bin(self) -> Path:
        return self.folder / "bin"

    @property
    def environ(self) -> dict[str, str]:
        return {"PATH": str(self.bin), "HOME": str(self.folder), "XDG_CACHE_HOME": str(self.folder / "cache")}

    def add(self, name: str, script: str, folder: Path | None = None) -> Path:
        path = (folder or self.bin) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(script)
        path.chmod(0o755)
        return path

    def add_pulumi(self, version: str, *, language_host: bool = True) -> Path:
        if language_host:
            self.add(LANGUAGE_HOST, "#!/bin/sh\n")
        return self.add("pulumi", f"#!/bin/sh\necho {version}\n")

    def add_go(self, version: str = "1.26.8", *, built: str = ENGINE_VERSION, waits: bool = False) -> None:
        self.add("go", FAKE_GO.format(folder=self.folder, version=version, built=built))
        if not waits:
            self.open_gate()

    def open_gate(self) -> None:
        (self.folder / "gate").touch()

    def go_runs(self, verb: str) -> list[int]:
        """The pids of Go's runs of this verb so far."""
        asked = self.folder / "asked"
        lines = asked.read_text().splitlines() if asked.exists() else []
        return [int(line.split()[0]) for line in lines if line.split()[1] == verb]

    def install(self, vendor: Vendor = UNREACHABLE) -> Engine:
        return install_engine(self.reports.append, environ=self.environ, vendor=vendor)

    def start_install(self) -> "subprocess.Popen[str]":
        """An installation in a process of its own, so that it can be killed."""
        code = (
            "from bodo_infra.driver.engine import install_engine; from tests.fake_machine import UNREACHABLE; "
            "install_engine(print, vendor=UNREACHABLE)"
        )
        return subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=REPOSITORY,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    @property
    def leftovers(self) -> list[Path]:
        return list(engine_root(self.environ).parent.glob(".installing-*"))


def is_alive(pid: int) -> bool:
    """Whether a process still does something; a zombie that nobody has fetched yet does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
