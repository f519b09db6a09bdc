"""The `pulumi` command, run so that Ctrl-C is one orderly request and never a second, killing one.

The SDK starts `pulumi` in the terminal's foreground group: Ctrl-C reaches it there, and a forwarded signal would be the
second, which makes the engine drop what is in flight. Here every run has a process group of its own and `interrupt`
sends it the signal. After the first one the engine finishes the steps in flight, saves them and ends.
"""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import IO, Any

from pulumi.automation import CommandResult, PulumiCommand
from pulumi.automation.errors import create_command_error

from bodo_infra.driver.engine import Engine


class InterruptedRunError(Exception):
    """The run was not started, because an interruption came first."""


class InterruptibleCommand(PulumiCommand):
    """Runs the engine; may be shared by several threads."""

    def __init__(self, engine: Engine) -> None:
        # Not calling the base: it would start `pulumi version` to learn what `Engine` knows already.
        from semver import VersionInfo

        self.command = str(engine.path)
        self.version = VersionInfo.parse(engine.version.removeprefix("v"))
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[str]] = set()
        self._interrupted = False

    def interrupt(self) -> None:
        """Ask all runs to end in order, and start no new ones. A second call makes the engine end at once."""
        with self._lock:
            self._interrupted = True
            for process in self._running:
                process.send_signal(signal.SIGINT)

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: Callable[[str], Any] | None = None,
        on_error: Callable[[str], Any] | None = None,
        given: str | None = None,
    ) -> CommandResult:
        """See ``PulumiCommand.run``. ``given``: what the engine reads from its standard input."""
        process = self._start(["--non-interactive", *args], cwd, additional_env, reads=given is not None)
        if given is not None:
            _give(process.stdin, given)
        out: list[str] = []
        err: list[str] = []
        readers = [
            threading.Thread(target=_collect, args=(process.stdout, out, on_output)),
            threading.Thread(target=_collect, args=(process.stderr, err, on_error)),
        ]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
        code = process.wait()
        with self._lock:
            self._running.discard(process)
        result = CommandResult(stdout="\n".join(out), stderr="\n".join(err), code=code)
        if code != 0:
            raise create_command_error(result)
        return result

    def _start(
        self, args: list[str], cwd: str, additional_env: Mapping[str, str], *, reads: bool
    ) -> "subprocess.Popen[str]":
        folder = str(Path(self.command).parent)
        environment = {**os.environ, **additional_env, "PULUMI_AUTOMATION_API": "true"}
        environment["PATH"] = os.pathsep.join([folder, environment.get("PATH", "")])
        with self._lock:
            if self._interrupted:
                raise InterruptedRunError
            process = subprocess.Popen(
                [self.command, *args],
                stdin=subprocess.PIPE if reads else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=cwd,
                env=environment,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
            )
            self._running.add(process)
        return process


def _give(stream: IO[str] | None, text: str) -> None:
    """Hand over all of it. The engine reads to the end before it says more than a pipe holds; it may also refuse."""
    assert stream is not None
    with contextlib.suppress(BrokenPipeError), stream:
        stream.write(text)


def _collect(stream: IO[str], lines: list[str], report: Callable[[str], Any] | None) -> None:
    with stream:
        for line in _stripped(stream):
            lines.append(line)
            if report:
                report(line)


def _stripped(stream: Iterable[str]) -> Iterable[str]:
    return (line.rstrip() for line in stream)
