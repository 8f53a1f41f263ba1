// The page's side of Python: fetched once, started in a worker, asked, stopped.
import source from "worker:./worker.js";
import sizes from "rlgeo:sizes";

/** What the click fetches, and what is fetched when a module is imported that the image does not hold. */
export const BYTES = sizes.start;
export const LIBRARY = `the rest of Python’s library, ${(sizes.library / 1e6).toFixed(1)} MB`;
const LEFT_OUT = "This needs a part of a package that was left out of the page's Python to make it small. Python has been started again.";
const FOR_SERVERS = "This copy of the book was made for a server: its pages cannot run Python when they are opened from a file.";
const FROM_FILE = location.protocol === "file:";

/** The compressed bytes of an asset as a stream; `count` hears how many have come. */
async function asset(base, name, count) {
  if (FROM_FILE) {
    const bytes = await carried(base, name);
    count(bytes.size);
    return bytes.stream();
  }
  const answer = await fetch(base + name);
  if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
  const counting = new TransformStream({
    transform(piece, onward) {
      count(piece.length);
      onward.enqueue(piece);
    },
  });
  return answer.body.pipeThrough(counting);
}

/** An asset's bytes from the script that carries them, where the page may not fetch; the browser holds them, not the page. */
async function carried(base, name) {
  const script = document.createElement("script");
  await new Promise((resolve, reject) => {
    Object.assign(script, { src: `${base}${name}.js`, onload: resolve, onerror: () => reject(Object.assign(new Error(`${name}.js is not there`), { said: FOR_SERVERS })) });
    document.head.append(script);
  });
  script.remove();
  const text = globalThis.rlgeoCarried[name];
  delete globalThis.rlgeoCarried[name];
  return new Blob([Uint8Array.fromBase64 ? Uint8Array.fromBase64(text) : Uint8Array.from(atob(text), (c) => c.charCodeAt(0))]);
}

const unzipped = (stream) => stream.pipeThrough(new DecompressionStream("gzip"));

export class Session {
  /**
   * @param base   where the files lie
   * @param onCome (bytes, of) => void, while they are fetched
   */
  constructor(base, onCome = () => {}) {
    Object.assign(this, { base, onCome, waiting: new Map(), next: 0, onRenew: [], onBegin: [] });
  }

  async start() {
    let come = 0;
    const compressed = (name) => asset(this.base, name, (bytes) => this.onCome((come += bytes), BYTES));
    const program = async () => {
      const typed = { headers: { "content-type": "application/wasm" } };
      return WebAssembly.compileStreaming(new Response(unzipped(await compressed("python.wasm.gz")), typed));
    };
    // the image stays compressed, outside the page's memory: it is unpacked into Python's own at every start
    const [module, image, files] = await Promise.all([
      program(),
      compressed("image.gz").then((stream) => new Response(stream).blob()),
      compressed("book.gz").then((stream) => new Response(unzipped(stream)).json()),
    ]);
    this.files = files;
    this.given = { module, image, files, library: null, libraryUrl: new URL(`${this.base}library.zip`, location.href).href };
    await this.#begin();
    if (FROM_FILE) this.shelved = this.#shelve();
    return this;
  }

  async #begin() {
    this.url ??= URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    this.worker = new Worker(this.url);
    this.worker.onmessage = ({ data }) => this.#hear(data);
    try {
      this.memory = await this.#call("start", this.given);
    } catch (error) {
      if (/memory|allocat/i.test(error.message)) error.said = "This device has not enough memory to spare for Python; the page is as it was.";
      throw error;
    }
  }

  #hear({ id, value, error, dead, told }) {
    const { resolve, reject, onTold } = this.waiting.get(id);
    if (told) return onTold?.(told);
    this.waiting.delete(id);
    if (error === undefined) resolve(value);
    else if (dead) this.stop(`${LEFT_OUT} (${error})`).then(() => reject(new Error(`${LEFT_OUT} (${error})`)));
    else reject(new Error(error));
  }

  #call(call, given, onTold) {
    const id = this.next++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject, onTold });
      this.worker.postMessage({ id, call, given });
    });
  }

  /** A worker cannot ask a page that was opened from a file for the library: it gets it beforehand. */
  async #shelve() {
    const library = (this.given.library = await carried(this.base, "library.zip"));
    await this.#call("shelve", { library });
  }

  /** The answer of a function of the Python package `inside`, by its name there; `onTold` hears what is told before it. */
  async ask(name, value, onTold) {
    await this.shelved;
    return this.#call("ask", { name, value }, onTold);
  }

  /** End whatever runs, and begin again from the image: nothing of what has run is left. */
  async stop(why = "stopped") {
    this.worker.terminate();
    const given = [...this.waiting.values()];
    this.waiting.clear();
    for (const { reject } of given) reject(new Error(why));
    await this.#begin();
    for (const again of this.onBegin) again();
  }
}

/** Why Python cannot run in this browser, in a sentence; null where it can. */
export function obstacle() {
  // a function with a block that catches exceptions as of WebAssembly 3.0
  const catching = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 13, 1, 11, 0, 2, 64, 31, 64, 1, 2, 0, 11, 11, 11);
  if (typeof WebAssembly !== "object") return "This browser has no WebAssembly, or the page may not use it, so Python cannot run here.";
  if (!WebAssembly.validate(catching)) return "Python needs a newer browser here, one with WebAssembly exceptions: Chrome or Edge 137, Firefox 131, Safari 18.4, or later.";
  if (typeof DecompressionStream !== "function") return "This browser cannot unpack what Python is fetched as.";
  return null;
}
