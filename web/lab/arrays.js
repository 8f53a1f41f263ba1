// Dense float64 arrays, and where they take their memory from.

export class NDArray {
  constructor(data, shape) {
    this.data = data;
    this.shape = shape;
  }
}

export function sizeOf(shape) {
  let size = 1;
  for (let i = 0; i < shape.length; i++) size *= shape[i];
  return size;
}
export const shapeOf = (x) => (x instanceof NDArray ? x.shape : []);
export const dataOf = (x) => (x instanceof NDArray ? x.data : Float64Array.of(x));
export const result = (data, shape) => (shape.length ? new NDArray(data, shape) : data[0]);

// Arrays that live for one step only are used again in the next: the collector has better things to do.
const pools = new Map();
let pooling = false;

export function alloc(n) {
  if (!pooling) return new Float64Array(n);
  let pool = pools.get(n);
  if (!pool) pools.set(n, (pool = { arrays: [], next: 0 }));
  if (pool.next === pool.arrays.length) pool.arrays.push(new Float64Array(n));
  return pool.arrays[pool.next++];
}

function kept(x) {
  if (x instanceof NDArray) return new NDArray(x.data.slice(), x.shape);
  if (typeof x !== "object" || x === null) return x;
  const copy = Array.isArray(x) ? [] : {};
  for (const name in x) copy[name] = kept(x[name]);
  return copy;
}

/** What `work` returns, copied; everything it made on the way is up for reuse. */
export function scratch(work) {
  for (const pool of pools.values()) pool.next = 0;
  pooling = true;
  try {
    return kept(work());
  } finally {
    pooling = false;
  }
}

/** The shape in which `a` and `b` meet; one of them itself where that is it. */
export function meet(a, b) {
  if (a === b || !b.length) return a;
  if (a.length < b.length) return meet(b, a);
  let shape = a;
  for (let i = 1; i <= b.length; i++) {
    const at = a.length - i;
    const n = b[b.length - i];
    if (n === a[at] || n === 1) continue;
    if (a[at] !== 1) throw new RangeError(`shapes [${a}] and [${b}] do not broadcast together`);
    if (shape === a) shape = a.slice();
    shape[at] = n;
  }
  return shape;
}

/** Distance in memory between neighbors along each axis of `shape`; 0 along an axis that is repeated. */
export function strides(own, shape) {
  const steps = new Array(shape.length).fill(0);
  for (let i = 1, step = 1; i <= own.length; step *= own[own.length - i], i++) {
    if (own[own.length - i] !== 1) steps[shape.length - i] = step;
  }
  return steps;
}
