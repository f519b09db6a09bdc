"""The data sources of aws that the account answers, a file per service, each with a table ``ANSWERS`` by token.

A new one is a function and a row here, the rights it needs in ``iam.requirements.LOOKUPS``, and a test.
"""
