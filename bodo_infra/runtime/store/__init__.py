"""The metadata of a cloud-config: records with compare-and-swap, and objects. One test suite runs over all stores."""

from bodo_infra.runtime.store.base import AlreadyExistsError, ConflictError, MissingError, Store
from bodo_infra.runtime.store.local import LocalStore

__all__ = ["AlreadyExistsError", "ConflictError", "LocalStore", "MissingError", "Store"]
