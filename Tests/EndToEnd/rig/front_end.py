"""TypeScript without npm: Debian's compiler and React, and the Vue that a Python package has in it."""

import importlib.util
import json
import pathlib
import shutil
import subprocess

from webserver_files import ROOT

REACT = pathlib.Path("/usr/share/nodejs")
SCRIPTS = {
    "react": [REACT / "react/umd/react.production.min.js", REACT / "react-dom/umd/react-dom.production.min.js"],
    # trame-client serves it to its own users.
    "vue": [pathlib.Path(importlib.util.find_spec("trame_client").origin).parent / "module/vue3-www/vue.global.js"],
}
# What the examples import, as modules around those scripts.
MODULES = {
    "react": {
        "react": "export const { createContext, useContext, useEffect, useState } = React;",
        "react-dom/client": "export const { createRoot } = ReactDOM;",
    },
    "vue": {
        "vue": "export const { createApp, h, reactive, ref } = Vue;",
        # No package of Debian or PyPI has Pinia. As much of it as the store and the page use:
        "pinia": """
            import { reactive } from "vue";
            export const createPinia = () => ({ install() {} });
            export function defineStore(id, { state, actions }) {
              let store;
              return () => {
                if (store) return store;
                store = reactive({ ...state(), $patch: (change) => Object.assign(store, change) });
                for (const [name, action] of Object.entries(actions)) store[name] = action.bind(store);
                return store;
              };
            }""",
    },
}


def compile(folder: pathlib.Path, sources: list[pathlib.Path], target: pathlib.Path | None, **options: object) -> None:
    """Has TypeScript check the sources, and write JavaScript to `target`; fails with what it complains about."""
    configuration = folder / "tsconfig.json"
    every = {"target": "es2021", "module": "es2020", "moduleResolution": "node", "types": [], "noEmit": target is None}
    if target is not None:
        every |= {"outDir": str(target)}
    configuration.write_text(
        json.dumps({"compilerOptions": every | options, "files": [str(source) for source in sources]})
    )
    done = subprocess.run(["tsc", "-p", configuration], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def build(example: str, folder: pathlib.Path, www: pathlib.Path) -> None:
    """Compiles an example, as it is, and puts it into a document root in `example`/."""
    source = ROOT / "examples" / example
    target = www / example
    main = next(source.glob("main.ts*"))
    if example == "react":
        # Its types come with Debian's packages.
        types = str(REACT / "@types")
        compile(folder, [main], target, jsx="react", allowUmdGlobalAccess=True, baseUrl=types, skipLibCheck=True)
    else:
        unknown = folder / "unknown.d.ts"
        unknown.write_text("declare module 'vue';\ndeclare module 'pinia';\n")
        compile(folder, [main, unknown], target)
    imports = {}
    for number, (name, text) in enumerate(MODULES[example].items()):
        (target / f"module-{number}.js").write_text(text)
        imports[name] = f"./module-{number}.js"
    for script in SCRIPTS[example]:
        shutil.copy(script, target)
    head = "".join(f'<script src="{script.name}"></script>\n' for script in SCRIPTS[example])
    head += f'<script type="importmap">{json.dumps({"imports": imports})}</script>\n'
    page = (source / "index.html").read_text()
    module = f'<script type="module" src="/{main.name}"></script>'
    assert module in page
    (target / "index.html").write_text(page.replace(module, head + '<script type="module" src="main.js"></script>'))
