"""Where things stand in a store: one function per kind of key. Everything that reads or writes a store uses these."""

CLOUD_CONFIG = "cloud_config"
WORKSPACES = "workspaces/"
CLUSTERS = "clusters/"
JOBS = "jobs/"


def workspace(uuid: str) -> str:
    """A workspace record."""
    return f"{WORKSPACES}{uuid}"


def cluster(uuid: str) -> str:
    """A cluster record."""
    return f"{CLUSTERS}{uuid}"


def job(uuid: str) -> str:
    """A job record."""
    return f"{JOBS}{uuid}"


def queue(cluster_uuid: str) -> str:
    """Prefix of the cluster's queue: one empty record per job that has not ended, so that ended jobs cost nothing.

    Written before the job's record and deleted after it has ended: a job is never lost, at worst a mark is left over.
    """
    return f"queue/{cluster_uuid}/"


def queued(cluster_uuid: str, job_uuid: str) -> str:
    """The mark of one job in its cluster's queue."""
    return f"{queue(cluster_uuid)}{job_uuid}"


def lease(cluster_uuid: str) -> str:
    """The leader lease of a cluster."""
    return f"leases/{cluster_uuid}"


def heartbeats(cluster_uuid: str) -> str:
    """Prefix of the heartbeats of a cluster's nodes."""
    return f"heartbeats/{cluster_uuid}/"


def heartbeat(cluster_uuid: str, node: str) -> str:
    """The heartbeat of one node."""
    return f"{heartbeats(cluster_uuid)}{node}"


def attempts(job_uuid: str) -> str:
    """Object prefix of all attempts of a job."""
    return f"{JOBS}{job_uuid}/"


def attempt(job_uuid: str, number: int) -> str:
    """Object prefix of one attempt's logs and facts."""
    return f"{attempts(job_uuid)}{number}/"
