"""A cluster of this machine: one agent process per node, by the local fleet."""

from collections.abc import Iterator
from dataclasses import replace

from bodo_infra.cores import most_ranks, physical_cores
from bodo_infra.errors import HostError, NotFoundError, TransitionError
from bodo_infra.plugin.handler import Checked, Failure, Found, HalfMadeError, Handler, Kept, Made, Subject
from bodo_infra.plugin.machine.inputs import check_types, check_whole
from bodo_infra.plugin.machine.opening import opened, store_exists
from bodo_infra.plugin.wire_codec import UNKNOWN, Bag
from bodo_infra.plugin.wire_diff import diff
from bodo_infra.runtime import keys
from bodo_infra.runtime.clusters import change_cluster, read_cluster
from bodo_infra.runtime.fleet.local import LocalFleet, make_cluster, wish_cluster
from bodo_infra.runtime.records import ClusterRecord, WorkspaceRecord
from bodo_infra.runtime.states import ClusterState
from bodo_infra.runtime.store import LocalStore
from bodo_infra.runtime.store.base import MissingError

DEFAULTS = "__defaults"
"""Names of the inputs that Check has filled in, as other providers note it too."""

_WITHOUT_AGENTS = (ClusterState.PAUSING, ClusterState.PAUSED, ClusterState.SHUTTING_DOWN)
_NOT_YET_UP = (ClusterState.NEW, ClusterState.FAILED)


class ClusterHandler(Handler):
    """Inputs: cluster (its name), store, workspace, workspaceUuid, sharedPath, nodes, slots, autoPauseMinutes,
    autoShutdownMinutes, description. Outputs: those and uuid, cores, hostfile.

    ``slots`` (ranks per node) defaults to the machine's physical cores. Changing it replaces the cluster: all agents
    would have to be started anew, and jobs that run count on it. Changing ``nodes`` and the limits touches no node that
    stays; ``description`` touches none at all.

    Agents that died are drift: ``read`` reports the living ones as ``nodes``, and the update that follows starts the
    others. A paused cluster is as it should be. A cluster that does not come up is kept as half made, with nothing
    running, and the next update tries again.
    """

    replaces = frozenset({"cluster", "store", "workspace", "workspaceUuid", "sharedPath", "slots"})
    computed = ("uuid", "cores", "hostfile")
    delete_before_replace = True  # a new one of the same name would adopt the old one

    def check(self, subject: Subject, inputs: Bag, was: Bag) -> Checked:
        filled = _with_default_slots(inputs, was)
        text = {"cluster": str, "store": str, "workspace": str, "workspaceUuid": str, "sharedPath": str}
        failures = [
            *check_types(filled, **text, nodes=int, slots=int, description=str),
            *check_whole(filled, 1, "autoPauseMinutes", "autoShutdownMinutes"),
        ]
        return Checked(inputs=filled, failures=(*failures, *(() if failures else _check_machine(filled))))

    def preview_create(self, subject: Subject, inputs: Bag) -> Bag:
        return {**super().preview_create(subject, inputs), "cores": _cores(inputs)}

    def create(self, subject: Subject, inputs: Bag) -> Made:
        with opened(inputs["store"]) as store:
            cluster = make_cluster(store, _wish(store, inputs))
            try:
                LocalFleet(store, cluster.uuid).wait_running()
            except HostError as error:
                made = Made(id=cluster.uuid, outputs=_outputs(inputs, cluster))
                raise HalfMadeError(made, inputs, [str(error)]) from error
        return Made(id=cluster.uuid, outputs=_outputs(inputs, cluster))

    def read(self, kept: Kept) -> Found | None:
        if not store_exists(kept.outputs["store"]):
            return None
        with opened(kept.outputs["store"]) as store:
            try:
                cluster = read_cluster(store, kept.id)
            except NotFoundError:
                return None
            if cluster.state is ClusterState.REMOVED:
                return None
            nodes = _living_nodes(store, cluster)
        seen = {
            "nodes": nodes,
            "autoPauseMinutes": cluster.auto_pause_minutes,
            "autoShutdownMinutes": cluster.auto_shutdown_minutes,
        }
        inputs = {name: value for name, value in {**kept.inputs, **seen}.items() if value is not None}
        return Found(inputs=inputs, outputs=_outputs(inputs, cluster))

    def preview_update(self, kept: Kept, inputs: Bag) -> Bag:
        return {**super().preview_update(kept, inputs), "cores": _cores(inputs)}

    def update(self, kept: Kept, inputs: Bag) -> Bag:
        with opened(inputs["store"]) as store:
            cluster = read_cluster(store, kept.id)
            if set(diff(kept.inputs, inputs)) != {"description"}:
                _make_true(store, cluster, inputs)
        return _outputs(inputs, cluster)

    def delete(self, kept: Kept) -> None:
        if not store_exists(kept.outputs["store"]):
            return
        with opened(kept.outputs["store"]) as store:
            try:
                read_cluster(store, kept.id)
            except NotFoundError:
                return
            LocalFleet(store, kept.id).shutdown("destroyed")


def _with_default_slots(inputs: Bag, was: Bag) -> Bag:
    """Slots that nobody chose stay what they were: a machine that counts its cores anew does not replace a cluster."""
    if inputs.get("slots") is not None:
        return inputs
    kept = was["slots"] if "slots" in was.get(DEFAULTS, ()) else None
    return {**inputs, "slots": kept or physical_cores(), DEFAULTS: ["slots"]}


def _check_machine(inputs: Bag) -> Iterator[Failure]:
    if UNKNOWN in (inputs["nodes"], inputs["slots"]):
        return
    yield from check_whole(inputs, 1, "nodes", "slots")
    cores, ranks = physical_cores(), inputs["nodes"] * inputs["slots"]
    if ranks > most_ranks(cores):
        reason = f"it makes {ranks} ranks on a machine of {cores} core(s), which carries {most_ranks(cores)} at most"
        yield Failure(name="nodes", reason=f"{reason}; lower nodes or slots")


def _cores(inputs: Bag) -> object:
    if UNKNOWN in (inputs["nodes"], inputs["slots"]):
        return UNKNOWN
    return inputs["nodes"] * inputs["slots"]


def _wish(store: LocalStore, inputs: Bag) -> ClusterRecord:
    try:
        json, _ = store.get(keys.workspace(inputs["workspaceUuid"]))
    except MissingError:
        raise NotFoundError(
            f"workspace {inputs['workspace']!r} ({inputs['workspaceUuid']}) is not in {inputs['store']}",
            "Bring up its stack again: `bodo-infra up`",
        ) from None
    return wish_cluster(
        inputs["cluster"],
        WorkspaceRecord.from_json(json),
        nodes=inputs["nodes"],
        slots=inputs["slots"],
        auto_pause_minutes=inputs.get("autoPauseMinutes"),
        auto_shutdown_minutes=inputs.get("autoShutdownMinutes"),
    )


def _make_true(store: LocalStore, cluster: ClusterRecord, inputs: Bag) -> None:
    if cluster.state is ClusterState.REMOVED:
        raise TransitionError(
            f"cluster {cluster.name!r} was removed ({cluster.reason})",
            "Let Pulumi see that, then bring it up again: `bodo-infra refresh`, `bodo-infra up`",
        )
    fleet = LocalFleet(store, cluster.uuid)
    if cluster.state in _NOT_YET_UP:
        make_cluster(store, _wish(store, inputs))
        fleet.wait_running()
        return
    pause, shutdown = inputs.get("autoPauseMinutes"), inputs.get("autoShutdownMinutes")
    change_cluster(
        store,
        cluster.uuid,
        lambda newest: replace(newest, auto_pause_minutes=pause, auto_shutdown_minutes=shutdown),
    )
    fleet.scale(inputs["nodes"])  # starts dead nodes too, unless the cluster is paused


def _living_nodes(store: LocalStore, cluster: ClusterRecord) -> int:
    if cluster.state in _WITHOUT_AGENTS:
        return len(cluster.nodes)
    return sum(node.alive for node in LocalFleet(store, cluster.uuid).nodes())


def _outputs(inputs: Bag, cluster: ClusterRecord) -> Bag:
    return {**inputs, "uuid": cluster.uuid, "cores": _cores(inputs), "hostfile": cluster.hostfile}
