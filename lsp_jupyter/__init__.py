"""The LSST Science Platform as a JupyterLab extension suite."""

__version__ = "0.1.0"
