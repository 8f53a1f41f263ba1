// Bundle the browser sources into the Quarto extension's `dist/`, the one place both renderers take them from.
// Inputs made by Python (colors, traced mathematics) lie in `generated/`; `prebuild.py` writes them.
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { createHash } from "node:crypto";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build, transform } from "esbuild";
import { asFunction } from "./lab/traced.js";

const here = path.dirname(fileURLToPath(import.meta.url));
const dist = path.join(here, "..", "_extensions", "rlgeo", "dist");
const modules = path.join(here, "node_modules");
const generated = path.join(here, "generated");
const traced = path.join(generated, "rlgeo.js");
const TARGET = ["chrome110", "firefox115", "safari16.4"];

const theme = JSON.parse(await readFile(path.join(generated, "theme.json"), "utf8"));

/** `--rl-policy: #…;` for every palette entry of one color scheme. */
const variables = (scheme) =>
  [`color-scheme: ${scheme};`, ...Object.entries(theme.palette).map(([name, value]) => `--rl-${name}: ${value[scheme]};`)].join(" ");

const themeCss = `:root { ${variables("light")} }
:root[data-theme="dark"], body.quarto-dark { ${variables("dark")} }
@media (prefers-color-scheme: dark) { :root.rl-page:not([data-theme]) { ${variables("dark")} } }
@media print { :root, :root[data-theme="dark"], body.quarto-dark { ${variables("light")} } }`;

const sheets = {
  "rlgeo:theme.css": () => themeCss,
  "rlgeo:fonts.css": async () => (await import("./fonts.mjs")).css(),
};

const virtual = {
  name: "virtual-css",
  setup(build) {
    build.onResolve({ filter: /^rlgeo:/ }, ({ path }) => ({ path, namespace: "rlgeo" }));
    build.onLoad({ filter: /.*/, namespace: "rlgeo" }, async ({ path }) => ({
      contents: await sheets[path](),
      loader: "css",
    }));
    // What styles a chapter's content on our own page styles it on Quarto's, whose main element is named otherwise.
    build.onLoad({ filter: /styles[\\/](content|code|print)\.css$/ }, async ({ path }) => ({
      contents: (await readFile(path, "utf8")).replace(/(?<![\w-])\.rl-body(?![\w-])/g, ":is(.rl-body, main.content)"),
      loader: "css",
    }));
  },
};

/** `import source from "worker:./worker.js"`: a bundled script as text, because a page opened from a file may start a worker only from a blob. */
const workers = {
  name: "workers",
  setup(hook) {
    hook.onResolve({ filter: /^worker:/ }, ({ path: name, resolveDir }) => ({ path: path.join(resolveDir, name.slice("worker:".length)), namespace: "worker" }));
    hook.onLoad({ filter: /.*/, namespace: "worker" }, async ({ path: file }) => {
      const { outputFiles, metafile } = await build({ ...common, entryPoints: [file], write: false, format: "iife" });
      note(metafile);
      return { contents: outputFiles[0].text, loader: "text" };
    });
  },
};

/** The traced module, put in its place by `contents`. */
const tracedAs = (contents) => ({
  name: "traced",
  setup(hook) {
    hook.onLoad({ filter: /generated[\\/]rlgeo\.js$/ }, async () => ({ contents: await contents(), loader: "js" }));
  },
});

/**
 * The traced module as a function of the runtime. A value keeps its name, in fewer signs, from function to function: those
 * that repeat each other compress, with names of their own they would not.
 */
async function tracedFunction() {
  const text = asFunction(await readFile(traced, "utf8"));
  const short = text.replace(/\b(t|each)(\d+)\b/g, (_, kind, place) => (kind === "t" ? "$" : "_") + Number(place).toString(36));
  const { code } = await transform(`made=${short}`, { minifyWhitespace: true, minifySyntax: true, target: TARGET });
  return code.trim().replace(/^made=/, "").replace(/;$/, "");
}

/** Of the traced module what the race runs; of the loops, the bundler leaves out those that none of it needs. */
async function tracedForRace() {
  const { core, methods, metadata } = await import(pathToFileURL(traced));
  const text = await readFile(traced, "utf8");
  const of = (functions, names) => `{ ${names.map((name) => functions[name]).join(", ")} }`;
  const six = metadata.compared;
  const rules = six.map((name) => `${JSON.stringify(name)}: ${of(methods[name], ["lifetime", "noise", "draw", "step"])}`);
  const { experiment, presets, compared } = metadata;
  const parameters = Object.fromEntries(six.map((name) => [name, { parameters: metadata.methods[name].parameters }]));
  return `${text.slice(0, text.indexOf("export const core"))}
export const core = ${of(core, ["clamp", "gradient", "landscape", "optimum"])};
export const methods = { ${rules.join(", ")} };
export const metadata = ${JSON.stringify({ experiment, presets, compared, methods: parameters })};`;
}

/**
 * What workers run is one function in the lab's script: the page calls it, too, and hands its text to its workers.
 * `modules` are those that it returns: file → name.
 */
async function kernel() {
  const { metafile } = await build({ ...common, entryPoints: [path.join(here, "lab", "worker.js")], write: false });
  const modules = new Map(Object.keys(metafile.inputs).map((file) => [path.resolve(file), path.parse(file).name]));
  const contents = [...modules].map(([file, name]) => `export * as ${name} from ${JSON.stringify(file)};`).join("\n");
  const placed = tracedAs(() => 'import * as np from "../lab/runtime.js";\nexport const { core, methods, metadata } = RLGEO_TRACED({ ...np });');
  const { outputFiles } = await build({ ...common, stdin: { contents, resolveDir: here }, write: false, format: "iife", globalName: "kernel", plugins: [placed] });
  const body = await tracedFunction();
  return { modules, text: `() => {\n${outputFiles[0].text.replace("RLGEO_TRACED", () => `(${body})`)}\nreturn kernel;\n}` };
}

/** The page's side of it: its modules are imported as ever. */
const kernelModules = (modules) => ({
  name: "kernel",
  setup(hook) {
    hook.onResolve({ filter: /^\.\.?\// }, ({ path: name, resolveDir }) => {
      const found = modules.get(path.resolve(resolveDir, name));
      return found && { path: found, namespace: "kernel" };
    });
    hook.onResolve({ filter: /^rlgeo:kernel$/ }, () => ({ path: "rlgeo:kernel", namespace: "kernel" }));
    hook.onLoad({ filter: /.*/, namespace: "kernel" }, ({ path: name }) => ({
      contents: name === "rlgeo:kernel" ? "exports.kernel = RLGEO_KERNEL; exports.modules = exports.kernel();" : `module.exports = require("rlgeo:kernel").modules.${name};`,
    }));
  },
});

const common = { bundle: true, minify: true, target: TARGET, legalComments: "none", logLevel: "warning", metafile: true };

/** The packages of which the site holds something; those that are copied whole, and what the bundles turn out to hold. */
const shipped = new Set(["katex", "plotly.js-cartesian-dist-min", ...Object.keys(JSON.parse(await readFile(path.join(here, "package.json"), "utf8")).dependencies).filter((name) => name.startsWith("@fontsource"))]);

function note({ inputs }) {
  for (const file of Object.keys(inputs)) {
    const found = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file);
    if (found) shipped.add(found[1]);
  }
}

/** Everything that is shipped goes with its license. */
async function licenses() {
  const folder = path.join(dist, "licenses");
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const name of shipped) {
    const files = (await readdir(path.join(modules, name))).filter((file) => /^licen[cs]e/i.test(file));
    if (!files.length) throw new Error(`${name} comes without a license`);
    const texts = await Promise.all(files.map((file) => readFile(path.join(modules, name, file), "utf8")));
    await writeFile(path.join(folder, `${name.replace("@", "").replace("/", "-")}.txt`), texts.join("\n"));
  }
}

/** What readers are told of Python's size before they ask for it; where Python was not made, no script speaks of it. */
const sizes = path.join(dist, "python", "sizes.json");
const withSizes = {
  name: "sizes",
  setup(hook) {
    hook.onResolve({ filter: /^rlgeo:sizes$/ }, () => ({ path: sizes }));
  },
};

/** The lab's experiments without what only tests ask of them. */
const experiments = {
  name: "experiments",
  setup(hook) {
    hook.onLoad({ filter: /experiments\.json$/ }, async ({ path: file }) => ({
      contents: JSON.stringify(JSON.parse(await readFile(file, "utf8")).map(({ check, ...shown }) => shown)),
      loader: "json",
    }));
  },
};

async function scripts() {
  const entries = { rlgeo: "index.js", boot: "boot.js", search: "page/engine.js" };
  if (existsSync(sizes)) Object.assign(entries, { python: "python/start.js", edit: "python/edit.js" });
  for (const name of existsSync(sizes) ? [] : ["python.js", "edit.js", "edit.css"]) await rm(path.join(dist, name), { force: true });
  const bundles = (entries, plugins = [], options = {}) =>
    build({
      ...common,
      entryPoints: Object.fromEntries(Object.entries(entries).map(([out, file]) => [out, path.join(here, file)])),
      outdir: dist,
      format: "iife",
      loader: { ".json": "json" },
      plugins: [workers, withSizes, ...plugins],
      ...options,
    });
  const whole = await kernel();
  const results = await Promise.all([
    bundles(entries),
    bundles({ race: "race/index.js" }, [tracedAs(tracedForRace)]),
    bundles({ lab: "lab/index.js" }, [kernelModules(whole.modules), experiments], { write: false }),
    build({
      ...common,
      entryPoints: { rlgeo: path.join(here, "styles", "index.css"), ...(existsSync(sizes) ? { edit: path.join(here, "python", "edit.css") } : {}) },
      outdir: dist,
      external: ["./fonts/*"],
      plugins: [virtual],
    }),
    build({
      ...common,
      entryPoints: { "katex-render": path.join(here, "katex-render.js") },
      outdir: dist,
      outExtension: { ".js": ".cjs" },
      platform: "node",
      target: "node18",
      format: "cjs",
    }),
  ]);
  for (const { metafile, outputFiles = [] } of results) {
    note(metafile);
    for (const file of outputFiles) await writeFile(file.path, file.text.replace("RLGEO_KERNEL", () => whole.text));
  }
  await licenses();
}

async function katex() {
  const source = path.join(modules, "katex", "dist");
  const css = await readFile(path.join(source, "katex.min.css"), "utf8");
  const woff2 = css.replace(/,url\([^)]*\.(?:woff|ttf)\) format\("(?:woff|truetype)"\)/g, "");
  await mkdir(path.join(dist, "katex", "fonts"), { recursive: true });
  await writeFile(path.join(dist, "katex", "katex.css"), woff2);
  for (const file of await readdir(path.join(source, "fonts")))
    if (file.endsWith(".woff2")) await cp(path.join(source, "fonts", file), path.join(dist, "katex", "fonts", file));
}

async function plotly() {
  const source = await readFile(path.join(modules, "plotly.js-cartesian-dist-min", "plotly-cartesian.min.js"), "utf8");
  const { code } = await transform(source, { minify: true, target: TARGET, legalComments: "none" });
  await writeFile(path.join(dist, "plotly.js"), code);
}

/** Cutting fonts takes seconds, so it is repeated only when its script or the typefaces change. */
async function fonts() {
  const lock = JSON.parse(await readFile(path.join(here, "package-lock.json"), "utf8")).packages;
  const versions = Object.entries(lock).filter(([name]) => /fontsource|subset-font/.test(name)).map(([name, { version }]) => name + version);
  const key = createHash("sha256").update(await readFile(path.join(here, "fonts.mjs"))).update(versions.join()).digest("hex");
  const stamp = path.join(generated, "fonts.stamp");
  const folder = path.join(dist, "fonts");
  if (existsSync(folder) && existsSync(stamp) && (await readFile(stamp, "utf8")) === key) return;
  await rm(stamp, { force: true });
  await (await import("./fonts.mjs")).write(folder, modules);
  await writeFile(stamp, key);
}

/** The favicon is the book in one sign: reference and policy on one axis. */
function favicon() {
  const bell = (center, width, height) =>
    Array.from({ length: 33 }, (_, i) => {
      const x = 2 + (28 * i) / 32;
      return `${x.toFixed(1)},${(25 - height * Math.exp(-((x - center) ** 2) / (2 * width ** 2))).toFixed(1)}`;
    }).join(" ");
  const { paper, reference, policy } = theme.palette;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="6" fill="${paper.light}"/><g fill="none" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round"><polyline stroke="${reference.light}" stroke-opacity=".55" points="${bell(12, 6, 10)}"/><polyline stroke="${policy.light}" points="${bell(20, 3.4, 19)}"/></g></svg>`;
}

await mkdir(dist, { recursive: true });
await Promise.all([
  scripts(),
  katex(),
  fonts(),
  plotly(),
  writeFile(path.join(dist, "favicon.svg"), favicon()),
]);
