"""Which API is talked to, and which addresses are refused."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from straitsx_bulk.io.straitsx import (
    ClientSettings,
    Target,
    find_proxy,
    is_loopback,
    key_fingerprint,
    mask_proxy,
    resolve_target,
)
from straitsx_bulk.schemas.errors import UsageError

PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return monkeypatch


@pytest.mark.parametrize(
    ("env", "base_url", "expected"),
    [
        ("sandbox", None, Target("api-sandbox.straitsx.com", "https://api-sandbox.straitsx.com/v1", "sandbox")),
        ("production", None, Target("api.straitsx.com", "https://api.straitsx.com/v1", "production")),
        (
            "production",
            " https://API.straitsx.com:443/v1/ ",
            Target("api.straitsx.com", "https://api.straitsx.com/v1", "production"),
        ),
        ("local", "http://127.0.0.1:8080/v1", Target("127.0.0.1:8080", "http://127.0.0.1:8080/v1", "local")),
        ("local", "http://localhost:8080/v1", Target("localhost:8080", "http://localhost:8080/v1", "local")),
        ("local", "http://[::1]:8080/v1", Target("[::1]:8080", "http://[::1]:8080/v1", "local")),
        ("sandbox", "http://127.0.0.1:80/v1", Target("127.0.0.1", "http://127.0.0.1/v1", "sandbox")),
    ],
)
def test_a_target_is_resolved(env: str, base_url: str | None, expected: Target) -> None:
    assert expected == resolve_target(env, base_url)


@pytest.mark.parametrize("allow_host", ["gateway.example", "GATEWAY.example", ("other.example", "gateway.example")])
def test_another_host_needs_to_be_named(allow_host: str | tuple[str, ...]) -> None:
    url = "https://gateway.example:8443/straitsx/v1"
    expected = Target("gateway.example:8443", url, "production")
    assert expected == resolve_target("production", url, allow_host)
    with pytest.raises(UsageError, match=r"--allow-host gateway\.example"):
        resolve_target("production", url)
    with pytest.raises(UsageError, match=r"--allow-host gateway\.example"):
        resolve_target("production", url, "else.example")


@pytest.mark.parametrize(
    ("env", "base_url", "sentence"),
    [
        ("staging", None, "there are local, sandbox, production"),
        ("local", None, "needs --base-url"),
        ("local", "https://api.straitsx.com/v1", "use --env production"),
        ("sandbox", "https://api.straitsx.com/v1", "the vendor's production, not sandbox"),
        ("production", "https://api-sandbox.straitsx.com/v1", "the vendor's sandbox, not production"),
        ("local", "https://gateway.example/v1", "is another"),
        ("sandbox", "https://sandbox.xfers.io/api", "deprecated.*https://api-sandbox.straitsx.com/v1"),
        ("production", "https://xfers.io/api", "deprecated.*https://api.straitsx.com/v1"),
        ("production", "https://www.xfers.io/api", "deprecated"),
        ("production", "http://api.straitsx.com/v1", "plain http"),
        ("production", "http://gateway.example/v1", "plain http"),
        ("production", "http://127.0.0.1.nip.example/v1", "plain http"),
        ("production", "http://10.0.0.1/v1", "plain http"),
        ("production", "https://user:word@api.straitsx.com/v1", "no user name or password"),
        ("production", "https://user@api.straitsx.com/v1", "no user name or password"),
        ("production", "https://@api.straitsx.com/v1", "no user name or password"),
        ("production", "https://api.straitsx.com/v1?key=1", r"without \? or #"),
        ("production", "https://api.straitsx.com/v1#x", r"without \? or #"),
        ("production", "https://api.straitsx.com/v1?", r"without \? or #"),
        ("production", "api.straitsx.com/v1", "this is no address"),
        ("production", "ftp://api.straitsx.com/v1", "this is no address"),
        ("production", "https:///v1", "this is no address"),
        ("production", "https://api.straitsx.com:99999/v1", "this is no address"),
        ("production", "https://[api/v1", "this is no address"),
        ("production", "https://api.straitsx .com/v1", "this is no address"),
        ("production", "https://api.straitsx.com/v1\nx", "this is no address"),
    ],
)
def test_an_address_that_is_refused_says_why(env: str, base_url: str | None, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence) as raised:
        resolve_target(env, base_url, "gateway.example")
    assert "word" not in str(raised.value).replace("password", "")


@given(
    st.sampled_from(["local", "sandbox", "production"]),
    st.text(max_size=40) | st.text(max_size=20).map("https://{}".format),
)
def test_any_address_is_resolved_or_refused(env: str, base_url: str) -> None:
    try:
        target = resolve_target(env, base_url)
    except UsageError:
        return
    assert target.base_url.startswith(("https://", "http://"))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost", "api.localhost"])
def test_this_machine_is_known(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["127.0.0.1.example", "localhost.example", "10.0.0.1", "0.0.0.0", "api.straitsx.com", ""]
)
def test_other_machines_are_known(host: str) -> None:
    assert not is_loopback(host)


def test_a_fingerprint_tells_keys_apart_and_nothing_of_them() -> None:
    first, second = key_fingerprint("made-up-key-0001"), key_fingerprint("made-up-key-0002")
    assert re.fullmatch(r"[0-9a-f]{8}", first)
    assert first != second
    assert first == key_fingerprint("made-up-key-0001")


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, None),
        ({"https_proxy": "http://proxy.example:3128"}, "http://proxy.example:3128"),
        ({"HTTPS_PROXY": "proxy.example:3128"}, "http://proxy.example:3128"),
        ({"all_proxy": "http://proxy.example"}, "http://proxy.example"),
        ({"http_proxy": "http://proxy.example"}, None),
        ({"https_proxy": "http://proxy.example", "no_proxy": "straitsx.com"}, None),
        ({"https_proxy": "http://proxy.example", "no_proxy": "*"}, None),
        ({"https_proxy": "http://proxy.example", "no_proxy": "other.example"}, "http://proxy.example"),
    ],
)
def test_the_environments_proxy_is_found(
    no_proxies: pytest.MonkeyPatch, variables: dict[str, str], expected: str | None
) -> None:
    for name, text in variables.items():
        no_proxies.setenv(name, text)
    assert expected == find_proxy("https://api.straitsx.com/v1")


def test_this_machine_is_never_reached_through_a_proxy(no_proxies: pytest.MonkeyPatch) -> None:
    no_proxies.setenv("http_proxy", "http://proxy.example")
    assert find_proxy("http://127.0.0.1:8080/v1") is None


def test_a_proxy_of_a_kind_that_is_not_supported_is_named(no_proxies: pytest.MonkeyPatch) -> None:
    no_proxies.setenv("all_proxy", "socks5://proxy.example:1080")
    with pytest.raises(UsageError, match="socks5 proxy"):
        find_proxy("https://api.straitsx.com/v1")


@pytest.mark.parametrize(
    "proxy",
    [
        "http://u:word@[bad",
        "http://u:word@h.example:notaport",
        "http://u:word@:1",
        "http://h.example:0",
        "http://u:word@h\x01",
    ],
)
def test_a_proxy_that_is_no_address_is_refused_without_its_password(no_proxies: pytest.MonkeyPatch, proxy: str) -> None:
    no_proxies.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(UsageError, match="is no address: write HTTPS_PROXY like") as refused:
        find_proxy("https://api.straitsx.com/v1")
    assert "word" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://proxy.example:3128", "http://proxy.example:3128"),
        ("http://user:word@proxy.example:3128", "http://***@proxy.example:3128"),
        ("http://user:w@rd@proxy.example/path?x", "http://***@proxy.example"),
    ],
)
def test_a_proxys_password_is_never_shown(url: str, expected: str) -> None:
    assert expected == mask_proxy(url)


@pytest.mark.parametrize("api_key", ["", "key\n", "two words", "schlüssel", "key\x00"])
def test_a_key_that_no_header_takes_is_refused_without_being_shown(api_key: str) -> None:
    with pytest.raises(UsageError, match="X_XFERS_APP_API_KEY") as raised:
        ClientSettings("https://api.straitsx.com/v1", api_key)
    assert not api_key or api_key not in str(raised.value)


def test_settings_do_not_show_the_key() -> None:
    assert "made-up-key" not in repr(ClientSettings("https://api.straitsx.com/v1", "made-up-key-0001"))
