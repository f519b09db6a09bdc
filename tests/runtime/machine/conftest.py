"""Fixtures of the machine plugin: each noun stands on the one below."""

import pytest

from tests.runtime.machine.handling import CLUSTER, DIRECTORY, STORE, directory_inputs, make, store_inputs


@pytest.fixture
def store(tmp_path):
    return make(STORE, "Store", store_inputs(tmp_path))


@pytest.fixture
def directory(tmp_path, store):
    return make(DIRECTORY, "Directory", directory_inputs(tmp_path))


@pytest.fixture
def cluster_inputs(directory):
    return {
        "cluster": "etl",
        "store": directory.inputs["store"],
        "workspace": "team",
        "workspaceUuid": directory.id,
        "sharedPath": directory.inputs["path"],
        "nodes": 2,
        "slots": 1,
        "description": "",
    }


@pytest.fixture
def cluster(cluster_inputs):
    kept = make(CLUSTER, "Cluster", cluster_inputs)
    yield kept
    CLUSTER.delete(kept)
