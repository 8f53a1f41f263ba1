// Node program of the book's math filter: a JSON array of formulas in, a JSON array of HTML or errors out.
//   [{"tex": "x^2", "display": true, "tag": "1.1"}]  ->  [{"html": "<span …>"}]  or  [{"error": "…"}]
import { readFileSync } from "node:fs";
import katex from "katex";

/** Be as strict as LaTeX where a formula would silently look wrong, lenient where it would not. */
const strict = (code) => (code === "unknownSymbol" || code === "htmlExtension" ? "error" : "ignore");

/** KaTeX writes \min as two elements, a name and "apply function"; below a letter, say, there may be only one. */
const grouped = (html) => html.replace(/(<mi(?: mathvariant="normal")?>[^<]+<\/mi>)(<mo>\u2061<\/mo>)/g, "<mrow>$1$2</mrow>");

function render({ tex, display = false, tag = null }) {
  try {
    const source = tag === null || tag === "" ? tex : `${tex}\\tag{${tag}}`;
    return { html: grouped(katex.renderToString(source, { displayMode: display, output: "htmlAndMathml", throwOnError: true, strict })) };
  } catch (error) {
    return { error: String(error.message).replace(/^KaTeX parse error:\s*/, "") };
  }
}

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(render)));
