"""Every route of the platform and every method, asked by strangers (S5)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError

from lsp_jupyter.web import PREFIX, BaseHandler

#: What anybody may read.
PUBLIC = {
    "version",
    "health",
    "tap/capabilities",
    "tap/availability",
    "scs/.+/availability",
    "sia/.+/availability",
    "datalink/capabilities",
    "datalink/availability",
    "soda/capabilities",
    "soda/availability",
    "discovery/discovery",
    "registry/oai",
    "registry/record",
}

#: Where clients of the VO ask, which know Basic authentication alone.
VO = {
    *("tap", "scs", "sia", "api", "registry", "datalink", "soda", "cutouts", "butler", "images"),
    *("mosaics", "products", "hips", "moc"),
}

STRANGERS: dict[str, dict[str, Any]] = {
    "no token": {},
    "wrong Bearer": {"headers": {"Authorization": "Bearer wrong"}},
    "wrong Basic": {"headers": {"Authorization": "Basic dG9rZW46d3Jvbmc="}},
    "forged cookie": {"headers": {"Cookie": "username-127-0-0-1-8888=2|1:0|10:1|8:username|x"}},
    "token in the URL": {"params": {"token": "{token}"}},
}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def platform_routes(web_app: Any, base_url: str) -> Iterator[tuple[str, type]]:
    """An example path and the handler of every route below the platform's prefix."""
    for group in web_app.default_router.rules:
        for rule in getattr(group.target, "rules", [group]):
            pattern = getattr(getattr(rule.matcher, "regex", None), "pattern", "")
            if f"/{PREFIX}" not in pattern:
                continue
            path = re.sub(r"\(\?:[^)]*\)\?", "/nothing", pattern.rstrip("$"))
            path = re.sub(r"\([^)]*\)", "abc", path).replace("/?", "").replace("\\", "")
            assert re.fullmatch(pattern, path), pattern
            yield path.removeprefix(base_url).removeprefix(f"{PREFIX}/"), rule.target


@pytest.mark.req("LSP-REQ-0020", "API-REQ-0003", "API-REQ-0005")
async def test_strangers_get_nothing_anywhere(
    jp_serverapp: Any, jp_base_url: str, http_server_client: Any
) -> None:
    routes = list(platform_routes(jp_serverapp.web_app, jp_base_url))
    paths = {path for path, _ in routes}
    assert paths >= PUBLIC | {
        "portal/jobs",
        "portal/events",
        "portal/tables",
        "portal/tables/abc",
        "portal/services",
        "portal/services/abc/tables",
        "portal/results/abc/rows",
        "portal/results/abc/density",
        "portal/results/abc/region",
        "portal/results/abc/subsets/abc",
        "tap/sync",
        "tap/async/abc/results/abc",
        "tap/tables",
        "tap/nothing",
    }
    token = jp_serverapp.identity_provider.token
    asked = 0
    for path, handler in routes:
        assert issubclass(handler, BaseHandler), path
        for who, extra in STRANGERS.items():
            for method in METHODS:
                query = f"?token={token}" if "params" in extra else ""
                body = b"" if method in ("POST", "PUT", "PATCH") else None
                try:
                    answer = await http_server_client.fetch(
                        f"{jp_base_url}{PREFIX}/{path}{query}",
                        method=method,
                        headers=extra.get("headers"),
                        body=body,
                        follow_redirects=False,
                    )
                except HTTPClientError as error:
                    if error.response is None:
                        raise
                    answer = error.response
                asked += 1
                where = f"{method} {path} with {who}: {answer.code}"
                if path in PUBLIC and not query:
                    codes = {"GET": 200, "OPTIONS": 204}
                    if path == "registry/oai":
                        codes["POST"] = 200
                    assert answer.code == codes.get(method, 405), where
                    continue
                assert answer.code == 401, where
                schemes = [one.split()[0] for one in answer.headers.get_list("WWW-Authenticate")]
                is_vo = path.split("/")[0] in VO
                assert schemes == (["Bearer", "Basic"] if is_vo else ["Bearer"]), where
                assert "Set-Cookie" not in answer.headers or who == "forged cookie", where
                assert token.encode() not in answer.body, where
    assert asked == len(routes) * len(STRANGERS) * len(METHODS)


async def test_the_right_token_opens_every_kind_of_route(jp_fetch: Any) -> None:
    for path in ("tap/tables", "tap/async", "portal/catalog", "portal/jobs", "version"):
        assert (await jp_fetch(PREFIX, *path.split("/"))).code == 200, path
