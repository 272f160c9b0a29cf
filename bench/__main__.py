"""`python -m bench [--write] [part …]`: starts everything itself, prints the figures, ends within four minutes.

Parts: proxy, artifact, viewers, pages, runs, editor, gateway, ledger. With --write the table in docs/performance.md is
renewed.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from skyvern_ui.sandbox.examples import ORDER
from tests.real.litellm import ALIAS, MASTER_KEY, running_litellm
from tests.real.litellm import installed as litellm_installed
from tests.sandbox_server import running_sandbox
from tests.support.databases import PostgresTemplate, SqliteTemplate
from tests.support.postgres import binaries, running_postgres
from tests.support.programs import CHAT
from tests.workflows.editor.documents import many as blocks

from . import report
from .artifact import measure_artifact
from .editor import FEW as FEW_BLOCKS
from .editor import MANY as MANY_BLOCKS
from .editor import measure_editor
from .gateway import CHARGED, IN_FRONT, LITELLM, STRAIGHT, UNCHARGED, measure_gateway
from .house import KEY, House, open_house
from .ledger import FEW, MANY, fill, measure_ledger
from .pages import measure_pages
from .process import running, running_nginx
from .program import BODY, MODELS, Door, enrolled, upstream_settings
from .proxy import OURS, PATH, Doors, measure_proxy
from .result import Result
from .runs import MANY_ACTIONS, MANY_RUNS, measure_runs
from .viewers import SESSIONS, measure_viewers


def proxy(folder: Path) -> list[Result]:
    with ExitStack() as open_ones:
        upstream = open_ones.enter_context(running("upstream"))
        bare = open_ones.enter_context(running("passthrough", str(upstream)))
        doors: Doors = {"upstream": (upstream, PATH, ""), "bare gevent": (bare, PATH, "")}
        if nginx := _nginx(open_ones, upstream, folder):
            doors["nginx"] = (nginx, PATH, "")
        house = _house_on_sqlite(open_ones, upstream, folder)
        doors["Skyvern UI on SQLite"] = (house.port, OURS, house.cookies[0])
        if binaries() is not None:
            (folder / "pg").mkdir()
            server = open_ones.enter_context(running_postgres())
            database = open_ones.enter_context(PostgresTemplate(server, folder / "pg").fresh(folder / "pg"))
            house = open_ones.enter_context(open_house(database, folder / "pg", upstream))
            doors["Skyvern UI on PostgreSQL"] = (house.port, OURS, house.cookies[0])
        return measure_proxy(doors)


def artifact(folder: Path) -> list[Result]:
    with ExitStack() as open_ones:
        upstream = open_ones.enter_context(running("upstream"))
        house = _house_on_sqlite(open_ones, upstream, folder)
        nginx = _nginx(open_ones, upstream, folder)
        return measure_artifact(nginx, house.port, house.cookies[0], house.worker)


def viewers(folder: Path) -> list[Result]:
    with ExitStack() as open_ones:
        upstream = open_ones.enter_context(running("upstream"))
        return measure_viewers(_house_on_sqlite(open_ones, upstream, folder, sessions=SESSIONS), upstream)


def pages(folder: Path) -> list[Result]:
    with ExitStack() as open_ones:
        sandbox = open_ones.enter_context(running_sandbox(seeded=True))
        upstream = open_ones.enter_context(running("upstream", "--behind", sandbox.url, "--key", sandbox.key))
        return measure_pages(_house_on_sqlite(open_ones, upstream, folder, key=sandbox.key))


def runs(folder: Path) -> list[Result]:
    with ExitStack() as open_ones:
        houses = []
        for count in (10, MANY_RUNS):
            own = folder / str(count)
            own.mkdir()
            sandbox = open_ones.enter_context(running_sandbox(runs=count))
            upstream = open_ones.enter_context(running("upstream", "--behind", sandbox.url, "--key", sandbox.key))
            houses.append(_house_on_sqlite(open_ones, upstream, own, key=sandbox.key))
        workflow = sandbox.workflow(ORDER)
        small, large = (sandbox.run_workflow(workflow, title=f"Order lamps [{count}]") for count in (10, MANY_ACTIONS))
        return measure_runs(houses[0], houses[1], small, large)


def editor(folder: Path) -> list[Result]:
    with ExitStack() as open_ones:
        sandbox = open_ones.enter_context(running_sandbox())
        small, large = (sandbox.workflow(blocks(count)) for count in (FEW_BLOCKS, MANY_BLOCKS))
        upstream = open_ones.enter_context(running("upstream", "--behind", sandbox.url, "--key", sandbox.key))
        return measure_editor(_house_on_sqlite(open_ones, upstream, folder, key=sandbox.key), small, large)


def gateway(folder: Path) -> list[Result]:
    with ExitStack() as open_ones:
        upstream = open_ones.enter_context(running("upstream"))
        doors = {STRAIGHT: Door(upstream, "/v1/chat/completions", body=BODY)}
        databases = _databases(open_ones, folder)
        for name, database in databases.items():
            _, key = enrolled(database, folder)
            house = open_ones.enter_context(open_house(database, folder, upstream, **upstream_settings(upstream)))
            doors[f"{name}, {CHARGED}"] = Door(house.port, CHAT, key, BODY)
            doors[f"{name}, {UNCHARGED}"] = Door(house.port, MODELS, key)
        if litellm_installed():
            model = f"http://127.0.0.1:{upstream}/v1"
            real = open_ones.enter_context(running_litellm(folder / "litellm", model_url=model))
            port, body = int(real.root.rpartition(":")[2]), BODY.replace('"m"', f'"{ALIAS}"')
            doors[LITELLM] = Door(port, "/v1/chat/completions", MASTER_KEY, body)
            database = open_ones.enter_context(SqliteTemplate(folder / "litellm").fresh(folder / "litellm"))
            _, key = enrolled(database, folder / "litellm")
            house = open_ones.enter_context(open_house(database, folder / "litellm", upstream,
                                                       **upstream_settings(port, MASTER_KEY)))
            doors[IN_FRONT] = Door(house.port, CHAT, key, body)
        return measure_gateway(doors, list(databases))


def ledger(folder: Path) -> list[Result]:
    with ExitStack() as open_ones:
        upstream = open_ones.enter_context(running("upstream"))
        houses: dict[str, list[tuple[int, str]]] = {}
        for movements in (FEW, MANY):
            own = folder / str(movements)
            for name, database in _databases(open_ones, own).items():
                org_id, key = enrolled(database, own)
                fill(database, own, org_id, movements)
                house = open_ones.enter_context(open_house(database, own, upstream, **upstream_settings(upstream)))
                houses.setdefault(name, []).append((house.port, key))
        return measure_ledger({name: (few, many) for name, (few, many) in houses.items()})


PARTS: dict[str, Callable[[Path], list[Result]]] = {
    "proxy": proxy, "artifact": artifact, "viewers": viewers, "pages": pages, "runs": runs,
    "editor": editor, "gateway": gateway, "ledger": ledger,
}


def _nginx(open_ones: ExitStack, upstream: int, folder: Path) -> int | None:
    nginx = shutil.which("nginx")
    return open_ones.enter_context(running_nginx(nginx, upstream, folder / "nginx")) if nginx else None


def _house_on_sqlite(open_ones: ExitStack, upstream: int, folder: Path, *, key: str = KEY, sessions: int = 1) -> House:
    database = open_ones.enter_context(SqliteTemplate(folder).fresh(folder))
    return open_ones.enter_context(open_house(database, folder, upstream, key, sessions))


def _databases(open_ones: ExitStack, folder: Path) -> dict[str, str]:
    """A migrated database of each kind that this machine has, by name."""
    folder.mkdir(exist_ok=True)
    found = {"SQLite": open_ones.enter_context(SqliteTemplate(folder).fresh(folder))}
    if binaries() is not None:
        server = open_ones.enter_context(running_postgres())
        found["PostgreSQL"] = open_ones.enter_context(PostgresTemplate(server, folder).fresh(folder))
    return found


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m bench")
    arguments.add_argument("parts", nargs="*", metavar="part", help=", ".join(PARTS))
    arguments.add_argument("--write", action="store_true")
    chosen = arguments.parse_args()
    if unknown := set(chosen.parts) - set(PARTS):
        arguments.error(f"no such part: {', '.join(unknown)}")
    if chosen.write and chosen.parts:
        arguments.error("--write needs all parts")
    measured: dict[str, list[Result]] = {}
    for name in chosen.parts or PARTS:
        with tempfile.TemporaryDirectory() as folder:
            measured[name] = PARTS[name](Path(folder))
        print(*map(report.line, measured[name]), sep="\n", flush=True)
    if chosen.write:
        report.write(measured)
    return 0


if __name__ == "__main__":
    sys.exit(main())
