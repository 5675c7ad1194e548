"""The one base handler: authentication, errors, limits and headers of every route."""

from .access import FORM_OVERHEAD, PREFIX
from .handler import BaseHandler, MissingHandler

__all__ = ["FORM_OVERHEAD", "PREFIX", "BaseHandler", "MissingHandler"]
