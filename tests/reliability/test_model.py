"""Clients of UWS over HTTP, in any order and at once, against a model of what must be."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar
from xml.etree import ElementTree as ET

import pytest
import requests
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.api.test_tap import ENDLESS
from tests.servers import Server

UWS = "{http://www.ivoa.net/xml/UWS/v1.0}"
CLIENTS = 8

#: What may be seen after what (UWS 1.1 section 2.1.3), whatever was between.
LATER = {
    "PENDING": {"PENDING", "QUEUED", "EXECUTING", "HELD", "COMPLETED", "ERROR", "ABORTED"},
    "HELD": {"HELD", "QUEUED", "EXECUTING", "COMPLETED", "ERROR", "ABORTED"},
    "QUEUED": {"QUEUED", "EXECUTING", "HELD", "COMPLETED", "ERROR", "ABORTED"},
    "EXECUTING": {"EXECUTING", "COMPLETED", "ERROR", "ABORTED"},
    "COMPLETED": {"COMPLETED"},
    "ERROR": {"ERROR"},
    "ABORTED": {"ABORTED"},
}
FINAL = {"COMPLETED", "ERROR", "ABORTED"}
FAST, WRONG = "fast", "wrong"


class Model:
    """What is known of one job."""

    def __init__(self, kind: str, maxrec: int) -> None:
        self.kind = kind
        self.maxrec = maxrec
        self.seen = "PENDING"
        self.started = False
        self.aborted = False

    def look(self, phase: str) -> None:
        """Take note of a phase, which must be possible."""
        assert phase in LATER[self.seen], f"{phase} after {self.seen}"
        if not self.started:
            assert phase == ("ABORTED" if self.aborted else "PENDING")
        elif not self.aborted:
            assert phase != "ABORTED"
        if phase == "ERROR":
            assert self.kind == WRONG
        if phase == "COMPLETED":
            assert self.kind == FAST
        self.seen = phase


class Clients(RuleBasedStateMachine):
    """Several clients of one user. Each history has jobs of its own."""

    server: ClassVar[Server]
    http: ClassVar[requests.Session]
    pool: ClassVar[ThreadPoolExecutor]
    used: ClassVar[set[str]] = set()
    chance: ClassVar[random.Random] = random.Random(5)

    def __init__(self) -> None:
        super().__init__()
        self.root = f"{self.server.base}tap/async"
        self.known: dict[str, Model] = {}
        self.deleted: set[str] = set()

    def teardown(self) -> None:
        for job in self.known:
            self.send("DELETE", job)

    # -- talking -----------------------------------------------------------

    def send(self, method: str, path: str = "", **fields: str) -> requests.Response:
        """A request that must be answered properly, whatever it asks."""
        kind = "params" if method == "GET" else "data"
        url = f"{self.root}/{path}".rstrip("/")
        answer = self.http.request(method, url, **{kind: fields}, allow_redirects=False, timeout=20)
        assert answer.status_code in (200, 303, 400, 404), (answer.status_code, answer.text)
        return answer

    def a_job(self, number: int) -> str:
        return list(self.known)[number % len(self.known)]

    def have(self) -> bool:
        return bool(self.known)

    def have_deleted(self) -> bool:
        return bool(self.deleted)

    # -- doing -------------------------------------------------------------

    @rule(
        kind=st.sampled_from([FAST, FAST, FAST, WRONG, "endless"]),
        maxrec=st.integers(0, 5),
        run=st.booleans(),
    )
    def create(self, kind: str, maxrec: int, run: bool) -> None:
        place = self.chance.random() * 360
        query = {
            FAST: f"SELECT TOP 4 ra FROM gaia.source WHERE ra > {place:.3f}",
            WRONG: "SELECT nothing FROM nowhere",
        }.get(kind, ENDLESS)
        fields = {"QUERY": query, "LANG": "ADQL", "MAXREC": str(maxrec)}
        answer = self.send("POST", **fields, **({"PHASE": "RUN"} if run else {}))
        assert answer.status_code == 303
        job = answer.headers["Location"].rpartition("/")[2]
        assert job not in self.used, "an id was used again"
        self.used.add(job)
        self.known[job] = Model(kind, maxrec)
        self.known[job].started = run

    @precondition(have)
    @rule(number=st.integers(0, 99))
    def start(self, number: int) -> None:
        job = self.a_job(number)
        model = self.known[job]
        possible = model.seen in ("PENDING", "HELD") and not model.started and not model.aborted
        answer = self.send("POST", f"{job}/phase", PHASE="RUN")
        assert answer.status_code == (303 if possible else 400)
        model.started |= possible

    @precondition(have)
    @rule(number=st.integers(0, 99))
    def abort(self, number: int) -> None:
        job = self.a_job(number)
        self.known[job].aborted = True
        assert self.send("POST", f"{job}/phase", PHASE="ABORT").status_code == 303
        phase = self.send("GET", f"{job}/phase").text
        assert phase in FINAL
        self.known[job].look(phase)

    @precondition(have)
    @rule(number=st.integers(0, 99), action=st.booleans())
    def delete(self, number: int, action: bool) -> None:
        job = self.a_job(number)
        answer = self.send("POST", job, ACTION="DELETE") if action else self.send("DELETE", job)
        assert answer.status_code == 303
        self.known.pop(job)
        self.deleted.add(job)
        assert self.send("GET", job).status_code == 404

    @precondition(have)
    @rule(number=st.integers(0, 99), maxrec=st.integers(0, 5))
    def change(self, number: int, maxrec: int) -> None:
        job = self.a_job(number)
        model = self.known[job]
        answer = self.send("POST", f"{job}/parameters", MAXREC=str(maxrec))
        assert answer.status_code == (400 if model.started or model.aborted else 303)
        if answer.status_code == 303:
            model.maxrec = maxrec

    @precondition(have)
    @rule(number=st.integers(0, 99), clients=st.integers(2, CLIENTS), data=st.data())
    def together(self, number: int, clients: int, data: st.DataObject) -> None:
        """Several clients start, abort and look at one job at once."""
        job = self.a_job(number)
        model = self.known[job]
        calls: dict[str, Callable[[], requests.Response]] = {
            "run": lambda: self.send("POST", f"{job}/phase", PHASE="RUN"),
            "abort": lambda: self.send("POST", f"{job}/phase", PHASE="ABORT"),
            "look": lambda: self.send("GET", f"{job}/phase"),
            "list": lambda: self.send("GET"),
            "wait": lambda: self.send("GET", job, WAIT="1") if model.started else self.send("GET"),
        }
        names = data.draw(
            st.lists(st.sampled_from(sorted(calls)), min_size=clients, max_size=clients)
        )
        waiting = [self.pool.submit(calls[name]) for name in names]
        answers = [(name, one.result()) for name, one in zip(names, waiting, strict=True)]
        ran = [a for name, a in answers if name == "run" and a.status_code == 303]
        # Of those who start it one wins, and nobody if it was started before.
        assert len(ran) <= (0 if model.started else 1)
        model.started |= bool(ran)
        model.aborted |= "abort" in names
        assert all(a.status_code != 400 for name, a in answers if name != "run")
        self.poll(number)

    # -- looking -----------------------------------------------------------

    @precondition(have)
    @rule(number=st.integers(0, 99))
    def poll(self, number: int) -> None:
        job = self.a_job(number)
        model = self.known[job]
        tree = ET.fromstring(self.send("GET", job).content)
        assert tree.findtext(f"{UWS}jobId") == job
        model.look(tree.findtext(f"{UWS}phase") or "")
        done = model.seen == "COMPLETED"
        assert (tree.find(f"{UWS}results/{UWS}result") is not None) == done
        assert (tree.find(f"{UWS}errorSummary") is not None) == (model.seen == "ERROR")

    @precondition(have)
    @rule(number=st.integers(0, 99))
    def wait(self, number: int) -> None:
        job = self.a_job(number)
        model = self.known[job]
        if model.started and model.kind != "endless" and model.seen not in FINAL:
            for _ in range(20):
                tree = ET.fromstring(self.send("GET", job, WAIT="10").content)
                model.look(tree.findtext(f"{UWS}phase") or "")
                if model.seen in FINAL:
                    break
            assert model.seen in FINAL

    @precondition(have)
    @rule(number=st.integers(0, 99))
    def result(self, number: int) -> None:
        job = self.a_job(number)
        model = self.known[job]
        answer = self.send("GET", f"{job}/results/result")
        if model.seen == "COMPLETED":
            assert answer.status_code == 200
            assert answer.headers["X-LSP-Rows"] == str(min(4, model.maxrec))
            assert answer.headers["X-LSP-Overflow"] == str(model.maxrec < 4).lower()
        elif not model.started or model.seen in FINAL:
            assert answer.status_code == 404

    @rule(phase=st.sampled_from([None, *LATER]), last=st.sampled_from([None, 1, 3]))
    def listed(self, phase: str | None, last: int | None) -> None:
        fields = {"PHASE": phase, "LAST": None if last is None else str(last)}
        answer = self.send("GET", **{k: v for k, v in fields.items() if v is not None})
        refs = ET.fromstring(answer.content).findall(f"{UWS}jobref")
        ids = [ref.get("id") or "" for ref in refs]
        assert len(ids) == len(set(ids))
        assert self.deleted.isdisjoint(ids)
        made = [ref.findtext(f"{UWS}creationTime") or "" for ref in refs]
        assert made == sorted(made, reverse=True)
        if last is not None:
            assert len(ids) <= last
        elif phase is None:
            assert self.known.keys() <= set(ids)
        for ref in refs:
            job, told = ref.get("id") or "", ref.findtext(f"{UWS}phase") or ""
            if job in self.known:
                self.known[job].look(told)
                assert phase in (None, told)

    @precondition(have_deleted)
    @rule(number=st.integers(0, 99))
    def what_was_deleted_never_returns(self, number: int) -> None:
        job = sorted(self.deleted)[number % len(self.deleted)]
        assert self.send("GET", job).status_code == 404
        assert self.send("POST", f"{job}/phase", PHASE="RUN").status_code == 404


def play(server: Server, examples: int, steps: int) -> None:
    Clients.server = server
    with server.session() as http, ThreadPoolExecutor(CLIENTS) as pool:
        http.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=CLIENTS))
        Clients.http, Clients.pool = http, pool
        run_state_machine_as_test(
            Clients,
            settings=settings(
                max_examples=examples,
                stateful_step_count=steps,
                deadline=None,
                derandomize=True,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
        assert Clients.used


def test_a_few_histories(lab_server: Server) -> None:
    play(lab_server, 30, 30)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_many_histories(lab_server: Server) -> None:
    play(lab_server, 200, 30)


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_very_many_histories(lab_server: Server) -> None:
    play(lab_server, 5000, 30)
