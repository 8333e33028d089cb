import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from core.errors import BackendError, Cancelled, MeshError
from core.runtime.client import WorkerClient


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False


def wait_until(condition, limit=10.0):
    end = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


def poll_to_the_end(client, limit=20.0):
    end = time.monotonic() + limit
    while not (state := client.poll()).done:
        assert time.monotonic() < end, "the call hangs"
        time.sleep(0.01)
    return state.result


def test_arrays_go_there_and_back(client, shape):
    heard = []
    made = client.call("double", {"shape": shape, "factor": 3.0}, lambda fraction, what: heard.append((fraction, what)))
    np.testing.assert_array_equal(made.points, 3 * shape.points)
    assert made.name == "head" and made.points.dtype == np.float64


def test_a_large_mesh_does_not_block_the_caller(client, shape):
    large = type(shape)(np.zeros((2_000_000, 3)), "large")
    start = time.monotonic()
    client.submit("double", {"shape": large})
    assert time.monotonic() - start < 1.0
    assert poll_to_the_end(client).points.shape == (2_000_000, 3)


def test_start_tells_backend_and_device(client):
    client.start()
    assert (client.backend, client.device) == ("onnx", "cpu")
    assert client.call("where", {})[:2] == ("onnx", "cpu")


def test_one_process_serves_many_calls(client):
    assert client.call("where", {})[2] == client.call("where", {})[2]


def test_submit_and_poll_report_progress(client):
    client.submit("patient", {})
    wait_until(lambda: client.poll().fraction > 0)
    assert client.poll().what.startswith("step") and not client.poll().done


def test_two_calls_at_once_are_refused(client):
    client.submit("patient", {})
    with pytest.raises(BackendError, match="busy"):
        client.submit("patient", {})


def test_cancel_stops_the_call_and_keeps_the_worker(client):
    before = client.call("where", {})[2]
    client.submit("patient", {})
    wait_until(lambda: client.poll().fraction > 0)
    client.cancel()
    with pytest.raises(Cancelled):
        poll_to_the_end(client)
    assert client.call("where", {})[2] == before


def test_cancel_kills_a_worker_that_does_not_listen(client):
    pid = client.call("where", {})[2]
    client.submit("deaf", {})
    client.cancel()
    with pytest.raises(Cancelled):
        poll_to_the_end(client)
    wait_until(lambda: not alive(pid))
    assert client.call("where", {})[2] != pid


def test_a_progress_that_raises_cancels(client):
    def stop(fraction, _what):
        if fraction > 0:
            raise Cancelled("enough")

    with pytest.raises(Cancelled, match="enough"):
        client.call("patient", {}, stop)
    assert client.call("where", {})[0] == "onnx"


def test_sigkill_in_a_call_is_an_error_and_the_next_call_works(client):
    pid = client.call("where", {})[2]
    client.submit("patient", {})
    wait_until(lambda: client.poll().fraction > 0)
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(BackendError, match="was killed by signal 9"):
        poll_to_the_end(client)
    assert not alive(pid)
    assert client.call("where", {})[2] != pid


def test_spam_on_stdout_does_not_disturb(client, shape):
    assert client.call("loud", {}) == "quiet again"
    assert client.call("double", {"shape": shape}).name == "head"


def test_errors_keep_type_and_message(client):
    with pytest.raises(MeshError, match="the mesh 'Cube' has no face"):
        client.call("bad_mesh", {})


def test_a_bug_carries_its_trace(client):
    with pytest.raises(BackendError, match="ZeroDivisionError") as caught:
        client.call("bug", {})
    assert "in bug" in caught.value.__notes__[0]


@pytest.mark.parametrize("name", ["_hidden", "quiet", "Shape", "os", "__import__"])
def test_only_public_functions_are_called(client, name):
    with pytest.raises(BackendError, match="knows no call"):
        client.call(name, {})


def test_an_argument_that_does_not_travel_is_the_callers_mistake(client):
    with pytest.raises(TypeError, match="does not travel"):
        client.submit("double", {"shape": object()})
    assert client.call("where", {})[0] == "onnx"


def test_a_result_that_does_not_travel_is_an_error(client):
    with pytest.raises(BackendError):
        client.call("loop_of_itself", {})


def test_close_leaves_no_process(client):
    pid = client.call("where", {})[2]
    client.close()
    assert not alive(pid)


def test_the_worker_ends_when_its_client_dies(fake_worker):
    script = f"""
import sys, time
sys.path.insert(0, {str(Path(__file__).resolve().parents[3])!r})
from pathlib import Path
from core.runtime.client import WorkerClient
client = WorkerClient(sys.executable, worker=Path({str(fake_worker)!r}), known={{}})
print(client.call("where", {{}})[2], flush=True)
client.submit("patient", {{}})
time.sleep(60)
"""
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    pid = int(parent.stdout.readline())
    assert alive(pid)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    wait_until(lambda: not alive(pid))


def test_no_such_python(fake_worker):
    with pytest.raises(BackendError, match="'/no/such/python' cannot be started"):
        WorkerClient("/no/such/python", worker=fake_worker, known={}).start()


def fake_python(folder: Path, body: str) -> Path:
    path = folder / "python"
    path.write_text(f"#!/bin/sh\n{body}\n", "utf-8")
    path.chmod(0o755)
    return path


def test_something_that_is_no_python(tmp_path, fake_worker):
    python = fake_python(tmp_path, "echo I am no Python >&2; exit 7")
    with pytest.raises(BackendError, match=r"ended with code 7.*I am no Python"):
        WorkerClient(python, worker=fake_worker, known={}).start()


def test_something_that_talks_nonsense(tmp_path, fake_worker):
    python = fake_python(tmp_path, "yes")
    with pytest.raises(BackendError, match="no message"):
        WorkerClient(python, worker=fake_worker, known={}).start()


def test_a_python_that_is_too_old(tmp_path, fake_worker):
    launcher = tmp_path / "old.py"
    launcher.write_text(
        "import runpy, sys\nsys.argv = sys.argv[1:]\nsys.version_info = (3, 8)\nrunpy.run_path(sys.argv[0], run_name='__main__')\n", "utf-8"
    )
    python = fake_python(tmp_path, f'exec "{sys.executable}" "{launcher}" "$2" "$3" "$4"')
    with pytest.raises(BackendError, match=r"is Python 3\.8; Mimica's worker needs 3\.11"):
        WorkerClient(python, worker=fake_worker, known={}).start()


def test_missing_packages_name_the_command(tmp_path, fake_worker):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    python = tmp_path / "bare" / "bin" / "python"
    with pytest.raises(BackendError, match=r"No module named 'numpy'.*-m pip install torch"):
        WorkerClient(python, worker=fake_worker, known={}).start()


def test_missing_torch_names_the_command(fake_worker, tmp_path):
    (tmp_path / "torch.py").write_text("raise ImportError('No module named torch')\n", "utf-8")
    with pytest.raises(BackendError, match=r"cannot import torch.*-m pip install torch"):
        WorkerClient(sys.executable, [tmp_path], backend="torch", worker=fake_worker, known={}).start()
