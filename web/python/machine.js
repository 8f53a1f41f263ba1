// CPython with NumPy as one WebAssembly program: its files, and one long conversation with it.
//
// The program is a WASI reactor: `_initialize` starts Python, and each `turn(address, length)` runs a text of
// statements in `__main__`. What they print is the answer; a line that begins with TOLD is meant for whoever waits for it.
import { ConsoleStdout, Directory, File, OpenFile, PreopenDirectory, WASI } from "@bjorn3/browser_wasi_shim";

const NO_SYSTEM_CALL = 52;
const VARIABLES = ["TMPDIR=/tmp", "HOME=/home", "PYTHONTZPATH=", "PYTHONDONTWRITEBYTECODE=1", "PYTHONHASHSEED=0", "NO_COLOR=1"];
const TOLD = "\u0001";
const encoder = new TextEncoder();

/** A file whose bytes are asked for when they are first read. */
class LateFile extends File {
  constructor(load) {
    super([], { readonly: true });
    let bytes = null;
    Object.defineProperty(this, "data", { get: () => (bytes ??= load()), set() {} });
  }
}

const folder = (tree) => new Directory(new Map(Object.entries(tree).map(([name, x]) => [name, x instanceof File ? x : folder(x)])));

/** {path: text} as nested folders below `at`. */
function planted(at, files) {
  for (const [path, text] of Object.entries(files)) {
    const parts = path.split("/");
    let place = at;
    for (const part of parts.slice(0, -1)) place = place[part] ??= {};
    place[parts.at(-1)] = new File(encoder.encode(text));
  }
  return at;
}

export class Machine {
  /**
   * @param module   the WebAssembly.Module
   * @param library  () => Uint8Array, the zip of compiled modules, asked for when first read
   * @param files    {path: text}, the sources below /book
   * @param calls    system calls that stand in for the shim's
   */
  constructor(module, library, files, calls = {}) {
    Object.assign(this, { module, out: "", err: "" });
    const decoders = { out: new TextDecoder(), err: new TextDecoder() };
    const listen = (name) => new ConsoleStdout((bytes) => this.#take(name, decoders[name].decode(bytes, { stream: true })));
    const zip = new PreopenDirectory("/usr/local/lib", new Map([["python315.zip", new LateFile(library)]]));
    const root = folder({ tmp: {}, home: {}, usr: { local: { lib: {} } }, book: planted({}, files) });
    this.wasi = new WASI(["python"], VARIABLES, [new OpenFile(new File([])), listen("out"), listen("err"), zip, new PreopenDirectory("/", root.contents)], { debug: false });
    this.calls = { ...this.wasi.wasiImport, ...calls };
  }

  async boot() {
    const system = new Proxy(this.calls, { get: (calls, name) => calls[name] ?? (() => NO_SYSTEM_CALL) });
    this.instance = await WebAssembly.instantiate(this.module, { wasi_snapshot_preview1: system, host: { call: () => -1 } });
    this.wasi.inst = this.instance;
    this.memory = this.instance.exports.memory;
    return this;
  }

  begin() {
    this.instance.exports._initialize();
  }

  #take(name, text) {
    this[name] += text;
    if (name === "err" || !this.out.startsWith(TOLD)) return;
    const lines = this.out.split("\n");
    this.out = lines.pop();
    for (const line of lines) this.hear(JSON.parse(line.slice(1)));
  }

  /** Run statements in `__main__`; what they printed. `hear` gets what they tell meanwhile. */
  run(source, hear = () => {}) {
    this.out = this.err = "";
    this.hear = hear;
    const bytes = encoder.encode(source);
    const at = this.instance.exports.host_alloc(bytes.length) >>> 0;
    new Uint8Array(this.memory.buffer).set(bytes, at);
    const value = this.instance.exports.turn(at, bytes.length);
    if (value) throw new Error(this.err || `exit ${value}`);
    return this.out;
  }
}
