"""Everything that nodes install, by version. The only place for it; held against pyproject.toml by a test."""

from typing import Final

BODO_VERSION: Final = "2026.10"
"""The release that this library was tested with: nodes get it when a cluster names none."""

# pandas 3.1 has lost what bodo 2026.10 imports from it (bodo/pandas_compat.py), and bodo itself does not say so.
BODO_REQUIREMENTS: Final = ("pandas>=2.2,<3.1",)

AGENT_REQUIREMENTS: Final = ("cronsim>=2.6,<3", "psutil>=6,<8", "tzdata>=2025.2")
"""What the node agent imports besides the standard library."""

PYTHON: Final = "python3.11"
"""Package of Amazon Linux 2023 and of AlmaLinux 9, and command. Its patch release is that of the image."""

# Version and checksum as in aws/aws-parallelcluster-cookbook (pull request 2953, 2025-04).
EFA_INSTALLER: Final = "aws-efa-installer-1.41.0.tar.gz"
EFA_INSTALLER_SHA256: Final = "3506354cdfbe31ff552fe75f5d0d9bb7efd29cf79bd99457347d29c751c38f9f"
EFA_INSTALLER_PLACE: Final = "https://efa-installer.amazonaws.com"
