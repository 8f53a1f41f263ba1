// Play: steps at a pace, in step with the screen.
const LONGEST = 0.1; // seconds that one frame may make up for
const CALM = 4; // steps per second where the reader prefers reduced motion

export class Player {
  /** @param advance takes so many steps at once; `speed` says how many a second, `here` whether to go on at all */
  constructor({ advance, speed, here }) {
    Object.assign(this, { advance, speed, here, timer: null });
  }

  start() {
    let last = performance.now();
    let due = 0;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const tick = (now) => {
      if (!this.here()) return;
      due += Math.min(LONGEST, (now - last) / 1000) * (calm ? Math.min(CALM, this.speed()) : this.speed());
      last = now;
      this.timer = requestAnimationFrame(tick);
      if (due < 1) return;
      this.advance(Math.floor(due));
      due -= Math.floor(due);
    };
    this.timer = requestAnimationFrame(tick);
  }

  stop() {
    cancelAnimationFrame(this.timer);
    this.timer = null;
  }
}
