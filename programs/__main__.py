"""The program of every stack: what a stack is stands in its file, stacks/Pulumi.<stack>.yaml."""

from bodo_infra.program import run

run()
