"""Starting, stopping, figures and the control endpoints."""

import signal
import socket
from pathlib import Path
from typing import Any

import httpx
import pytest
from sandbox_bodies import make_sgd_only
from sandbox_open import KEY, open_sandbox, unlimited
from sandbox_process import run_sandbox
from straitsx_raw_server import reserved_port

from straitsx_bulk.io.sandbox.server import SandboxServer, serve
from straitsx_bulk.io.sandbox.settings import SandboxError, SandboxSettings

PATH = "/kyc/customer_profiles"


def test_it_listens_on_loopback_alone(start: Any) -> None:
    server, client = start()
    assert server.base_url == f"http://127.0.0.1:{server.port}/v1"
    assert client.get(PATH).status_code == 200
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.2", server.port))


def test_after_the_stop_nothing_listens_and_the_figures_remain() -> None:
    with open_sandbox() as (server, client):
        client.get(PATH)
    with pytest.raises(httpx.ConnectError):
        httpx.get(server.base_url + PATH)
    assert (server.stats().calls, len(server.state_id)) == (1, 32)
    with pytest.raises(SandboxError, match="stopped"):
        server.profiles()


def test_before_the_start_nothing_can_be_asked() -> None:
    with pytest.raises(SandboxError, match="with statement"):
        SandboxServer().stats()


def test_a_port_can_be_named_and_used_again_at_once() -> None:
    with open_sandbox() as (first, client):
        client.get(PATH)
    with open_sandbox(unlimited(port=first.port)) as (second, client):
        assert (second.port, client.get(PATH).status_code) == (first.port, 200)


def test_a_port_that_is_taken_is_named(start: Any) -> None:
    server, _ = start()
    with pytest.raises(SandboxError, match=f"Port {server.port} .* cannot be used"):
        start(port=server.port)


@pytest.mark.parametrize(
    "settings",
    [{"port": -1}, {"port": 65536}, {"tps": -1.0}, {"tps": float("nan")}, {"tps": float("inf")}, {"window": 0.0}],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(SandboxError):
        SandboxSettings(**settings)


def test_a_start_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    with reserved_port() as port:
        for settings in (unlimited(port=port, faults="nonsense"), unlimited(port=port, state=tmp_path)):
            with pytest.raises(SandboxError):
                serve(settings)
        with open_sandbox(unlimited(port=port)) as (_, client):
            assert client.get(PATH).status_code == 200


def test_figures_count_calls_by_kind_and_status(start: Any) -> None:
    server, client = start(faults="drop-before:get@1")
    body = make_sgd_only()
    for _ in range(2):
        client.post(PATH, json=body)
    client.get(PATH)
    client.get("/nowhere")
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        client.get(f"{PATH}/x")
    stats = server.stats()
    assert stats.by_call == {
        "create": {"200": 1, "422": 1},
        "get": {"dropped": 1},
        "list": {"200": 1},
        "other": {"404": 1},
    }
    assert (stats.calls, stats.profiles, stats.faults) == (5, 1, {"drop-before": 1})
    assert (stats.count_calls("create"), stats.count_calls("create", "200"), stats.count_calls("patch")) == (2, 1, 0)
    assert 1 <= stats.max_attempted_with_grace <= stats.max_attempted <= 5


def test_a_reset_begins_the_figures_anew_and_keeps_the_profiles(start: Any) -> None:
    server, client = start()
    client.post(PATH, json=make_sgd_only())
    server.reset()
    stats = server.stats()
    assert (stats.calls, stats.by_call, stats.max_attempted, stats.profiles) == (0, {}, 0, 1)


def test_control_endpoints_say_the_same_as_the_server(start: Any) -> None:
    server, client = start()
    body = make_sgd_only()
    created = client.post(PATH, json=body).json()["data"]
    control = f"http://127.0.0.1:{server.port}/_sandbox"
    stats = httpx.get(f"{control}/stats").json()
    [profile] = httpx.get(f"{control}/profiles").json()
    assert (stats["by_call"], stats["state_id"]) == ({"create": {"200": 1}}, server.state_id)
    assert (profile["id"], profile["attributes"]) == (created["id"], body)
    assert (httpx.post(f"{control}/reset").status_code, server.stats().calls) == (204, 0)
    assert httpx.get(f"{control}/nowhere").status_code == 404


def test_control_endpoints_refuse_the_name_of_another_host(start: Any) -> None:
    server, _ = start()
    control = f"http://127.0.0.1:{server.port}/_sandbox/profiles"
    assert httpx.get(control, headers={"Host": "evil.example"}).status_code == 400


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_a_process_cleanly_and_nothing_personal_was_printed(
    tmp_path: Path, number: signal.Signals
) -> None:
    with (
        run_sandbox(tmp_path / "state.db") as sandbox,
        httpx.Client(base_url=sandbox.serving.base_url, headers=KEY) as client,
    ):
        client.post(PATH, json=make_sgd_only())
        client.post(PATH, json=make_sgd_only(customerName="Zoë"))
        client.get(PATH, params={"filter[registration_id]": "S1234567A"})
        sandbox.process.send_signal(number)
        output, errors = sandbox.process.communicate()
    assert (sandbox.process.returncode, output, errors) == (0, "", "")
    assert not (tmp_path / "state.db-wal").exists()


def test_no_answer_waits_for_the_clients_acknowledgement(start: Any) -> None:
    server, client = start()
    client.get(PATH)
    [connection] = server._running().server.server_state.connections
    assert connection.transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


def test_a_client_that_sends_half_a_request_does_no_harm(start: Any) -> None:
    server, client = start()
    with socket.create_connection(("127.0.0.1", server.port)) as half:
        half.sendall(b"POST /v1/kyc/customer_profiles HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{")
    assert client.post(PATH, json=make_sgd_only()).status_code == 200
    assert len(server.profiles()) == 1
