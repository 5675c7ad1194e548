"""What the Butler reads and writes when none of the Science Pipelines is installed.

The names here stand in the configuration of repositories: a repository is read
only where they can be imported.
"""
