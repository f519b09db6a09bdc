"""Identity and access management as AWS does it: policy documents, their evaluation, what each operation needs."""
