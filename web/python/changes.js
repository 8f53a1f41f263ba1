// What a reader has changed in texts: as hunks, as a patch for `git apply`, as a few characters for a link.

const lines = (text) => text.split("\n");

/** Pairs of equal lines, as many as can be: the longest common subsequence. */
function common(before, after) {
  const [n, m] = [before.length, after.length];
  const longest = Array.from({ length: n + 1 }, () => new Uint16Array(m + 1));
  for (let i = n - 1; i >= 0; i--) {
    for (let j = m - 1; j >= 0; j--) longest[i][j] = before[i] === after[j] ? longest[i + 1][j + 1] + 1 : Math.max(longest[i + 1][j], longest[i][j + 1]);
  }
  const pairs = [];
  for (let i = 0, j = 0; i < n && j < m; ) {
    if (before[i] === after[j]) pairs.push([i++, j++]);
    else if (longest[i + 1][j] >= longest[i][j + 1]) i++;
    else j++;
  }
  return pairs;
}

/** [[line, number of lines taken away, lines put there]], lines of `before` counted from 0. */
export function hunks(before, after) {
  const [a, b] = [lines(before), lines(after)];
  const found = [];
  let [i, j] = [0, 0];
  for (const [p, q] of [...common(a, b), [a.length, b.length]]) {
    if (p > i || q > j) found.push([i, p - i, b.slice(j, q)]);
    [i, j] = [p + 1, q + 1];
  }
  return found;
}

/** The text that `hunks` turned `before` into. */
export function applied(before, changes) {
  const text = lines(before);
  for (const [at, count, put] of [...changes].reverse()) text.splice(at, count, ...put);
  return text.join("\n");
}

const CONTEXT = 3;

/** A file's changes as one hunk of a unified diff. Texts end with a newline, as files of Python do. */
function filePatch(path, before, after) {
  const ended = (text) => (text === "" || text.endsWith("\n") ? text : `${text}\n`);
  const old = before === null ? [] : lines(ended(before)).slice(0, -1);
  const changes = before === null ? [[0, 0, lines(ended(after)).slice(0, -1)]] : hunks(old.join("\n"), lines(ended(after)).slice(0, -1).join("\n"));
  const first = Math.max(0, changes[0][0] - CONTEXT);
  const [at, count] = changes.at(-1);
  const last = Math.min(old.length, at + count + CONTEXT);
  const body = [];
  let place = first;
  for (const [from, taken, put] of changes) {
    body.push(...old.slice(place, from).map((line) => ` ${line}`), ...old.slice(from, from + taken).map((line) => `-${line}`), ...put.map((line) => `+${line}`));
    place = from + taken;
  }
  body.push(...old.slice(place, last).map((line) => ` ${line}`));
  const length = (sign) => body.filter((line) => line[0] !== sign).length;
  const range = (from, size) => `${size ? from + 1 : from},${size}`;
  const head = before === null ? ["new file mode 100644", "--- /dev/null"] : [`--- a/${path}`];
  return [`diff --git a/${path} b/${path}`, ...head, `+++ b/${path}`, `@@ -${range(first, length("+"))} +${range(first, length("-"))} @@`, ...body].join("\n");
}

/** {path: text} against {path: text}: a patch that `git apply` takes; new files are those that `book` lacks. */
export function patch(book, changed) {
  return Object.entries(changed)
    .filter(([path, text]) => text !== book[path])
    .map(([path, text]) => `${filePatch(path, book[path] ?? null, text)}\n`)
    .join("");
}

const through = (bytes, stream) => new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer();

/** A number that another text hardly has (FNV-1a). */
function sum(text) {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  return value;
}

/** The same as a few letters that may stand in an address; "" where nothing is changed. */
export async function told(book, changed) {
  const parts = Object.entries(changed)
    .filter(([path, text]) => text !== book[path])
    .map(([path, text]) => [path, sum(book[path] ?? ""), hunks(book[path] ?? "", text)]);
  if (!parts.length) return "";
  const bytes = new Uint8Array(await through(JSON.stringify(parts), new CompressionStream("deflate-raw")));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

const PATH = /^rlgeo\/[a-z]+\/[a-z_]+\.py$/;

/** {path: text} from those letters. Throws where they are broken, or were made for other files than the book's present ones. */
export async function heard(book, letters) {
  const bytes = Uint8Array.from(atob(letters.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  const parts = JSON.parse(new TextDecoder().decode(await through(bytes, new DecompressionStream("deflate-raw"))));
  return Object.fromEntries(
    parts.map(([path, made, changes]) => {
      if (!PATH.test(path)) throw new Error(`${path} is no file of rlgeo`);
      if (made !== sum(book[path] ?? "")) throw new Error(`it was made for another version of ${path}`);
      return [path, applied(book[path] ?? "", changes)];
    }),
  );
}
