// Bundle the browser sources into the Quarto extension's `dist/`, the one place both renderers take them from.
// Inputs made by Python (colors, traced mathematics) lie in `generated/`; `prebuild.py` writes them.
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { createHash } from "node:crypto";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { asFunction } from "./lab/traced.js";

const here = path.dirname(fileURLToPath(import.meta.url));
const dist = path.join(here, "..", "_extensions", "rlgeo", "dist");
const TRACED = /generated[\\/]rlgeo\.js$/;
const modules = path.join(here, "node_modules");
const generated = path.join(here, "generated");
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

/** The traced module as a function, which pages hand to their workers as text: a lab's script holds it once. */
const traced = (contents) => ({
  name: "traced",
  setup(hook) {
    const begun = 'import * as runtime from "../lab/runtime.js";\nconst np = { ...runtime };\n';
    hook.onLoad({ filter: TRACED }, async ({ path: file }) => ({ contents: begun + (await contents(file)), loader: "js" }));
  },
});
const tracedHere = traced(async (file) => `export const make = ${asFunction(await readFile(file, "utf8"))};\nexport const { core, methods, metadata } = make(np);`);
const tracedBefore = traced(() => "export const { core, methods, metadata } = self.rlgeoMake(np);");

/** `import source from "worker:./worker.js"`: a bundled script as text, because a page opened from a file may start a worker only from a blob. */
const workers = {
  name: "workers",
  setup(hook) {
    hook.onResolve({ filter: /^worker:/ }, ({ path: name, resolveDir }) => ({ path: path.join(resolveDir, name.slice("worker:".length)), namespace: "worker" }));
    hook.onLoad({ filter: /.*/, namespace: "worker" }, async ({ path: file }) => {
      const { outputFiles, metafile } = await build({ ...common, entryPoints: [file], write: false, format: "iife", plugins: [tracedBefore] });
      note(metafile);
      return { contents: outputFiles[0].text, loader: "text" };
    });
  },
};

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

async function scripts() {
  const entries = { rlgeo: "index.js", boot: "boot.js", race: "race/index.js" };
  if (existsSync(sizes)) Object.assign(entries, { python: "python/start.js", edit: "python/edit.js" });
  for (const name of existsSync(sizes) ? [] : ["python.js", "edit.js", "edit.css"]) await rm(path.join(dist, name), { force: true });
  const bundles = (entries, ...plugins) =>
    build({
      ...common,
      entryPoints: Object.fromEntries(Object.entries(entries).map(([out, file]) => [out, path.join(here, file)])),
      outdir: dist,
      format: "iife",
      loader: { ".json": "json" },
      plugins: [workers, withSizes, ...plugins],
    });
  const results = await Promise.all([
    bundles(entries),
    bundles({ lab: "lab/index.js" }, tracedHere),
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
  for (const { metafile } of results) note(metafile);
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
  cp(path.join(modules, "plotly.js-cartesian-dist-min", "plotly-cartesian.min.js"), path.join(dist, "plotly.js")),
  writeFile(path.join(dist, "favicon.svg"), favicon()),
]);
