"""Fetch the vendored front-end files by `npm pack`, at exact versions, and write the manifest.

Run from anywhere: `python skyvern_ui/static/vendor/vendor.py` refreshes the files,
`python skyvern_ui/static/vendor/vendor.py --check` only compares what is here with the manifest.
A refresh fails when a file of an already recorded package and version comes back with other bytes.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
STATIC = HERE.parent
MANIFEST = HERE / "manifest.json"


class Package(NamedTuple):
    name: str
    version: str
    licence: str
    files: tuple[str, ...]
    trees: tuple[str, ...] = ()  # folders taken whole, in their own places, because their files import each other

    @property
    def folder(self) -> str:
        return f"{self.name.rpartition('/')[2]}-{self.version}"


PACKAGES = (
    Package("htmx.org", "2.0.10", "0BSD", ("dist/htmx.min.js", "LICENSE")),
    Package("idiomorph", "0.8.0", "0BSD", ("dist/idiomorph-ext.min.js", "LICENSE")),
    Package("lucide-static", "1.62.0", "ISC", ("LICENSE",)),
    Package("sortablejs", "1.15.7", "MIT", ("Sortable.min.js", "LICENSE")),
    Package("@novnc/novnc", "1.7.0", "MPL-2.0", ("LICENSE.txt", "docs/LICENSE.MPL-2.0"),
            ("core", "vendor/pako/lib", "vendor/pako/LICENSE")),
)

ICONS = tuple((HERE / "icons.txt").read_text().split())


def fetch(package: Package, into: Path) -> Path:
    """Unpack one package with npm and return its folder."""
    spec = f"{package.name}@{package.version}"
    answer = subprocess.run(
        ["npm", "pack", "--json", spec], cwd=into, check=True, capture_output=True, text=True
    )
    archive = into / json.loads(answer.stdout)[0]["filename"]
    folder = into / package.folder
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return folder / "package"


def sprite(icons: Path) -> str:
    """One SVG of symbols, made from the named Lucide icons."""
    symbols = []
    for name in ICONS:
        text = (icons / f"{name}.svg").read_text()
        match = re.search(r"<svg[^>]*>(.*)</svg>", text, re.DOTALL)
        assert match, name
        body = re.sub(r"\s+", " ", match[1]).replace("> <", "><").strip()
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{body}</symbol>')
    note = "<!-- Lucide icons, ISC License; see vendor/lucide-static-1.62.0/LICENSE -->"
    return f'{note}\n<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def entry(path: Path, package: Package) -> dict[str, str]:
    return {
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "licence": package.licence,
        "source": f"{package.name}@{package.version}",
    }


def refresh() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for package in PACKAGES:
            source = fetch(package, Path(scratch))
            target = HERE / package.folder
            target.mkdir(exist_ok=True)
            for name in package.files:
                path = target / Path(name).name
                path.write_bytes((source / name).read_bytes())
                found[path.relative_to(STATIC).as_posix()] = entry(path, package)
            for name in package.trees:
                for file in sorted(source.glob(f"{name}/**/*.js")) or [source / name]:
                    path = target / file.relative_to(source)
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(file.read_bytes())
                    found[path.relative_to(STATIC).as_posix()] = entry(path, package)
            if package.name == "lucide-static":
                path = STATIC / "icons.svg"
                path.write_text(sprite(source / "icons"))
                found["icons.svg"] = entry(path, package)
    return found


def check() -> list[str]:
    """Names of manifest entries whose file is missing or differs."""
    recorded: dict[str, dict[str, str]] = json.loads(MANIFEST.read_text())
    wrong = []
    for name, facts in recorded.items():
        path = STATIC / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != facts["sha256"]:
            wrong.append(name)
    return wrong


def main() -> int:
    if "--check" in sys.argv[1:]:
        wrong = check()
        print("\n".join(f"differs: {name}" for name in wrong) or "all vendored files match the manifest")
        return 1 if wrong else 0
    before = json.loads(MANIFEST.read_text()) if MANIFEST.exists() else {}
    after = refresh()
    for name, facts in after.items():
        old = before.get(name)
        same_source = old is not None and old["source"] == facts["source"] and name != "icons.svg"
        if old is not None and same_source and old["sha256"] != facts["sha256"]:
            print(f"{name}: {facts['source']} came back with other bytes; manifest left alone")
            return 1
    MANIFEST.write_text(json.dumps(after, indent=2, sort_keys=True) + "\n")
    print(f"{len(after)} files recorded")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
