"""Every rank says which one it is and where it runs. Needs MPI, but not Bodo.

mpiexec -n 2 python hello.py [NAME]
"""

import os
import sys

from mpi4py import MPI

world = MPI.COMM_WORLD
name = sys.argv[1] if len(sys.argv) > 1 else "world"
# Hydra names the node as the hostfile does, also where nodes share the host name of one machine.
node = os.environ.get("PMI_HOSTNAME") or MPI.Get_processor_name()
print(f"hello {name}, this is rank {world.rank} of {world.size} on {node}", flush=True)

nodes = world.gather(node)
if world.rank == 0:
    print(f"{world.size} ranks on {len(set(nodes))} nodes", flush=True)
