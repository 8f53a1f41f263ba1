// NumPy's random numbers, bit for bit, so that a run in the lab is the run that rlgeo.run makes from the same seed.
// SeedSequence: M. E. O'Neill, "Developing a seed_seq alternative" (2015), as NumPy fixes its constants.
// PCG64 (XSL-RR 128/64): M. E. O'Neill, "PCG: A family of simple fast space-efficient statistically good algorithms
// for random number generation" (2014). Normals: G. Marsaglia & W. W. Tsang, "The ziggurat method for generating
// random variables" (2000), 256 layers.

const POOL = 4;

/** `n` 32-bit words from a seed and a spawn key, as numpy.random.SeedSequence(seed, spawn_key=key) makes them. */
export function seedWords(seed, key, n) {
  const words = [seed >>> 0];
  for (let rest = Math.floor(seed / 2 ** 32); rest > 0; rest = Math.floor(rest / 2 ** 32)) words.push(rest >>> 0);
  while (key.length && words.length < POOL) words.push(0);
  words.push(...key);
  let hash = 0x43b0d7e5;
  const hashed = (value) => {
    value = (value ^ hash) >>> 0;
    hash = Math.imul(hash, 0x931e8875);
    value = Math.imul(value, hash);
    return (value ^ (value >>> 16)) >>> 0;
  };
  const mixed = (x, y) => {
    const value = (Math.imul(0xca01f9dd, x) - Math.imul(0x4973f715, y)) | 0;
    return (value ^ (value >>> 16)) >>> 0;
  };
  const pool = Array.from({ length: POOL }, (_, i) => hashed(words[i] ?? 0));
  for (let from = 0; from < POOL; from++) {
    for (let to = 0; to < POOL; to++) if (from !== to) pool[to] = mixed(pool[to], hashed(pool[from]));
  }
  for (const word of words.slice(POOL)) for (let to = 0; to < POOL; to++) pool[to] = mixed(pool[to], hashed(word));
  hash = 0x8b51f9dd;
  return Array.from({ length: n }, (_, i) => {
    let value = (pool[i % POOL] ^ hash) >>> 0;
    hash = Math.imul(hash, 0x58f38ded);
    value = Math.imul(value, hash);
    return (value ^ (value >>> 16)) >>> 0;
  });
}

// Layer edges x_255 < … of equal area under exp(-x²/2), from the outside in.
const R = 3.6541528853610088;
const AREA = R * Math.exp(-0.5 * R * R) + tail(R);
const SCALE = new Float64Array(256);
const SURE = new Float64Array(256);
const HEIGHT = new Float64Array(256);
{
  let x = R;
  SCALE[255] = x / 2 ** 52;
  HEIGHT[255] = Math.exp(-0.5 * x * x);
  const base = AREA / HEIGHT[255];
  SCALE[0] = base / 2 ** 52;
  SURE[0] = Math.floor((x / base) * 2 ** 52);
  HEIGHT[0] = 1;
  for (let i = 254; i > 0; i--) {
    const inner = Math.sqrt(-2 * Math.log(AREA / x + HEIGHT[i + 1]));
    SURE[i + 1] = Math.floor((inner / x) * 2 ** 52);
    x = inner;
    SCALE[i] = x / 2 ** 52;
    HEIGHT[i] = Math.exp(-0.5 * x * x);
  }
  SURE[1] = 0;
}

/** ∫ exp(-x²/2) from x to infinity, by the continued fraction of the error function. */
function tail(x) {
  let fraction = x;
  for (let k = 200; k > 0; k--) fraction = x + k / fraction;
  return Math.exp(-0.5 * x * x) / fraction;
}

/** numpy.random.Generator(PCG64(SeedSequence(seed, spawn_key=key))): `random()` and `standardNormal()`. */
export class Generator {
  constructor(seed, key = []) {
    const w = seedWords(seed, key, 8);
    // 128-bit numbers as four 32-bit words, lowest first
    const initial = [w[2], w[3], w[0], w[1]];
    const sequence = [w[6], w[7], w[4], w[5]];
    this.increment = Uint32Array.from(sequence, (word, i) => (word << 1) | (i ? sequence[i - 1] >>> 31 : 1));
    this.state = new Uint32Array(4);
    this.high = this.low = 0;
    this.advance();
    let carry = 0;
    for (let i = 0; i < 4; i++) {
      const total = this.state[i] + initial[i] + carry;
      this.state[i] = total;
      carry = total >= 2 ** 32 ? 1 : 0;
    }
    this.advance();
  }

  /** state ← state · 0x2360ed051fc65da44385df649fccf645 + increment (mod 2¹²⁸) */
  advance() {
    const s = this.state;
    const c = this.increment;
    const s0 = s[0];
    const s1 = s[1];
    const s2 = s[2];
    // Sums of 32-bit halves of products stay far below 2⁵³.
    let sum = low(s0, M0) + c[0];
    s[0] = sum;
    sum = high(s0, M0) + low(s0, M1) + low(s1, M0) + c[1] + (sum >= WORD ? 1 : 0);
    s[1] = sum;
    sum = high(s0, M1) + high(s1, M0) + low(s0, M2) + low(s1, M1) + low(s2, M0) + c[2] + Math.floor(sum / WORD);
    s[2] = sum;
    const carry = Math.floor(sum / WORD);
    sum = high(s0, M2) + high(s1, M1) + high(s2, M0) + low(s0, M3) + low(s1, M2) + low(s2, M1) + low(s[3], M0);
    s[3] = sum + c[3] + carry;
  }

  /** The next 64 random bits, in `high` and `low`. */
  next() {
    this.advance();
    const s = this.state;
    const h = s[3] ^ s[1];
    const l = s[2] ^ s[0];
    const turn = s[3] >>> 26;
    const by = turn & 31;
    const a = turn & 32 ? l : h;
    const b = turn & 32 ? h : l;
    this.high = (by ? (a >>> by) | (b << (32 - by)) : a) >>> 0;
    this.low = (by ? (b >>> by) | (a << (32 - by)) : b) >>> 0;
  }

  /** Uniform on [0, 1), a multiple of 2⁻⁵³. */
  random() {
    this.next();
    return (this.high * 2 ** 21 + (this.low >>> 11)) / 2 ** 53;
  }

  standardNormal() {
    for (;;) {
      this.next();
      const layer = this.low & 255;
      const negative = this.low & 256;
      const bits = (this.high & 0x1fffffff) * 2 ** 23 + (this.low >>> 9);
      const x = (negative ? -bits : bits) * SCALE[layer];
      if (bits < SURE[layer]) return x;
      if (layer === 0) {
        for (;;) {
          const beyond = -Math.log1p(-this.random()) / R;
          const level = -Math.log1p(-this.random());
          if (2 * level > beyond * beyond) return Math.floor(bits / 256) % 2 ? -(R + beyond) : R + beyond;
        }
      }
      const inside = (HEIGHT[layer - 1] - HEIGHT[layer]) * this.random() + HEIGHT[layer];
      if (inside < Math.exp(-0.5 * x * x)) return x;
    }
  }
}

const WORD = 2 ** 32;
const M0 = 0x9fccf645;
const M1 = 0x4385df64;
const M2 = 0x1fc65da4;
const M3 = 0x2360ed05;

const low = (a, b) => Math.imul(a, b) >>> 0;

function high(a, b) {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const middle = a1 * b0 + ((a0 * b0) >>> 16);
  const other = a0 * b1 + (middle & 0xffff);
  return a1 * b1 + Math.floor(middle / 65536) + (other >>> 16);
}

const bytes = (name) => [...new TextEncoder().encode(name)];

const BLOCK = 64;

/** Random numbers of `runs` runs of one method, as rlgeo.training.streams hands them out: 64 runs share a generator. */
export class Streams {
  constructor(seed, name, runs) {
    this.runs = runs;
    const blocks = Array.from({ length: Math.ceil(runs / BLOCK) }, (_, block) => block);
    this.generators = Object.fromEntries(["normal", "uniform"].map((kind, i) => [kind, blocks.map((block) => new Generator(seed, [...bytes(name), block, i]))]));
  }

  /** `count` numbers for every run, those of one run side by side. */
  draw(kind, count) {
    const data = new Float64Array(this.runs * count);
    this.generators[kind].forEach((generator, block) => {
      const first = BLOCK * block;
      for (let j = 0; j < count; j++) {
        for (let run = first; run < first + BLOCK; run++) {
          const x = kind === "normal" ? generator.standardNormal() : generator.random();
          if (run < this.runs) data[run * count + j] = x;
        }
      }
    });
    return data;
  }
}
