"""Artifacts by URL: one strict gate, one resolution, a checked address."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skyvern_ui.relay.addresses import is_own, is_public
from skyvern_ui.relay.artifact_file import FileServer
from skyvern_ui.relay.dial import trust
from skyvern_ui.relay.origins import Origins, Place
from skyvern_ui.skyvern import errors
from tests.relay.fault_server import FaultServer, answering, ok, read_request

SECRET = b"s" * 32
BUCKET = "https://bkt.s3.amazonaws.com/x"


@pytest.mark.parametrize(
    "url",
    [
        "https://bkt.s3.amazonaws.com/a/b.png?X-Amz-Algorithm=AWS4&X-Amz-Signature=ab%2Fc%3D",
        "https://bkt.s3.us-east-1.amazonaws.com/x",
        "https://bkt.s3-eu-west-1.amazonaws.com/x",
        "https://bkt.s3.dualstack.us-gov-west-1.amazonaws.com/x",
        "https://s3.ap-southeast-2.amazonaws.com/bkt/x",
        "https://my.dotted.bucket.s3.amazonaws.com/x",
        "https://bkt.s3-accelerate.amazonaws.com/x",
        "https://photos-123456789012.s3-accesspoint.eu-west-1.amazonaws.com/x",
        "https://bkt.s3.cn-north-1.amazonaws.com.cn/x",
        "https://0123456789abcdef0123456789abcdef.r2.cloudflarestorage.com/bkt/x",
        "https://bkt.0123456789abcdef0123456789abcdef.eu.r2.cloudflarestorage.com/x",
        "https://storage.googleapis.com/bkt/x?X-Goog-Signature=1",
        "https://bkt.storage.googleapis.com/x",
        "https://account1.blob.core.windows.net/c/b?sv=1&sig=a%2Bb%3D",
        "https://account1.z22.blob.storage.azure.net/c/b",
        "HTTPS://BKT.S3.AMAZONAWS.COM/x",
        "https://bkt.s3.amazonaws.com:443/x",
        "https://files.example.org/x?a=b?c",
    ],
)
def test_storage_is_allowed_and_its_target_is_kept_byte_for_byte(url: str) -> None:
    place = Origins(extra_hosts=["files.example.org"]).judge(url)
    assert (place.scheme, place.port, place.is_own) == ("https", 443, False)
    assert url.endswith(place.target) and place.host == place.host.lower()


REFUSED = [
    # Suffixes and look-alikes.
    "https://evilamazonaws.com/", "https://amazonaws.com.evil.test/", "https://s3.amazonaws.com.evil.test/",
    "https://xblob.core.windows.net/", "https://amazonaws.com/", "https://blob.core.windows.net/",
    "https://a.b.blob.core.windows.net/x", "https://evil-storage.googleapis.com/x", "https://r2.dev/x",
    # Userinfo and what parsers disagree on.
    "https://bkt.s3.amazonaws.com@127.0.0.9/", "https://bkt.s3.amazonaws.com:443@127.0.0.9/",
    "https://u:p@bkt.s3.amazonaws.com/", "https://a.b@c@bkt.s3.amazonaws.com/",
    "http://127.0.0.9\\@bkt.s3.amazonaws.com/x", "https://bkt.s3.amazonaws.com\\@127.0.0.9/",
    "https://127.0.0.9#@bkt.s3.amazonaws.com/", "https://127.0.0.9?@bkt.s3.amazonaws.com/",
    "https://127.0.0.9%2f.s3.amazonaws.com/", "https://127.0.0.9;.s3.amazonaws.com/",
    # Characters.
    "https://bkt.s3.amazonaws.com\t.evil.test/", " " + BUCKET, BUCKET + " ", BUCKET + "\n", BUCKET + "\r\nX: y",
    "https://bkt%00.s3.amazonaws.com/", "https://bkt\u00ad.s3.amazonaws.com/", "https://bkt\u200b.s3.amazonaws.com/",
    "https://bkt\u3002s3\u3002amazonaws\u3002com/", "https://\uff42kt.s3.amazonaws.com/",
    "https://bkt.s3.amazonaws.\u0441om/", BUCKET + "\u00e9", BUCKET + "%", BUCKET + "%zz", BUCKET + "#f", BUCKET + "^",
    # Dots, case, length.
    "https://bkt.s3.amazonaws.com./x", f"https://{'a' * 250}.s3.amazonaws.com/",
    f"https://{'a' * 64}.s3.amazonaws.com/",
    "https://a..s3.amazonaws.com/", "https://-a.s3.amazonaws.com/", "https://.s3.amazonaws.com/x",
    "https://bkt.s3.amazonaws.com/../x", "https://bkt.s3.amazonaws.com/a/%2e%2E/x",
    "https://bkt.s3.amazonaws.com/a/..?x",
    BUCKET + "a" * 8000,
    # Schemes.
    "http://bkt.s3.amazonaws.com/", "ftp://bkt.s3.amazonaws.com/", "file:///etc/passwd", "gopher://bkt.s3.amazonaws.com/",
    "data:text/plain,x", "//bkt.s3.amazonaws.com/", "https:bkt.s3.amazonaws.com/", "https:///bkt.s3.amazonaws.com/",
    "javascript:alert(1)", "", "https://bkt.s3.amazonaws.com",
    # Ports.
    *(f"https://bkt.s3.amazonaws.com:{port}/" for port in ("22", "80", "0", "65536", "+443", "\u0664", "", "0443")),
    # Addresses.
    "https://127.0.0.9/", "https://2130706441/", "https://0x7f000009/", "https://0177.0.0.011/", "https://127.9/",
    "https://0/", "https://[::1]/", "https://[::ffff:127.0.0.9]/", "https://[64:ff9b::7f00:9]/", "https://[fe80::1%25lo]/",
    "https://\u2460\u2461\u2466.0.0.9/", "http://169.254.169.254/", "http://[fd00:ec2::254]/", "http://168.63.129.16/",
    # Amazon, but not storage.
    "https://ec2-1-2-3-4.compute-1.amazonaws.com/", "https://internal-x.us-east-1.elb.amazonaws.com/",
    "https://abc.execute-api.us-east-1.amazonaws.com/", "https://sts.amazonaws.com/", "https://lambda.us-east-1.amazonaws.com/",
    "https://metadata.s3.evil.amazonaws.com.cn/", "https://s3.evil.amazonaws.com/",
    # Loopback.
    "http://localhost:5432/", "http://127.0.0.1:9090/artifact/image?path=/data/artifacts/x.png", "http://localhost:9091/",
    "http://localhost:9090/artifact/image?path=/data/artifacts/x.png", "https://localhost:9090/",
]  # fmt: skip


@pytest.mark.parametrize("url", REFUSED)
def test_everything_else_is_refused(url: str) -> None:
    origins = Origins(extra_hosts=["files.example.org"], files=FileServer("http://localhost:9090", SECRET))
    with pytest.raises(errors.Blocked):
        origins.judge(url)


@given(st.text(alphabet="htps:/.@\\#?%;amzonws3bkt.c0129[]\t\n \u3002", max_size=60))
@settings(max_examples=500, deadline=None)
def test_no_text_gets_through_unless_it_names_a_storage_host(text: str) -> None:
    origins = Origins()
    for url in (text, "https://" + text, "https://bkt.s3.amazonaws.com" + text):
        try:
            place = origins.judge(url)
        except errors.Blocked:
            continue
        assert place.host.endswith((".s3.amazonaws.com", "s3.amazonaws.com"))
        assert url.lower().startswith(f"https://{place.host}") and not {"\\", "#", " ", "\t"} & set(url)


@pytest.mark.parametrize("address", ["8.8.8.8", "52.216.1.1", "2600:1f18::1", "2a00:1450:4001::1", "100.63.0.1"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address) and not is_own(address)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.1", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.9", "169.254.169.254", "172.16.0.1",
        "192.0.0.8", "192.168.1.1", "192.88.99.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
        "168.63.129.16", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1",
        "64:ff9b:1::1", "2002:7f00:1::", "2001::1", "2001:db8::1", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1",
        "fd00:ec2::254", "ff02::1", "5f00::1", "3fff::1", "100::1", "nonsense", "2130706433", "127.1", "",
    ],
)  # fmt: skip
def test_addresses_of_the_inside_are_not_public(address: str) -> None:
    assert not is_public(address)


@given(st.ip_addresses(v=4))
def test_nothing_public_is_called_private_by_the_standard_library(address: ipaddress.IPv4Address) -> None:
    if is_public(str(address)):
        assert address.is_global and not address.is_multicast


def named(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Every lookup gets the next of `answers`; returns the log of names asked for."""
    asked: list[str] = []

    def getaddrinfo(host: str, port: int, *args: object, **options: object) -> list[tuple[object, ...]]:
        asked.append(host)
        found = answers[min(len(asked), len(answers)) - 1]
        return [(2, 1, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


@pytest.mark.parametrize(
    "answer",
    [["127.0.0.9"], ["10.0.0.1"], ["169.254.169.254"], ["::1"], ["fd00::1"], ["100.64.0.1"], ["8.8.8.8", "127.0.0.9"]],
)
def test_an_allowed_name_that_leads_inside_is_refused(monkeypatch: pytest.MonkeyPatch, answer: list[str]) -> None:
    named(monkeypatch, answer)
    with pytest.raises(errors.Blocked) as caught:
        Origins().fetch(Origins().judge(BUCKET))
    assert caught.value.code == "artifact_blocked_address"


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for the bucket's name, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "bkt.s3.amazonaws.com")])
    now = datetime.now(UTC)
    cert = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("bkt.s3.amazonaws.com")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    chain, private = tmp_path / "cert.pem", tmp_path / "key.pem"
    chain.write_bytes(cert.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return chain, private


@pytest.fixture
def storage(certificate: tuple[Path, Path]) -> Iterator[FaultServer]:
    """A TLS server that holds the bucket's certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)

    def script(conn: socket.socket, number: int) -> None:
        with context.wrap_socket(conn, server_side=True) as secure:
            server.requests.append(read_request(secure))
            secure.sendall(ok(b"bytes", "content-type: image/png"))

    with FaultServer(script) as server:
        yield server


def reach(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    """Let the pinned connection to 8.8.8.8:443 end at a loopback port; anything else fails."""
    connect = socket.socket.connect

    def to_loopback(sock: socket.socket, address: tuple[str, int]) -> None:
        assert address[:2] == ("8.8.8.8", 443), address
        connect(sock, ("127.0.0.1", port))

    monkeypatch.setattr(socket.socket, "connect", to_loopback)


def test_one_lookup_and_the_checked_address_with_the_name_proven(
    monkeypatch: pytest.MonkeyPatch, certificate: tuple[Path, Path], storage: FaultServer
) -> None:
    asked = named(monkeypatch, ["8.8.8.8"], ["127.0.0.9"])
    reach(monkeypatch, storage.port)
    origins = Origins(context=trust(str(certificate[0])))
    client = [("Range", "bytes=0-9"), ("Cookie", "s=1"), ("Authorization", "x"), ("x-api-key", "k"), ("Host", "evil")]
    answer = origins.fetch(origins.judge(BUCKET + "?sig=%2b%2B"), client, first_byte=5, total=5)
    assert answer.read(100) == b"bytes"
    assert asked == ["bkt.s3.amazonaws.com"]
    assert storage.requests[0] == (
        b"GET /x?sig=%2b%2B HTTP/1.1\r\nhost: bkt.s3.amazonaws.com\r\nrange: bytes=0-9\r\n"
        b"accept: */*\r\naccept-encoding: identity\r\n\r\n"
    )


def test_a_certificate_for_another_name_is_not_accepted(
    monkeypatch: pytest.MonkeyPatch, certificate: tuple[Path, Path], storage: FaultServer
) -> None:
    named(monkeypatch, ["8.8.8.8"])
    reach(monkeypatch, storage.port)
    origins = Origins(context=trust(str(certificate[0])))
    with pytest.raises(errors.Unreachable):
        origins.fetch(origins.judge("https://other.s3.amazonaws.com/x"), first_byte=5, total=5)
    assert not storage.requests


def test_the_configured_file_server_gives_only_signed_paths() -> None:
    with answering(ok(b"film", "content-type: video/mp4")) as server:
        files = FileServer(f"http://127.0.0.1:{server.port}", SECRET)
        origins = Origins(files=files)
        url = files.url_of("recording", "/data/videos/a b/\u00fc.webm")
        place = origins.judge(url, files.sign_path(url))
        assert origins.fetch(place, first_byte=5, total=5).read(100) == b"film"
        assert b"GET /artifact/recording?path=/data/videos/a%20b/%C3%BC.webm HTTP/1.1\r\n" in server.requests[0]
        assert b"range: bytes=0-\r\n" in server.requests[0]
        other = files.url_of("recording", "/data/videos/b.webm")
        for bad in (None, "", "x", files.sign_path(other), files.sign_path(url, seconds=-5), "1.2", "\u0661.x"):
            with pytest.raises(errors.Blocked):
                origins.judge(url, bad)
        with pytest.raises(errors.Blocked):
            FileServer(files.origin, b"t" * 32).verify(url, files.sign_path(url))
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    "target",
    [
        "/artifact/text?path=/etc/passwd", "/artifact/image?path=../../.env",
        "/artifact/json?path=/app/.skyvern/credentials.toml",
        "/artifact/text?path=/data/artifacts/../../etc/passwd.txt",
        "/artifact/text?path=/data/artifacts/%2e%2e/%2e%2e/etc/x.txt", "/artifact/text?path=/data/artifacts//x.txt",
        "/artifact/text?path=/data/artifacts/x.txt&path=/etc/passwd", "/artifact/text?path[]=/data/artifacts/x.txt",
        "/artifact/text?path=/data/artifacts/x.txt%00", "/artifact/text?path=/data/artifacts/a%5c..%5cx.txt",
        "/artifact/text?path=/data/artifactsx/x.txt", "/artifact/image?path=/data/artifacts/x.txt",
        "/artifact/other?path=/data/artifacts/x.txt", "/artifact/text", "/",
        "/artifact/text?path=/data/artifacts/+.txt",
        "/artifact/text?path=/data/artifacts/%ff.txt", "/artifact/text?path=/data/artifacts/x.txt#",
    ],
)  # fmt: skip
def test_a_signature_does_not_open_any_other_path(target: str) -> None:
    files = FileServer("http://localhost:9090", SECRET)
    url = files.origin + target
    with pytest.raises(errors.Blocked):
        Origins(files=files).judge(url, files.sign_path(url))


def test_a_redirect_of_the_file_server_is_not_followed() -> None:
    with answering(b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.9:1/\r\ncontent-length: 0\r\n\r\n") as server:
        files = FileServer(f"http://127.0.0.1:{server.port}", SECRET)
        url = files.url_of("image", "/data/artifacts/a.png")
        origins = Origins(files=files, limit=1)
        for _ in range(3):
            with pytest.raises(errors.Redirected):
                origins.fetch(origins.judge(url, files.sign_path(url)), first_byte=5, total=5)
        assert len(server.requests) == 3


def test_a_public_name_may_not_stand_for_the_file_server_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    named(monkeypatch, ["169.254.169.254"])
    with pytest.raises(errors.Blocked):
        Origins().fetch(Place("http", "files.inside", 9090, "/artifact/image?path=/data/artifacts/a", True, "image"))
