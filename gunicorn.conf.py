"""gunicorn: gevent workers, no trust in forwarded headers, sockets told before they are cut.

Everything here runs before the worker is monkey-patched, so only the standard library may be imported at the top.
"""

import json
import os
import subprocess
import sys

bind = f"{os.environ.get('HOST') or '127.0.0.1'}:{os.environ.get('PORT') or 3000}"
workers = int(os.environ.get("WEB_CONCURRENCY") or 1)
worker_class = "gevent"
worker_connections = 4000
keepalive = 4
timeout = 30
graceful_timeout = 30
backlog = 2048
forwarded_allow_ips = ""
forwarder_headers = ""
header_map = "drop"
limit_request_line = 8190
limit_request_fields = 100
limit_request_field_size = 8190
accesslog = None
errorlog = "-"
loglevel = "warning"
proc_name = "skyvern-ui"
control_socket_disable = True
_sandbox = None


def on_starting(server):
    """Checks the settings, brings the database up to date and starts the sandbox, before any worker."""
    done = subprocess.run([sys.executable, "-m", "skyvern_ui", "prepare"], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(done.returncode)
    if json.loads(done.stdout.splitlines()[-1])["sandbox"] and "SKYVERN_UI_SANDBOX" not in os.environ:
        _start_sandbox()


def _start_sandbox():
    global _sandbox
    _sandbox = subprocess.Popen([sys.executable, "-m", "skyvern_ui.sandbox", "--port", "0", "--until-eof"],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    found = json.loads(_sandbox.stdout.readline())
    os.environ["SKYVERN_UI_SANDBOX"] = json.dumps({"url": found["url"], "key": found["api_key"]})


def on_exit(server):
    if _sandbox is not None:
        _sandbox.terminate()
        _sandbox.wait(5)


def post_worker_init(worker):
    """From here on the worker is patched and the application is loaded."""
    from skyvern_ui.housekeeping import start

    start(worker)


def child_exit(server, worker):
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)
