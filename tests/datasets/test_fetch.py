"""Downloading, against a server on the loopback interface."""

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.error import URLError

import pytest

from sklearn_makemore.datasets import _fetch, fetch_names

GOOD = b"emma\nolivia\nava"


@pytest.fixture
def server(monkeypatch, loopback):
    """Serve `replies` in turn: bytes to send, an HTTP status, or a number of bytes to cut at."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            httpd.n_requests += 1
            reply = httpd.replies.pop(0) if len(httpd.replies) > 1 else httpd.replies[0]
            if isinstance(reply, int) and reply >= 400:
                self.send_error(reply)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(GOOD)))
            self.end_headers()
            self.wfile.write(GOOD[:reply] if isinstance(reply, int) else reply)

        def log_message(self, *arguments):
            pass

    httpd = HTTPServer(("127.0.0.1", 0), Handler)
    httpd.replies, httpd.n_requests = [GOOD], 0
    thread = threading.Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setattr(_fetch, "URL", f"http://127.0.0.1:{httpd.server_port}/names.txt")
    monkeypatch.setattr(_fetch, "SHA256", hashlib.sha256(GOOD).hexdigest())
    yield httpd
    httpd.shutdown()
    httpd.server_close()
    thread.join()


def test_the_file_is_downloaded_once(server, tmp_path):
    names = fetch_names(data_home=tmp_path)
    assert names.data.tolist() == ["emma", "olivia", "ava"]
    assert names.data.dtype == object
    assert names.filename == str(tmp_path / "makemore_names.txt")
    assert "makemore lectures" in names.DESCR
    again = fetch_names(data_home=tmp_path, download_if_missing=False, as_frame=True)
    assert again.frame["name"].tolist() == ["emma", "olivia", "ava"]
    assert again.data is not None
    assert server.n_requests == 1


def test_the_data_home_is_scikit_learns(server, tmp_path, monkeypatch):
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path / "home"))
    fetch_names()
    assert (tmp_path / "home" / "makemore_names.txt").read_bytes() == GOOD


@pytest.mark.filterwarnings("ignore:Retry downloading")
def test_failures_are_retried(server, tmp_path):
    server.replies = [503, 5, GOOD]
    assert len(fetch_names(data_home=tmp_path, delay=0).data) == 3
    assert server.n_requests == 3


@pytest.mark.filterwarnings("ignore:Retry downloading")
@pytest.mark.parametrize("reply", [404, 5, b"emma\nolivia\nevi"])
def test_a_failed_download_leaves_nothing_behind(server, tmp_path, reply):
    server.replies = [reply]
    with pytest.raises((URLError, OSError)):
        fetch_names(data_home=tmp_path, n_retries=1, delay=0)
    assert list(tmp_path.iterdir()) == []


def test_a_bad_file_is_refused_and_kept(server, tmp_path):
    path = tmp_path / "makemore_names.txt"
    path.write_bytes(b"emma")
    with pytest.raises(OSError, match=r"makemore_names\.txt is not the file of the lectures"):
        fetch_names(data_home=tmp_path)
    assert path.read_bytes() == b"emma"
    assert server.n_requests == 0


def test_a_missing_file_may_be_forbidden_to_download(server, tmp_path):
    with pytest.raises(OSError, match="download_if_missing=False"):
        fetch_names(data_home=tmp_path, download_if_missing=False)
    assert server.n_requests == 0
    assert list(tmp_path.iterdir()) == []


def test_the_real_file(names, tmp_path):
    path = tmp_path / "makemore_names.txt"
    path.write_text("\n".join(names), encoding="ascii")
    assert hashlib.sha256(path.read_bytes()).hexdigest() == _fetch.SHA256
    fetched = fetch_names(data_home=tmp_path, download_if_missing=False)
    assert len(fetched.data) == 32_033
