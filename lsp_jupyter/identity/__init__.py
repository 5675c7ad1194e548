"""Who is asking."""

from .caller import Caller, local_caller

__all__ = ["Caller", "local_caller"]
