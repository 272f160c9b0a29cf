"""python -m skyvern_ui.sandbox --port 0: prints {"url", "api_key"} on one line when it listens."""

from gevent import monkey

monkey.patch_all(ssl=False)  # it speaks plain HTTP, and the package above has imported ssl

import argparse  # noqa: E402
import json  # noqa: E402
import os  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402

import gevent  # noqa: E402
from gevent.socket import wait_read  # noqa: E402

from skyvern_ui.sandbox import create_sandbox, words  # noqa: E402
from skyvern_ui.sandbox.hooks import Hooks  # noqa: E402
from skyvern_ui.sandbox.listening import Server  # noqa: E402
from skyvern_ui.sandbox.world import World, random_key  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description="A simulated Skyvern on 127.0.0.1.", epilog=words.__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--key", default=os.environ.get("SANDBOX_KEY"), help="random when absent")
    parser.add_argument("--run-seconds", type=float, default=8.0, help="how long a run's work takes")
    parser.add_argument("--empty", action="store_true", help="begin without workflows and runs")
    parser.add_argument("--runs", type=int, default=0, help="so many finished runs besides")
    parser.add_argument("--test-hooks", action="store_true", help="answer what hooks.py names")
    parser.add_argument("--until-eof", action="store_true", help="end when standard input does: with who started it")
    wish = parser.parse_args()
    world = World(wish.key or random_key(), run_seconds=wish.run_seconds)
    app = create_sandbox(world, seeded=not wish.empty, runs_besides=wish.runs)
    server = Server(wish.port, app, world, Hooks(app, world) if wish.test_hooks else None)
    server.start()
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, sys.exit, 0)
    if wish.until_eof:
        gevent.spawn(end_with_input)
    print(json.dumps({"url": f"http://127.0.0.1:{server.server_port}", "api_key": world.key}), flush=True)
    server.serve_forever()


def end_with_input() -> None:
    wait_read(sys.stdin.fileno())
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
