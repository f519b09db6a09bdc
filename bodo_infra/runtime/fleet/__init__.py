"""The nodes of one cluster: start, pause, resume, scale, shut down. The same contract on every target."""

from bodo_infra.runtime.fleet.base import Fleet, NodeStatus

__all__ = ["Fleet", "NodeStatus"]
