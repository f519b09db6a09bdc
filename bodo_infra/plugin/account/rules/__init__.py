"""What AWS does beyond the schema: tables in aws.json and references.py, rules per type in files named by service."""
