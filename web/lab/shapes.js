// Arrays in other shapes, NumPy's way.
import { NDArray, alloc, dataOf, meet, result, shapeOf, sizeOf, strides } from "./arrays.js";

export const array = (values, shape = [values.length]) => new NDArray(Float64Array.from(values), shape);
export const length = (x, axis) => shapeOf(x).at(axis);

/** x[..., None] */
export const expand = (x) => new NDArray(dataOf(x), [...shapeOf(x), 1]);
export const ravel = (x) => new NDArray(dataOf(x), [dataOf(x).length]);

/** NumPy's basic indexing; items are "...", "None", ":", "3" or "start:stop:step". */
export function index(x, ...items) {
  const own = shapeOf(x);
  const steps = strides(own, own);
  const taken = items.filter((item) => item !== "None" && item !== "...").length;
  const shape = [];
  const walk = [];
  let start = 0;
  let axis = 0;
  for (const item of items) {
    if (item === "None") {
      shape.push(1);
      walk.push(0);
    } else if (item === "..." || item === ":") {
      for (let rest = item === ":" ? 1 : own.length - taken; rest > 0; rest--, axis++) {
        shape.push(own[axis]);
        walk.push(steps[axis]);
      }
    } else if (item.includes(":")) {
      const [from, to, by] = item.split(":").map(Number);
      start += from * steps[axis];
      shape.push(Math.max(0, Math.ceil((to - from) / by)));
      walk.push(by * steps[axis++]);
    } else {
      start += (Number(item) < 0 ? Number(item) + own[axis] : Number(item)) * steps[axis++];
    }
  }
  return copy(x, shape, walk, start);
}

function copy(x, shape, walk, start = 0) {
  const data = dataOf(x);
  const out = alloc(sizeOf(shape));
  const count = shape.map(() => 0);
  for (let o = 0, i = start; o < out.length; o++) {
    out[o] = data[i];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      i += walk[axis];
      if (++count[axis] < shape[axis]) break;
      i -= walk[axis] * shape[axis];
      count[axis] = 0;
    }
  }
  return result(out, shape);
}

export const broadcast_to = (x, shape) => copy(x, shape, strides(shapeOf(x), shape));

export function concatenate(arrays, axis) {
  const shape = [...shapeOf(arrays[0])];
  const at = shape.length + axis;
  shape[at] = arrays.reduce((total, x) => total + x.shape[at], 0);
  const after = sizeOf(shape.slice(at + 1));
  const out = new Float64Array(sizeOf(shape));
  let offset = 0;
  for (const x of arrays) {
    const block = x.shape[at] * after;
    for (let i = 0; i * block < x.data.length; i++) {
      out.set(x.data.subarray(i * block, (i + 1) * block), i * shape[at] * after + offset);
    }
    offset += block;
  }
  return new NDArray(out, shape);
}

export function stack(arrays, axis) {
  const common = arrays.map(shapeOf).reduce(meet);
  const shape = [...common];
  shape.splice(shape.length + 1 + axis, 0, 1);
  return concatenate(
    arrays.map((x) => new NDArray(dataOf(broadcast_to(x, common)), shape)),
    axis,
  );
}

export function linspace(start, stop, n) {
  const out = new Float64Array(n);
  const step = (stop - start) / (n - 1);
  for (let i = 0; i < n; i++) out[i] = i * step + start;
  out[n - 1] = stop;
  return new NDArray(out, [n]);
}
