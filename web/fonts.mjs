// The book's typefaces: cut to the characters a book in English with Greek letters needs, and to the
// weights and optical sizes its styles use.  What the faces lack (∇ ≈ ⋆ …) comes from KaTeX's own font,
// which every stack names next.
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import subset from "subset-font";

const SERIF = { family: "Source Serif 4", package: "source-serif-4", file: "wght", name: "serif", axes: { wght: { min: 400, max: 700 } }, weight: "400 700" };
const DISPLAY = { ...SERIF, family: "Source Serif 4 Display", file: "opsz", name: "display", axes: { wght: 400, opsz: 48 }, weight: "400" };
const SANS = { family: "Source Sans 3", package: "source-sans-3", file: "wght", name: "sans", axes: { wght: { min: 400, max: 700 } }, weight: "400 700" };
const MONO = { family: "Source Code Pro", package: "source-code-pro", file: "wght", name: "mono", axes: { wght: { min: 400, max: 600 } }, weight: "400 600" };

const FACES = [
  { ...SERIF, style: "normal" },
  { ...SERIF, style: "italic" },
  { ...DISPLAY, style: "normal" },
  { ...SANS, style: "normal" },
  { ...SANS, style: "italic" },
  { ...MONO, style: "normal" },
];

const range = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const points = (text) => Array.from(text, (c) => c.codePointAt(0));
const WANTED = {
  latin: [...range(0x20, 0x7e), ...range(0xa0, 0xff), ...points("–—‘’“”„†‡•…′″‹›⁄€™−ıŒœˆ˜¯̄̂⁰⁴⁵⁶⁷⁸⁹⁺⁻ⁿ₀₁₂₃₄₅₆₇₈₉")],
  "latin-ext": range(0x100, 0x17f),
  greek: [...range(0x391, 0x3a9), ...range(0x3b1, 0x3c9), ...points("ϑϕϵ")],
};

const hex = (n) => n.toString(16).toUpperCase().padStart(4, "0");

/** `U+20-7E,U+A0` from a list of code points. */
function unicodeRange(list) {
  const sorted = [...new Set(list)].sort((a, b) => a - b);
  const runs = [];
  for (const n of sorted) {
    const last = runs.at(-1);
    if (last && n === last[1] + 1) last[1] = n;
    else runs.push([n, n]);
  }
  return runs.map(([a, b]) => (a === b ? `U+${hex(a)}` : `U+${hex(a)}-${hex(b)}`)).join(",");
}

const name = (face, part) => `${face.name}-${part}${face.style === "italic" ? "-italic" : ""}.woff2`;

// What most machines have, stretched to the width and line of the face that is still on its way, so that nothing
// moves when it arrives: [family, style, local faces, width ratio, ascent, descent].
const TIMES = ["Times New Roman", "Liberation Serif", "Tinos", "Times"];
const TIMES_ITALIC = ["Times New Roman Italic", "Liberation Serif Italic", "Tinos Italic", "Times Italic"];
const ARIAL = ["Arial", "Liberation Sans", "Arimo", "Helvetica"];
const COURIER = ["Courier New", "Liberation Mono", "Cousine", "Menlo Regular", "DejaVu Sans Mono"];
const STAND_INS = [
  ["Source Serif 4 Stand-in", "normal", TIMES, 1.184, 1.036, 0.335],
  ["Source Serif 4 Stand-in", "italic", TIMES_ITALIC, 1.118, 1.036, 0.335],
  ["Source Serif 4 Display Stand-in", "normal", TIMES, 1.04, 1.036, 0.335],
  ["Source Sans 3 Stand-in", "normal", ARIAL, 0.939, 1.024, 0.4],
  ["Source Code Pro Stand-in", "normal", COURIER, 1, 0.984, 0.273],
];

const percent = (x) => `${(100 * x).toFixed(1)}%`;

function standIns() {
  return STAND_INS.map(
    ([family, style, local, width, ascent, descent]) => `@font-face {
  font-family: "${family}"; font-style: ${style}; src: ${local.map((name) => `local("${name}")`).join(", ")};
  size-adjust: ${percent(width)}; ascent-override: ${percent(ascent / width)}; descent-override: ${percent(descent / width)}; line-gap-override: 0%;
  unicode-range: U+0020-017F, U+2010-2026;
}`,
  );
}

/** `@font-face` rules for `rlgeo.css`, with addresses relative to it. */
export function css() {
  const own = FACES.flatMap((face) =>
    Object.entries(WANTED).map(
      ([part, wanted]) => `@font-face {
  font-family: "${face.family}"; font-style: ${face.style}; font-weight: ${face.weight}; font-display: swap;
  src: url("./fonts/${name(face, part)}") format("woff2");
  unicode-range: ${unicodeRange(wanted)};
}`,
    ),
  );
  return [...own, ...standIns()].join("\n");
}

/** Write the subset files into `folder`. */
export async function write(folder, modules) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await Promise.all(
    FACES.flatMap((face) =>
      Object.entries(WANTED).map(async ([part, wanted]) => {
        const source = path.join(modules, "@fontsource-variable", face.package, "files", `${face.package}-${part}-${face.file}-${face.style}.woff2`);
        const cut = await subset(await readFile(source), String.fromCodePoint(...wanted), { targetFormat: "woff2", variationAxes: face.axes });
        await writeFile(path.join(folder, name(face, part)), cut);
      }),
    ),
  );
}
