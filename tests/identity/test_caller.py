"""The subject of a single-user server."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lsp_jupyter.identity import local_caller


def test_the_subject_is_constant_and_private(tmp_path: Path) -> None:
    first = local_caller(tmp_path, "one")
    assert local_caller(tmp_path, "one") == first
    assert first.subject.startswith("local-")
    assert (tmp_path / "subject").stat().st_mode & 0o777 == 0o600


def test_two_state_folders_have_two_subjects(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert local_caller(tmp_path / "a") != local_caller(tmp_path / "b")


def test_servers_that_start_together_agree(tmp_path: Path) -> None:
    for round_number in range(20):
        state = tmp_path / str(round_number)
        state.mkdir()
        with ThreadPoolExecutor(8) as pool:
            subjects = {caller.subject for caller in pool.map(local_caller, [state] * 8)}
        assert len(subjects) == 1
        assert "" not in subjects
