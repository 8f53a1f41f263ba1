// Python away from the page. Messages in: { id, call, given }; out: { id, value } or { id, error, dead }, and before
// that { id, told } for what a reader who waits may know: { printed } by a cell, or { fetching } the library.
import { unpack } from "./image.js";
import { Machine } from "./machine.js";

/** The library's bytes, whenever Python first asks: Python waits, so this must not return before they are here. */
function fetched(url) {
  const request = new XMLHttpRequest();
  request.open("GET", url, false);
  request.responseType = "arraybuffer";
  request.send();
  if (request.status >= 400) throw new Error(`${url}: ${request.status}`);
  return new Uint8Array(request.response);
}

let machine;
let library;
let tell;
const calls = {
  async start({ module, image, files, library: zip, libraryUrl }) {
    library = zip;
    const bytes = () => {
      if (library) return new Uint8Array(new FileReaderSync().readAsArrayBuffer(library));
      tell({ fetching: true });
      return fetched(libraryUrl);
    };
    machine = await new Machine(module, bytes, files).boot();
    await unpack(image.stream().pipeThrough(new DecompressionStream("gzip")), machine.memory);
    return machine.memory.buffer.byteLength;
  },
  shelve({ library: zip }) {
    library = zip;
  },
  /** A function of the package `inside` on a JSON value; the last line that is printed is its answer. */
  ask: ({ name, value }) => {
    const printed = machine.run(`import inside.answer\ninside.answer.say(${JSON.stringify(name)}, ${JSON.stringify(JSON.stringify(value))})`, tell);
    return JSON.parse(printed.slice(printed.trimEnd().lastIndexOf("\n") + 1));
  },
};

self.onmessage = async ({ data: { id, call, given } }) => {
  tell = (told) => self.postMessage({ id, told });
  try {
    self.postMessage({ id, value: await calls[call](given) });
  } catch (error) {
    // a program that has trapped cannot go on; one that has not begun cannot begin again
    const dead = call !== "start" && (error instanceof WebAssembly.RuntimeError || error instanceof RangeError);
    self.postMessage({ id, error: String(error?.message ?? error), dead });
  }
};
