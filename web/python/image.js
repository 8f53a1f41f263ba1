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

export function unpack(packed, memory) {
  const [length, count] = new Uint32Array(packed.buffer, packed.byteOffset, 2);
  const places = new Uint32Array(packed.buffer, packed.byteOffset + 8, count);
  if (length > memory.buffer.byteLength) memory.grow((length - memory.buffer.byteLength) / PAGE);
  const whole = new Uint8Array(memory.buffer);
  const from = 8 + 4 * count;
  for (let i = 0; i < count; i++) whole.set(packed.subarray(from + i * GRAIN, from + (i + 1) * GRAIN), places[i] * GRAIN);
}
