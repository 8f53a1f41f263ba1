// A small NumPy: dense float64 arrays that broadcast, in NumPy's order of operations.
// A 0-dimensional array is a plain number. The functions that `python -m rlgeo.live` prints are written against this file.
import { NDArray, alloc, dataOf, meet, result, shapeOf, sizeOf, strides } from "./arrays.js";

export { NDArray, scratch } from "./arrays.js";
export * from "./shapes.js";

// ---- numbers one by one

export const square = (x) => x * x;
export const cube = (x) => x * x * x;
export const fmax = (a, b) => (a >= b || b !== b ? a : b);
export const fmin = (a, b) => (a <= b || b !== b ? a : b);
export const remainder = (a, b) => a - Math.floor(a / b) * b;
export const expit = (x) => 1 / (1 + Math.exp(-x));
export const log_expit = (x) => (x < 0 ? x - Math.log1p(Math.exp(x)) : -Math.log1p(Math.exp(-x)));

export function logaddexp(a, b) {
  if (a === b) return a + Math.LN2;
  const d = a - b;
  return d > 0 ? a + Math.log1p(Math.exp(-d)) : d <= 0 ? b + Math.log1p(Math.exp(d)) : d;
}

export function rint(x) {
  const below = Math.floor(x);
  const rest = x - below;
  return rest < 0.5 || (rest === 0.5 && below % 2 === 0) ? below : below + 1;
}

// ---- element by element

const NONE = [];
// Places for plain numbers among a loop's arrays, and for its result where all are.
const cells = [];
const single = new Float64Array(1);

/** Run the printed loop `each` over the places where `inputs` meet by broadcasting; `numbers` are the same at all. */
export function map(each, inputs, numbers = NONE) {
  const count = inputs.length;
  const data = new Array(count);
  let shape = NONE;
  for (let i = 0; i < count; i++) {
    const x = inputs[i];
    if (x instanceof NDArray) {
      data[i] = x.data;
      shape = meet(shape, x.shape);
    } else {
      data[i] = cells[i] ??= new Float64Array(1);
      data[i][0] = x;
    }
  }
  const at = new Array(count).fill(0);
  if (!shape.length) {
    each(single, 0, 1, 1, data, at, at, numbers);
    return single[0];
  }
  const size = sizeOf(shape);
  const out = alloc(size);
  const by = new Array(count);
  let plain = true;
  for (let i = 0; i < count; i++) {
    const n = data[i].length;
    by[i] = n === 1 ? 0 : 1;
    if (n !== 1 && n !== size) plain = false;
  }
  if (plain) each(out, 0, 1, size, data, at, by, numbers);
  else odometer(each, out, shape, inputs, data, at, numbers);
  return new NDArray(out, shape);
}

/** The longest axis is the inner loop; the others count like an odometer. */
function odometer(each, out, shape, inputs, data, at, numbers) {
  let inner = 0;
  for (let axis = 1; axis < shape.length; axis++) if (shape[axis] > shape[inner]) inner = axis;
  const steps = inputs.map((x) => strides(shapeOf(x), shape));
  const outSteps = strides(shape, shape);
  const by = steps.map((s) => s[inner]);
  const count = shape.map(() => 0);
  for (let o = 0, turn = out.length / shape[inner]; turn > 0; turn--) {
    each(out, o, outSteps[inner], shape[inner], data, at, by, numbers);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (axis === inner) continue;
      const wraps = ++count[axis] === shape[axis];
      const move = wraps ? 1 - shape[axis] : 1;
      o += move * outSteps[axis];
      for (let i = 0; i < at.length; i++) at[i] += move * steps[i][axis];
      if (!wraps) break;
      count[axis] = 0;
    }
  }
}

// ---- along an axis (counted from the end; null is all of them)

function reduce(x, axis, keepdims, along) {
  const shape = shapeOf(x);
  const data = dataOf(x);
  const at = axis === null ? 0 : shape.length + axis;
  const n = axis === null ? data.length : shape[at];
  const after = axis === null ? 1 : sizeOf(shape.slice(at + 1));
  const before = axis === null ? 1 : sizeOf(shape.slice(0, at));
  const out = alloc(before * after);
  for (let i = 0; i < before; i++) {
    for (let j = 0; j < after; j++) out[i * after + j] = along(data, i * n * after + j, n, after);
  }
  const gone = (i) => axis === null || i === at;
  if (keepdims) return new NDArray(out, shape.map((size, i) => (gone(i) ? 1 : size)));
  return result(out, shape.filter((_, i) => !gone(i)));
}

/** NumPy's pairwise summation: eight partial sums in blocks of up to 128, halves above; plain along an outer axis. */
function addUp(data, start, n, step) {
  if (step > 1 || n < 8) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += data[start + i * step];
    return sum;
  }
  if (n > 128) {
    const half = (n >> 1) - ((n >> 1) % 8);
    return addUp(data, start, half, 1) + addUp(data, start + half, n - half, 1);
  }
  let a = data[start];
  let b = data[start + 1];
  let c = data[start + 2];
  let d = data[start + 3];
  let e = data[start + 4];
  let f = data[start + 5];
  let g = data[start + 6];
  let h = data[start + 7];
  const whole = n - (n % 8);
  for (let i = start + 8; i < start + whole; i += 8) {
    a += data[i];
    b += data[i + 1];
    c += data[i + 2];
    d += data[i + 3];
    e += data[i + 4];
    f += data[i + 5];
    g += data[i + 6];
    h += data[i + 7];
  }
  let sum = a + b + (c + d) + (e + f + (g + h));
  for (let i = whole; i < n; i++) sum += data[start + i];
  return sum;
}

const folded = (first, fold) => (data, start, n, step) => {
  let value = first;
  for (let i = 0; i < n; i++) value = fold(value, data[start + i * step]);
  return value;
};

export const sum = (x, axis = null, keepdims = false) => reduce(x, axis, keepdims, addUp);
export const prod = (x, axis = null, keepdims = false) => reduce(x, axis, keepdims, folded(1, (a, b) => a * b));
export const max = (x, axis = null, keepdims = false) => reduce(x, axis, keepdims, folded(-Infinity, Math.max));
export const min = (x, axis = null, keepdims = false) => reduce(x, axis, keepdims, folded(Infinity, Math.min));
export const any = (x, axis = null, keepdims = false) => reduce(x, axis, keepdims, folded(0, (a, b) => (a || b ? 1 : 0)));
export const all = (x, axis = null, keepdims = false) => reduce(x, axis, keepdims, folded(1, (a, b) => (a && b ? 1 : 0)));
export const mean = (x, axis = null, keepdims = false) =>
  reduce(x, axis, keepdims, (data, start, n, step) => addUp(data, start, n, step) / n);

function variance(data, start, n, step, ddof) {
  const center = addUp(data, start, n, step) / n;
  const squares = alloc(n);
  for (let i = 0; i < n; i++) squares[i] = square(data[start + i * step] - center);
  return addUp(squares, 0, n, 1) / Math.max(n - ddof, 0);
}

const var_ = (x, axis = null, keepdims = false, ddof = 0) =>
  reduce(x, axis, keepdims, (data, start, n, step) => variance(data, start, n, step, ddof));
export { var_ as var };
export const std = (x, axis = null, keepdims = false, ddof = 0) =>
  reduce(x, axis, keepdims, (data, start, n, step) => Math.sqrt(variance(data, start, n, step, ddof)));
