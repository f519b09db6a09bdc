"""The AWS target. Importing the package loads neither Pulumi nor a cloud SDK; its arithmetic never does."""
