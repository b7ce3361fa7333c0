"""The emulator: what it keeps, how it ends, and that a killed run leaves nothing in the way."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from local import emulator, process
from local.emulator import Emulator
from local.progress import Failure

TABLE = "kept"
# A run that makes a table and is killed before it can stop its emulator.
DOOMED = """
import os, signal, sys
from pathlib import Path
from local import emulator, process
from tests.functional.local.emulator_test import make_table
make_table(emulator.start(Path(sys.argv[1]), port=None, auth=False, persist=True))
os.kill(os.getpid(), signal.SIGKILL)
"""


def should_keep_its_state_from_run_to_run_when_asked_to(tmp_path: Path) -> None:
    with emulator.running(tmp_path, persist=True) as aws:
        make_table(aws)
    with emulator.running(tmp_path, persist=True) as aws:
        assert tables(aws) == [TABLE]


def should_forget_its_state_otherwise(tmp_path: Path) -> None:
    with emulator.running(tmp_path) as aws:
        make_table(aws)
    with emulator.running(tmp_path) as aws:
        assert tables(aws) == []


def should_refuse_a_second_emulator_in_one_folder(tmp_path: Path) -> None:
    with (
        emulator.running(tmp_path),
        pytest.raises(Failure, match="uses"),
        emulator.running(tmp_path),
    ):
        pass


def should_stop_what_a_killed_run_left_and_keep_its_state(tmp_path: Path) -> None:
    left = emulator.start(tmp_path, port=None, auth=False, persist=True)
    make_table(left)
    assert emulator.stop_leftover(tmp_path)
    assert left.process.wait(5) == 0
    process.bury(left.process)
    with emulator.running(tmp_path, persist=True) as aws:
        assert tables(aws) == [TABLE]


def should_end_and_save_when_its_starter_is_killed(tmp_path: Path) -> None:
    doomed = subprocess.run([sys.executable, "-c", DOOMED, str(tmp_path)], check=False)
    assert doomed.returncode == -signal.SIGKILL
    emulator.stop_leftover(tmp_path)  # it may still be saving; it needs no second word
    with emulator.running(tmp_path, persist=True) as aws:
        assert tables(aws) == [TABLE]


def should_find_nothing_left_after_an_orderly_end(tmp_path: Path) -> None:
    with emulator.running(tmp_path):
        pass
    assert not emulator.stop_leftover(tmp_path)


def should_leave_alone_a_process_that_only_has_the_old_id(tmp_path: Path) -> None:
    with emulator.running(tmp_path):
        pass
    (tmp_path / "emulator.pid").write_text(str(os.getpid()))
    assert not emulator.stop_leftover(tmp_path)


def should_tell_that_it_ended_by_itself(tmp_path: Path) -> None:
    aws = emulator.start(tmp_path, port=None, auth=False, persist=False)
    aws.process.send_signal(signal.SIGKILL)
    aws.process.wait(5)
    assert not emulator.stop(aws)


def should_answer_on_the_loopback_address_only(bare_emulator: Emulator) -> None:
    assert bare_emulator.url.startswith("http://127.0.0.1:")
    assert httpx.get(f"{bare_emulator.url}/_ministack/health", trust_env=False).is_success


def should_forget_stream_positions_and_nothing_else(tmp_path: Path) -> None:
    saved = tmp_path / "emulator/lambda.json"
    saved.parent.mkdir()
    positions = {"__account_region_scoped__": True, "data": {"mapping": 7}}
    payload = {"layers": {"a": 1}, "dynamodb_stream_positions": positions}
    saved.write_text(json.dumps({"__ministack_format__": 2, "payload": payload}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("local.process.start", _refuse_to_start)
        with pytest.raises(Failure):
            emulator.start(tmp_path, port=None, auth=False, persist=True)
    kept = json.loads(saved.read_text())
    assert kept["payload"]["dynamodb_stream_positions"]["data"] == {}
    assert kept["payload"]["layers"] == {"a": 1}
    assert kept["__ministack_format__"] == 2


def should_hide_the_accounts_of_whoever_runs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "company")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "company-key")
    environments: list[Mapping[str, str]] = []
    started = subprocess.Popen

    def start(*command: Any, **how: Any) -> Any:
        environments.append(how["env"])
        return started(*command, **how)

    monkeypatch.setattr("local.process.subprocess.Popen", start)
    with emulator.running(tmp_path):
        pass
    assert environments
    assert "company" not in str(environments)


def _refuse_to_start(*_: object, **__: object) -> None:
    raise Failure("not now")


def make_table(aws: Emulator) -> None:
    """Put a table into the emulator."""
    boto3.client("dynamodb", **aws.client_options()).create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


def tables(aws: Emulator) -> list[str]:
    """The tables that the emulator has."""
    return boto3.client("dynamodb", **aws.client_options()).list_tables()["TableNames"]
