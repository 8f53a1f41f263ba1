// A long curve with as few points as the screen can show, and none of its extremes lost.

/**
 * The points of `values`, at x = from, from + 1, …, in a frame's pixels. Where several fall on one column of pixels,
 * the first, the smallest, the largest and the last of them stay: the line through these covers the same pixels as the
 * line through all.
 */
export function envelope(frame, values, from = 0) {
  const points = [];
  const put = (i) => points.push(frame.px(from + i), frame.py(values[i]));
  for (let i = 0; i < values.length; ) {
    const column = Math.floor(frame.px(from + i));
    let [low, high, end] = [i, i, i + 1];
    for (; end < values.length && Math.floor(frame.px(from + end)) === column; end++) {
      // a value that is no number gives way to any that is
      if (!(values[low] <= values[end])) low = end;
      if (!(values[high] >= values[end])) high = end;
    }
    for (const index of new Set([i, Math.min(low, high), Math.max(low, high), end - 1])) put(index);
    i = end;
  }
  return points;
}
