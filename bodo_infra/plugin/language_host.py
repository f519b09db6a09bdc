"""The Python language host: what the engine starts for `pulumi up` in a folder whose runtime is python.

It stands in for the vendor's `pulumi-language-python`, which comes with the vendor's engine but cannot be built from
the Go module proxy. It runs programs; it installs nothing and generates no code.
"""

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
from google.protobuf import empty_pb2, json_format

from bodo_infra import __version__
from bodo_infra.plugin.wire_protos import load_proto

if TYPE_CHECKING:
    from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2
else:
    language_pb2, language_pb2_grpc, plugin_pb2 = map(load_proto, ("language_pb2", "language_pb2_grpc", "plugin_pb2"))

BAILED = 32
"""Exit code by which the SDK's runner says that the user has been told already."""

_ENGINE_WATCH_S = 0.5
_END_PATIENCE_S = 5.0

# Asked of the program's interpreter, which need not have anything of ours. "direct" leaves out what others require.
_LIST_PACKAGES = """
import importlib.metadata, json, re, sys
plain = lambda name: re.sub(r"[-_.]+", "-", name).lower()
found = {plain(d.metadata["Name"]): d for d in importlib.metadata.distributions() if d.metadata["Name"]}
required = {plain(re.match(r"[\\w.-]+", r)[0]) for d in found.values() for r in d.requires or () if "extra ==" not in r}
direct = sys.argv[1] == "direct"
print(json.dumps({name: d.version for name, d in sorted(found.items()) if not (direct and name in required)}))
"""


class InterpreterError(Exception):
    """The virtual environment that Pulumi.yaml names is not there."""


def choose_interpreter(virtualenv: str | None, root: Path, program: Path, environ: Mapping[str, str]) -> Path:
    """Return the interpreter for a program.

    ``virtualenv``: the runtime option of that name, relative to ``root``, the folder of Pulumi.yaml; InterpreterError
    when it holds no interpreter.  Without it: BODO_INFRA_PYTHON, the activated environment, the nearest ``.venv`` at or
    above ``program``, else our own interpreter.
    """
    if virtualenv:
        named = root / virtualenv / "bin" / "python"
        if not os.access(named, os.X_OK):
            raise InterpreterError(
                f"Pulumi.yaml names the virtual environment {virtualenv!r}, but {named} does not exist. "
                f"Create it (`python3 -m venv {root / virtualenv}`) and install the project's packages into it"
            )
        return named
    if environ.get("BODO_INFRA_PYTHON"):
        return Path(environ["BODO_INFRA_PYTHON"])
    folders = [Path(environ["VIRTUAL_ENV"])] if environ.get("VIRTUAL_ENV") else []
    folders += [folder / ".venv" for folder in (program, *program.parents)]
    candidates = (folder / "bin" / "python" for folder in folders)
    return next((python for python in candidates if os.access(python, os.X_OK)), Path(sys.executable))


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """Answers the engine. ``runner``: the SDK's `pulumi-language-python-exec`."""

    def __init__(self, engine_address: str, runner: Path) -> None:
        self._engine_address = engine_address
        self._runner = runner
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()

    def Handshake(  # noqa: N802 - the names of the methods are the protocol's
        self, request: language_pb2.LanguageHandshakeRequest, context: grpc.ServicerContext
    ) -> language_pb2.LanguageHandshakeResponse:
        self._engine_address = request.engine_address or self._engine_address
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(  # noqa: N802
        self, request: empty_pb2.Empty, context: grpc.ServicerContext
    ) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=__version__)

    def GetRequiredPackages(  # noqa: N802
        self, request: language_pb2.GetRequiredPackagesRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetRequiredPackagesResponse:
        """None: the engine then looks for each provider when the first resource asks for it."""
        return language_pb2.GetRequiredPackagesResponse()

    def GetRequiredPlugins(  # noqa: N802
        self, request: language_pb2.GetRequiredPluginsRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetRequiredPluginsResponse:
        return language_pb2.GetRequiredPluginsResponse()

    def RuntimeOptionsPrompts(  # noqa: N802
        self, request: language_pb2.RuntimeOptionsRequest, context: grpc.ServicerContext
    ) -> language_pb2.RuntimeOptionsResponse:
        return language_pb2.RuntimeOptionsResponse()

    def InstallDependencies(  # noqa: N802
        self, request: language_pb2.InstallDependenciesRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.InstallDependenciesResponse]:
        """Nothing is installed behind the user's back; `pulumi install` says so."""
        text = "This language host installs no packages: use pip or uv in the project's virtual environment.\n"
        yield language_pb2.InstallDependenciesResponse(stdout=text.encode())

    def About(  # noqa: N802
        self, request: language_pb2.AboutRequest, context: grpc.ServicerContext
    ) -> language_pb2.AboutResponse:
        python = _interpreter_or_abort(request.info, context)
        code = "import platform; print(platform.python_version())"
        version = subprocess.run([python, "-c", code], capture_output=True, text=True).stdout.strip()
        return language_pb2.AboutResponse(executable=str(python), version=version)

    def GetProgramDependencies(  # noqa: N802
        self, request: language_pb2.GetProgramDependenciesRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetProgramDependenciesResponse:
        python = _interpreter_or_abort(request.info, context)
        which = "all" if request.transitiveDependencies else "direct"
        listed = subprocess.run([python, "-c", _LIST_PACKAGES, which], capture_output=True, text=True)
        if listed.returncode:
            context.abort(grpc.StatusCode.INTERNAL, f"{python} cannot list its packages: {listed.stderr.strip()}")
        packages = json.loads(listed.stdout).items()
        return language_pb2.GetProgramDependenciesResponse(
            dependencies=[language_pb2.DependencyInfo(name=name, version=version) for name, version in packages]
        )

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:  # noqa: N802
        """The engine is about to stop: what it has begun it finishes, so the program is left alone until it ends us."""
        return empty_pb2.Empty()

    def Run(  # noqa: N802
        self, request: language_pb2.RunRequest, context: grpc.ServicerContext
    ) -> language_pb2.RunResponse:
        try:
            python = _interpreter(request.info)
        except InterpreterError as error:
            return language_pb2.RunResponse(error=str(error))
        environ = {
            **os.environ,
            "PULUMI_CONFIG": json.dumps(dict(request.config)),
            "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
        }
        program = subprocess.Popen(
            [python, "-u", self._runner, *self._arguments(request)],
            cwd=request.info.program_directory or request.pwd,
            env=environ,
            stdin=subprocess.DEVNULL,
            # Out of reach of the Ctrl-C that ends us: KeyboardInterrupt would show a traceback.
            start_new_session=True,
        )
        with self._lock:
            self._running.add(program)
        code = program.wait()
        with self._lock:
            self._running.discard(program)
        return language_pb2.RunResponse(error=_describe(code), bail=code == BAILED)

    def end_programs(self) -> None:
        """End the programs that still run; without the engine they can do nothing more."""
        with self._lock:
            running = tuple(self._running)
        for program in running:
            _signal_session(program, signal.SIGTERM)
        for program in running:
            try:
                program.wait(_END_PATIENCE_S)
            except subprocess.TimeoutExpired:
                _signal_session(program, signal.SIGKILL)

    def _arguments(self, request: language_pb2.RunRequest) -> list[str]:
        flags = {
            "project": request.project,
            "stack": request.stack,
            "organization": request.organization,
            "root_directory": request.info.root_directory,
            "parallel": str(request.parallel),
            "dry_run": "true" if request.dryRun else "false",
            "pwd": request.pwd,
            "monitor": request.monitor_address,
            "engine": self._engine_address,
        }
        # One word per flag: a value may be empty or begin with a dash.
        words = [f"--{name}={value}" for name, value in flags.items()]
        return [*words, request.info.entry_point or request.program or ".", *request.args]


def _signal_session(program: "subprocess.Popen[bytes]", number: int) -> None:
    """Signal a program and what it has started; one that is gone already is fine."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(program.pid, number)


def _interpreter(info: language_pb2.ProgramInfo) -> Path:
    options = json_format.MessageToDict(info.options)
    return choose_interpreter(
        options.get("virtualenv"), Path(info.root_directory), Path(info.program_directory), os.environ
    )


def _interpreter_or_abort(info: language_pb2.ProgramInfo, context: grpc.ServicerContext) -> Path:
    try:
        return _interpreter(info)
    except InterpreterError as error:
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
        raise


def _describe(code: int) -> str:
    """Return the error that an exit code of the program stands for; empty when all is well or has been said."""
    if code in (0, BAILED):
        return ""
    if code < 0:
        return f"the program was ended by signal {-code} ({signal.strsignal(-code)})"
    return f"the program ended with exit code {code}"


def main(arguments: list[str] | None = None) -> None:
    """Serve until the engine tells us to go, or is gone itself. The first line on stdout is the port."""
    parser = argparse.ArgumentParser(prog="pulumi-language-python", description="Python language host for Pulumi")
    parser.add_argument("--runner", type=Path, required=True, help="the SDK's pulumi-language-python-exec")
    known, others = parser.parse_known_args(arguments)
    # The engine may put flags of the vendor's host (tracing and the like) before its address.
    addresses = [word for word in others if not word.startswith("-")]

    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    engine = os.getppid()
    host = LanguageHost(addresses[-1] if addresses else "", known.runner)
    server = grpc.server(ThreadPoolExecutor(max_workers=8))
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    # An engine that was killed says no goodbye; its children then belong to another process.
    while not done.wait(_ENGINE_WATCH_S) and os.getppid() == engine:
        pass
    host.end_programs()
    server.stop(grace=1.0).wait()


if __name__ == "__main__":
    main()
