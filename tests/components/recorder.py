"""Building a component without an engine, in a preview or an update, and looking at what it registered."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pytest
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks

both_modes = pytest.mark.parametrize("preview", [True, False], ids=["preview", "up"])
"""For tests of what holds in a preview and in an update."""


@dataclass
class Registration:
    """One resource as the engine would be told of it; names of properties as on the wire."""

    type: str
    name: str
    parent: str
    inputs: dict[str, Any]


@dataclass
class Recorded:
    """What a program registered, and the outputs that its components declared at their end."""

    resources: list[Registration] = field(default_factory=list)
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)

    def of_type(self, token: str) -> Registration:
        found = [resource for resource in self.resources if resource.type == token]
        assert len(found) == 1, f"{token} was registered {len(found)} times"
        return found[0]

    def inputs_of(self, token: str) -> dict[str, dict[str, Any]]:
        """The inputs of all resources of a type, by name."""
        return {resource.name: resource.inputs for resource in self.resources if resource.type == token}


Answer = Callable[[dict[str, Any]], dict[str, Any]]
Computed = dict[str, dict[str, Any] | Answer]
"""Per type, outputs that the cloud adds; from the inputs, where two of the type may not have the same."""


class _Recorder(Mocks):
    def __init__(self, computed: Computed, answers: dict[str, Answer]) -> None:
        self.recorded = Recorded()
        self._computed = computed
        self._answers = answers

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        added = self._computed.get(args.typ, {})
        outputs = {**args.inputs, **(added(args.inputs) if callable(added) else added)}
        return (f"{args.name}-id" if args.custom else None), outputs

    def call(self, args: MockCallArgs) -> dict[str, Any]:
        assert args.token in self._answers, f"no component of this target reads {args.token}"
        return self._answers[args.token](args.args)


class _Monitor(MockMonitor):
    """Keeps the parents of resources, and what components register as their outputs, which MockMonitor drops."""

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802
        if request.type != "pulumi:pulumi:Stack":
            inputs = pulumi.runtime.rpc.deserialize_properties(request.object, keep_unknowns=True)
            parent = request.parent.rpartition("::")[2]
            self.mocks.recorded.resources.append(
                Registration(type=request.type, name=request.name, parent=parent, inputs=inputs)
            )
        return super().RegisterResource(request)

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802
        outputs = pulumi.runtime.rpc.deserialize_properties(request.outputs, keep_unknowns=True)
        self.mocks.recorded.outputs[request.urn.rpartition("::")[2]] = outputs
        return super().RegisterResourceOutputs(request)


def record(
    program: Callable[[], object],
    *,
    preview: bool,
    computed: Computed | None = None,
    existing: Computed | None = None,
    answers: dict[str, Answer] | None = None,
) -> Recorded:
    """Run ``program`` and return what it registered.

    ``computed``: per type, outputs that only an update has.  ``existing``: per type, what a preview can read too.
    ``answers``: per token of a data source, from arguments to outputs; ``{}`` while the provider is not configured.
    """
    mocks = _Recorder({**({} if preview else computed or {}), **(existing or {})}, answers or {})
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    pulumi.runtime.set_mocks(mocks, preview=preview, monitor=_Monitor(mocks))
    try:
        # The decorator waits for everything that is still under way; without it a failing apply would pass unseen.
        pulumi.runtime.test(program)()
    finally:
        pulumi.runtime.settings.reset_options()
        asyncio.set_event_loop(None)
        loop.close()
    return mocks.recorded
