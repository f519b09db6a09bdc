"""The base of all components: names and options of children, tags, outputs. No noun, no cloud."""

import asyncio
from collections.abc import Mapping, Sequence
from inspect import get_annotations
from typing import Any, TypedDict, Unpack, get_origin

import pulumi

from bodo_infra.spec import Spec


def standard_tags(*, noun: str, name: str, tags: Mapping[str, str]) -> dict[str, str]:
    """The tags that everything of a noun carries: the user's, and ours, which win. Keys suit AWS and Azure."""
    return {**tags, "bodo-infra:noun": noun, "bodo-infra:name": name, "Name": name}


def unknown() -> pulumi.Output[Any]:
    """What a preview cannot know, such as the exports of a stack that is not up yet."""
    value, known = asyncio.Future[Any](), asyncio.Future[bool]()
    value.set_result(None)
    known.set_result(False)
    return pulumi.Output(set(), value, known)


async def is_made(identity: pulumi.Output[str]) -> bool:
    """Whether what has this id could be made; a program gets to ask that only of an engine that goes on after errors.

    Of what could not be made some versions of the SDK (3.258) fault the id, others (3.272) leave it empty and unknown,
    as every id is in a preview. A fault of another cause ends the program anyway.
    """
    return pulumi.runtime.is_dry_run() or bool(await identity.recover(lambda _: "").future())


class ChildOptions(TypedDict, total=False):
    """What can be said of a child beside its parent, as in ``pulumi.ResourceOptions``."""

    custom_timeouts: pulumi.CustomTimeouts
    delete_before_replace: bool
    depends_on: Sequence[pulumi.Resource]
    ignore_changes: list[str]
    replace_on_changes: list[str]
    retain_on_delete: bool


class Component(pulumi.ComponentResource):
    """A noun of the platform on one target.

    A component calls ``raise_problems`` before ``super().__init__``, so that nothing is registered when its input is
    bad. Its outputs are class annotations of type ``pulumi.Output``; it ends with ``register_declared()``.
    ``token``: from ``bodo_infra.tokens``.  ``spec`` and ``links`` become the inputs that states and previews show.
    """

    def __init__(
        self, token: str, name: str, spec: Spec, links: object | None, opts: pulumi.ResourceOptions | None
    ) -> None:
        super().__init__(token, name, {"spec": spec.plain(), **(vars(links) if links else {})}, opts)

    def child_name(self, suffix: str) -> str:
        """Name of a child. Suffixes say a purpose and never change: another name is another resource."""
        return f"{self.pulumi_resource_name}-{suffix}"

    def child_options(self, **more: Unpack[ChildOptions]) -> pulumi.ResourceOptions:
        """Options of a child. The user's are not merged in: what children inherit comes to them by their parent."""
        return pulumi.ResourceOptions(parent=self, **more)

    def invoke_options(self) -> pulumi.InvokeOptions:
        """Options of a data source. Without the parent it would silently use the default provider."""
        return pulumi.InvokeOptions(parent=self)

    def outputs(self) -> dict[str, pulumi.Output[Any]]:
        """The declared outputs by name, which are also the stack's exports."""
        return {name: getattr(self, name) for name in declared_outputs(type(self))}

    def register_declared(self) -> None:
        """Tell Pulumi that the component is complete, with all declared outputs."""
        self.register_outputs(self.outputs())


def declared_outputs(component: type[Component]) -> tuple[str, ...]:
    """Names of the outputs that a component class declares."""
    # Not get_type_hints: annotations of the SDK's own classes cannot be evaluated outside of their modules.
    ours = [kind for kind in reversed(component.__mro__) if issubclass(kind, Component)]
    hints = {name: hint for kind in ours for name, hint in get_annotations(kind, eval_str=True).items()}
    return tuple(name for name, hint in hints.items() if get_origin(hint) is pulumi.Output)
