"""Who may come in: the part of the base handler that runs before a request's body is read.

Jupyter's own handlers answer a stranger with a redirect to a login page, take
a token from the URL or a form, and read a whole body before they look at the
credentials. Machines talk to these routes, so here a stranger gets 401 with
challenges, tokens are taken from the ``Authorization`` header alone, and
credentials and size are checked first.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast
from urllib.parse import urlsplit

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.auth.identity import IdentityProvider, User
from jupyter_server.auth.utils import HTTP_METHOD_TO_AUTH_ACTION
from jupyter_server.base.handlers import JupyterHandler
from tornado.web import HTTPError, RequestHandler, stream_request_body

from lsp_jupyter.config import LspConfig
from lsp_jupyter.errors import AuthenticationError, ForbiddenError, LimitError
from lsp_jupyter.identity import Caller
from lsp_jupyter.identity.credentials import matches, presented

if TYPE_CHECKING:
    from tornado.http1connection import HTTP1Connection

    from lsp_jupyter.platform import Platform
    from lsp_jupyter.web.multipart import Receiver


__all__ = ["FORM_OVERHEAD", "PREFIX", "AccessHandler", "Credentials"]

#: First part of every path of the platform below the server's base URL.
PREFIX = "lsp_jupyter"
#: Room in a body beyond its query: other parameters and the escapes of a form.
FORM_OVERHEAD = 64 << 10
#: Bytes that are read and dropped before a stranger is told to log in, at most.
LATE = 64 << 20

#: Where credentials came from. ``header`` and ``basic`` are tokens; ``open``
#: means that Jupyter's own authentication is switched off.
Credentials = Literal["header", "basic", "cookie", "open"]


@stream_request_body
class AccessHandler(JupyterHandler):
    """Knows the caller before any method runs.

    When a method of a subclass runs, the whole body has come: it is in
    ``request.body``, or where `receive` sent it.
    Arguments in a form body are not in ``request.arguments``.

    Attributes
    ----------
    vo : `bool`
        Whether VO clients use the route: errors are VOTable documents (DALI
        1.1 section 4.2) and 401 offers Basic too. Never set it on a route that
        a page calls: the browser would open its login dialog.
    public : `bool`
        Whether strangers may use the route.
    early : `bool`
        Whether the route answers although the platform is not up yet.
    credentials : `Credentials`, optional
        Where the credentials came from; `None` where nobody is known.
    gone : `asyncio.Event`
        Set when the client closes the connection.
    receiver : `~lsp_jupyter.web.multipart.Receiver`, optional
        Has the body, where the route sends it to disk; ``request.body`` is empty then.
    """

    vo: ClassVar[bool] = False
    public: ClassVar[bool] = False
    early: ClassVar[bool] = False
    credentials: Credentials | None = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name in cls.SUPPORTED_METHODS:
            method = getattr(cls, name.lower())
            is_ours = hasattr(method, "__allow_unauthenticated")
            if not is_ours and method is not RequestHandler._unimplemented_method:
                setattr(cls, name.lower(), _ready(method))

    def initialize(self, **kwargs: Any) -> None:
        """Make what lives as long as the request."""
        super().initialize(**kwargs)
        self.gone = asyncio.Event()
        self.receiver: Receiver | None = None
        self._too_long = False
        self._received = 0
        self._denial: AuthenticationError | None = None

    @property
    def platform(self) -> Platform:
        """The services of this instance; not there in the attached role."""
        return cast("Platform", self.settings["lsp_platform"])

    @property
    def settings_of_instance(self) -> LspConfig:
        """Limits and names of this instance."""
        return cast("LspConfig", self.settings["lsp_config"])

    @property
    def caller(self) -> Caller:
        """Who asks.

        Raises
        ------
        lsp_jupyter.errors.AuthenticationError
            Raised on a public route, where nobody is known.
        """
        if self.credentials is None:
            raise AuthenticationError("This needs credentials.")
        return self.platform.caller

    def body_max(self) -> int:
        """Bytes a request body may have; routes that take more override this."""
        # Every byte of a query may be escaped as three in a form.
        return 3 * self.settings_of_instance.query_max_bytes + FORM_OVERHEAD

    def receive(self) -> Receiver | None:
        """What takes the body of this request instead of memory; routes that want it override.

        It is asked for when the credentials and the announced length were
        checked, and discarded when the request is done.
        """
        return None

    async def prepare(self) -> None:  # type: ignore[override]
        """Find out who asks, and refuse what must not go on, before the body is read.

        Raises
        ------
        lsp_jupyter.errors.LspError
            Raised as `AuthenticationError`, `ForbiddenError` or `LimitError`.
        """
        self.current_user = None
        if not self.check_host():
            raise ForbiddenError(
                "This server does not answer under that host name.",
                hint="Set ServerApp.allow_remote_access or ServerApp.local_hostnames.",
            )
        if any(name.lower() == "token" for name in self.request.query_arguments):
            raise AuthenticationError(
                "A token in the URL is refused.",
                hint="Send the token in the Authorization header.",
            )
        method = self.request.method or ""
        preflight = method == "OPTIONS" and (self.allow_origin or self.allow_origin_pat)
        if not preflight and not self.public:
            try:
                await self._authenticate()
            except AuthenticationError as error:
                if not self._hears_late():
                    raise
                self._denial = error
                self._connection().set_max_body_size(LATE)
                return
            self._check_site()
            await self._authorize(HTTP_METHOD_TO_AUTH_ACTION.get(method, "write"))
            if self.vo:
                self.settings["lsp_last_activity"] = datetime.now(UTC)
        self.set_cors_headers()
        length = self.request.headers.get("Content-Length", "0")
        if length.isdecimal() and int(length) > self.body_max():
            raise self._body_error()
        self.receiver = self.receive()
        if self.receiver is not None:
            # The server's own limit is for bodies in memory.
            self._connection().set_max_body_size(self.body_max())

    def _connection(self) -> HTTP1Connection:
        return cast("HTTP1Connection", self.request.connection)

    def _hears_late(self) -> bool:
        """Whether the client listens only after it has sent a file, as Java's do.

        They send it in chunks, without credentials, and send it again with
        them when they are asked to; a connection closed before is a failure.
        """
        takes_files = type(self).receive is not AccessHandler.receive
        sends = self.request.method in ("POST", "PUT")
        return takes_files and sends and "Transfer-Encoding" in self.request.headers

    async def _authenticate(self) -> None:
        provider = self.identity_provider
        stock = _is_stock(provider)
        shown = presented(self.request.headers.get("Authorization", ""))
        secrets = [self.settings.get("lsp_kernel_token"), provider.token if stock else None]
        if matches(shown.offers, secrets):
            self._log_in(User("lsp_jupyter"), "basic" if shown.basic else "header")
            return
        if not stock and shown.basic and shown.offers:
            # A provider such as JupyterHub's knows its tokens itself, but not Basic.
            self.request.headers["Authorization"] = f"Bearer {shown.offers[-1]}"
        user = provider.get_user_cookie(self) if stock else provider.get_user(self)
        if inspect.isawaitable(user):
            user = await user
        if user is not None:
            with_token = not stock and provider.is_token_authenticated(self)
            kind: Credentials = "basic" if shown.basic else "header"
            self._log_in(user, kind if with_token else "cookie")
        elif not provider.auth_enabled:
            self._log_in(User("lsp_jupyter"), "open")
        else:
            raise AuthenticationError(
                "The token is wrong or has expired." if shown.offers else "This needs credentials.",
                hint="Send the server's token as `Authorization: Bearer <token>`"
                + (", or as the password of HTTP Basic." if self.vo else "."),
            )

    def _log_in(self, user: User, kind: Credentials) -> None:
        self.credentials = kind
        self.current_user = self._jupyter_current_user = user
        # What Jupyter's own checks of origin and XSRF ask for.
        self._token_authenticated = kind == "header"

    def get_argument(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """As tornado's, but blind to ``token``: identity providers look for it here."""
        if name == "token":
            return args[0] if args else kwargs.get("default", "")
        return super().get_argument(name, *args, **kwargs)

    def _check_site(self) -> None:
        """Refuse what another site's page made a browser send with credentials it keeps."""
        if self.credentials == "header":
            return
        headers = self.request.headers
        origin = self.get_origin()
        if origin is not None:
            foreign = urlsplit(origin).netloc.lower() != self.request.host.lower()
        else:
            site = headers.get("Sec-Fetch-Site", "none")
            navigation = headers.get("Sec-Fetch-Mode") == "navigate"
            foreign = site not in ("none", "same-origin") and not navigation
        if foreign and (origin is None or not self.check_origin()):
            raise ForbiddenError("Requests from other sites are refused.")
        if self.request.method in ("GET", "HEAD", "OPTIONS"):
            return
        # With authentication switched off, a script has no way to pass the
        # check and no need to; a browser shows itself by these headers.
        browser = origin or {"Cookie", "Referer", "Sec-Fetch-Site"}.intersection(headers)
        if foreign or self.credentials == "cookie" or (self.credentials == "open" and browser):
            try:
                self.check_xsrf_cookie()
            except HTTPError:
                raise ForbiddenError(
                    "The XSRF check failed.",
                    hint="With a login cookie, send the _xsrf cookie's value as X-XSRFToken, "
                    "or use a token in the Authorization header.",
                ) from None

    async def _authorize(self, action: str) -> None:
        allowed = self.authorizer.is_authorized(self, self.current_user, action, PREFIX)
        if not (await allowed if inspect.isawaitable(allowed) else allowed):
            raise ForbiddenError(f"The server's rules do not allow you to {action} here.")

    def _body_error(self) -> LimitError:
        return LimitError(
            f"The request is longer than {self.body_max():,} bytes.",
            hint="Shorten it, or ask the operator to raise the limit.",
        )

    def data_received(self, chunk: bytes) -> None:
        """Collect the body; what comes beyond the limit is dropped.

        Dropped and not cut off, so that the client hears the reason instead
        of a reset connection.
        """
        self._received += len(chunk)
        if self._denial is not None:
            return
        if self._received > self.body_max():
            self._too_long = True
        if self._too_long:
            return
        if self.receiver is not None:
            self.receiver.feed(chunk)
        else:
            self.request.body += chunk

    def on_finish(self) -> None:
        """Remove what the request left on disk."""
        super().on_finish()
        if self.receiver is not None:
            self.receiver.discard()

    def on_connection_close(self) -> None:
        """Tell whoever waits that nobody listens any more."""
        super().on_connection_close()
        self.gone.set()
        if self.receiver is not None:
            self.receiver.discard()


def _ready(method: Callable[..., Any]) -> Callable[..., Any]:
    """Let a method run only with its whole body.

    Jupyter looks for its mark to find methods that forgot authentication;
    ours happens in `BaseHandler.prepare`, before any method.
    """

    @functools.wraps(method)
    def run(self: AccessHandler, *args: Any, **kwargs: Any) -> Any:
        if self._denial is not None:
            raise self._denial
        if self._too_long:
            raise self._body_error()
        if self.receiver is not None:
            self.receiver.close()
        return method(self, *args, **kwargs)

    return allow_unauthenticated(run)


def _is_stock(provider: IdentityProvider) -> bool:
    """Whether tokens are compared as Jupyter itself does, so that it can be done better here."""
    kind = type(provider)
    return (
        kind.get_user is IdentityProvider.get_user
        and kind.get_user_token is IdentityProvider.get_user_token
    )
