// One canvas of a panel: as large as the panel, as sharp as it is told, drawn only when it would look different.
import { element } from "../controls.js";
import { CanvasPen, fonts } from "./pen.js";

export class Layer {
  constructor(attributes) {
    this.canvas = element("canvas", attributes);
  }

  /** `ratio` canvas pixels per pixel. */
  #sharpen([width, height], ratio) {
    const { canvas, context } = this;
    const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== across || canvas.height !== down) {
      Object.assign(canvas, { width: across, height: down });
      fonts.delete(context);
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
  }

  /** Draw on it from nothing. */
  draw(size, ratio, paint) {
    this.context ??= this.canvas.getContext("2d");
    this.#sharpen(size, ratio);
    paint(new CanvasPen(this.context, ...size));
  }
}
