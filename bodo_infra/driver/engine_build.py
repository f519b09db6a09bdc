"""Building the Pulumi engine from its pinned Go module, and the Python language host that goes beside it.

Apart from ``engine``, which decides whether a build is needed and puts the result in its place.
"""

import queue
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bodo_infra.errors import HostError

ENGINE_VERSION = "3.258.0"
"""The engine we build, equal to the SDK in the locks. The newest one that the Go module proxy serves whole."""

MINIMUM_GO = (1, 26)
"""What ``engine_module/go.mod`` asks for."""

LANGUAGE_HOST = "pulumi-language-python"
PROGRAM_RUNNER = "pulumi-language-python-exec"
Report = Callable[[str], None]

_MODULE = Path(__file__).with_name("engine_module")
_PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
_SDK_MODULE = "github.com/pulumi/pulumi/sdk/v3"
_REPORT_EVERY_S = 15.0
_INTERRUPT_PATIENCE_S = 10.0

# The engine starts this file for `pulumi up` in a folder. Any interpreter that has bodo_infra will do: the program
# itself runs with the project's interpreter, which the host chooses. -P: no module in the project's folder may shadow
# ours.
_LAUNCHER = """\
#!/bin/sh
# Starts the Python language host of bodo_infra for the Pulumi engine beside this file.
here=${0%/*}

try() {
    python=$1
    shift
    [ -x "$python" ] || return 0
    "$python" -P -c 'import sys; from importlib.util import find_spec
sys.exit(not (find_spec("bodo_infra") and find_spec("pulumi")))' 2>/dev/null || return 0
    exec "$python" -P -m bodo_infra.plugin.language_host --runner "$here/@RUNNER@" "$@"
}

[ -z "$BODO_INFRA_PYTHON" ] || try "$BODO_INFRA_PYTHON" "$@"
[ -z "$VIRTUAL_ENV" ] || try "$VIRTUAL_ENV/bin/python" "$@"
folder=$PWD
while [ -n "$folder" ]; do
    try "$folder/.venv/bin/python" "$@"
    folder=${folder%/*}
done
try @PYTHON@ "$@"
try "$(command -v python3)" "$@"

echo "no Python with bodo_infra was found for the program of this stack:" \\
    "activate the environment that has it, or set BODO_INFRA_PYTHON to its interpreter" >&2
exit 1
"""


@dataclass(frozen=True, kw_only=True)
class Go:
    """A Go tool chain that is new enough. ``version``: as it says itself, such as ``1.26.8``."""

    path: Path
    version: str


def find_go(environ: Mapping[str, str]) -> Go:
    """Return the Go on PATH; HostError when there is none or it is older than MINIMUM_GO."""
    wanted = ".".join(map(str, MINIMUM_GO))
    fix = f"Install Go >= {wanted}"
    found = shutil.which("go", path=environ.get("PATH", ""))
    if found is None:
        raise HostError(f"no Go on PATH (needed: >= {wanted})", fix)
    try:
        answer = subprocess.run(
            [found, "version"], capture_output=True, text=True, env=_go_environ(environ), timeout=30
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise HostError(f"{found} does not run: {error}", fix) from error
    match = re.search(r"\bgo((\d+)\.(\d+)\S*)", answer.stdout)
    if match is None:
        raise HostError(f"{found} does not say its version: {(answer.stdout + answer.stderr).strip()!r}", fix)
    if (int(match[2]), int(match[3])) < MINIMUM_GO:
        raise HostError(f"{found} is Go {match[1]}, older than the {wanted} that the engine needs", fix)
    return Go(path=Path(found), version=match[1])


def build_engine(go: Go, target: Path, scratch: Path, report: Report, environ: Mapping[str, str]) -> None:
    """Fill ``target/bin`` with the engine and its Python language host.

    ``scratch``: an empty folder for the build, on the same disk; the caller removes it. Raises HostError with Go's last
    lines when Go fails. Go's own caches make a second build quick.
    """
    report(
        f"Building the Pulumi engine v{ENGINE_VERSION} from its Go module with Go {go.version}. This happens once: "
        "on two cores 1 minute of downloads and 6 to 12 minutes of compiling, and 3 GB of disk in Go's caches. "
        "The count stands still for a while at the largest packages."
    )
    for name in ("go.mod", "go.sum"):
        shutil.copyfile(_MODULE / name, scratch / name)
    temporary = scratch / "tmp"
    temporary.mkdir()
    build = _Build(go, scratch, {**_go_environ(environ), "GOTMPDIR": str(temporary)}, report)
    packages = build.fetch()
    binaries = target / "bin"
    binaries.mkdir(parents=True)
    build.compile(binaries / "pulumi", packages)
    install_language_host(binaries, build.sdk_folder())


def install_language_host(binaries: Path, sdk_folder: Path) -> None:
    """Put the launcher of our language host and the SDK's program runner into ``binaries``.

    ``sdk_folder``: the unpacked Go module of the SDK, which carries the runner without its executable bit.
    """
    launcher = _LAUNCHER.replace("@RUNNER@", PROGRAM_RUNNER).replace("@PYTHON@", shlex.quote(sys.executable))
    (binaries / LANGUAGE_HOST).write_text(launcher)
    shutil.copyfile(sdk_folder / "python" / "cmd" / PROGRAM_RUNNER, binaries / PROGRAM_RUNNER)
    for name in (LANGUAGE_HOST, PROGRAM_RUNNER):
        (binaries / name).chmod(0o755)


class _Build:
    """The three runs of Go that make an engine."""

    def __init__(self, go: Go, folder: Path, environ: Mapping[str, str], report: Report) -> None:
        self._go = go
        self._folder = folder
        self._environ = environ
        self._report = report

    def fetch(self) -> int:
        """Download what the engine is made of; return how many Go packages that is."""
        modules = packages = 0

        def count(line: str) -> None:
            nonlocal modules, packages
            if line.startswith("go: downloading "):
                modules += 1
            elif not line.startswith("go: "):
                packages += 1

        self._run(["list", "-deps", _PACKAGE], count, lambda: f"downloading Go modules: {modules} so far")
        self._report(f"{modules} Go modules downloaded" if modules else "all Go modules were there already")
        return packages

    def compile(self, binary: Path, packages: int) -> None:
        compiled = 0

        def count(_: str) -> None:
            nonlocal compiled
            compiled += 1

        # Without the version the SDK refuses the engine; -trimpath and -s -w keep machine paths and symbols out of it.
        flags = f"-s -w -X {_SDK_MODULE}/go/common/version.Version=v{ENGINE_VERSION}"
        arguments = ["build", "-v", "-trimpath", "-ldflags", flags, "-o", str(binary), _PACKAGE]
        self._run(arguments, count, lambda: f"compiling: {compiled} of at most {packages} Go packages")

    def sdk_folder(self) -> Path:
        lines: list[str] = []
        self._run(
            ["list", "-m", "-f", "{{.Dir}}", _SDK_MODULE], lines.append, lambda: "looking for the SDK's Go module"
        )
        return Path(lines[-1])

    def _run(self, arguments: list[str], watch: Report, progress: Callable[[], str]) -> None:
        """Run Go; ``watch`` gets every line, ``progress`` is reported with the time gone every _REPORT_EVERY_S."""
        process = subprocess.Popen(
            [self._go.path, *arguments],
            cwd=self._folder,
            env=dict(self._environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        tail: deque[str] = deque(maxlen=15)
        started = reported = time.monotonic()
        try:
            for line in _lines_or_ticks(process):
                if line is not None:
                    watch(line)
                    tail.append(line)
                now = time.monotonic()
                if now - reported >= _REPORT_EVERY_S:
                    reported = now
                    self._report(f"  {progress()}, {now - started:.0f} s")
            process.wait()
        finally:
            _end(process)
        if process.returncode:
            said = "\n".join(f"    {line}" for line in tail)
            raise HostError(
                f"the engine could not be built: `go {arguments[0]}` ended with exit code {process.returncode}\n{said}",
                "See Go's words above; most often the module proxy (GOPROXY) or 3 GB of free disk is missing. "
                "Then run `bodo-infra engine install` again: it goes on from what Go has cached",
            )


def _go_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """The user's environment (proxy, caches) without the Go settings that would change what is built."""
    return {**environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly", "GOWORK": "off", "GOTOOLCHAIN": "local"}


def _lines_or_ticks(process: "subprocess.Popen[str]") -> Iterator[str | None]:
    """Yield the lines of a process until it closes its output, and None once a second when it is silent."""
    lines: queue.Queue[str | None] = queue.Queue()
    stdout = process.stdout
    assert stdout is not None

    def feed() -> None:
        with stdout:
            for line in stdout:
                lines.put(line.rstrip("\n"))
        lines.put(None)

    threading.Thread(target=feed, daemon=True).start()
    while True:
        try:
            line = lines.get(timeout=1.0)
        except queue.Empty:
            yield None
            continue
        if line is None:
            return
        yield line


def _end(process: "subprocess.Popen[str]") -> None:
    """End a process that still runs, gently first: Go then ends its compilers and removes its own leftovers."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(_INTERRUPT_PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
