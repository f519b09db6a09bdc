"""The offline account: answers for AWS without any account, from one file."""
