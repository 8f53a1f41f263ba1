// A memory image: what a program's memory holds beyond what it began with, by grains of 4 kB.
//
//   length of memory, number of grains, the grains' places (32-bit each), the grains
const PAGE = 65536;
const GRAIN = 4096;
const WORDS = GRAIN / 8;

/** The places of the grains of `memory` that are not as in `before`. */
function changed(memory, before) {
  const now = new BigUint64Array(memory.buffer);
  const then = new BigUint64Array(before.buffer);
  const differs = (i) => now[i] !== (i < then.length ? then[i] : 0n);
  const found = [];
  for (let start = 0; start < now.length; start += WORDS) {
    for (let i = start; i < start + WORDS; i++) {
      if (!differs(i)) continue;
      found.push(start / WORDS);
      break;
    }
  }
  return found;
}

export function pack(memory, before) {
  const whole = new Uint8Array(memory.buffer);
  const places = changed(memory, before);
  const head = Uint32Array.of(whole.length, places.length, ...places);
  const packed = new Uint8Array(head.byteLength + places.length * GRAIN);
  packed.set(new Uint8Array(head.buffer));
  places.forEach((place, i) => packed.set(whole.subarray(place * GRAIN, (place + 1) * GRAIN), head.byteLength + i * GRAIN));
  return packed;
}

/** Fill a memory from a stream of an image, which is never held as a whole. */
export async function unpack(stream, memory) {
  const reader = stream.getReader();
  let left = new Uint8Array(0);
  /** Give the next `size` bytes of the stream, in pieces and with how many were given before. */
  const next = async (size, take) => {
    for (let given = 0; given < size; ) {
      if (!left.length) {
        const { value, done } = await reader.read();
        if (done) throw new Error("the memory image ends too early");
        left = value;
      }
      const piece = left.subarray(0, size - given);
      take(piece, given);
      given += piece.length;
      left = left.subarray(piece.length);
    }
  };
  const words = async (count) => {
    const read = new Uint32Array(count);
    const bytes = new Uint8Array(read.buffer);
    await next(bytes.length, (piece, at) => bytes.set(piece, at));
    return read;
  };
  const [length, count] = await words(2);
  const places = await words(count);
  if (length > memory.buffer.byteLength) memory.grow((length - memory.buffer.byteLength) / PAGE);
  const whole = new Uint8Array(memory.buffer);
  for (const place of places) await next(GRAIN, (piece, at) => whole.set(piece, place * GRAIN + at));
}
