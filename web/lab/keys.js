// What the whole lab hears: keys while it has the focus, whether it is pressed, and addresses that it is to follow.
const PLAIN = { p: "play", s: "step", n: "resample", c: "clear", r: "reset" };
const TYPED = "input:not([type=range], [type=radio], [type=checkbox]), select, textarea";

/** "play", "undo", … or undefined. */
function commandOf({ key, altKey, ctrlKey, metaKey, shiftKey, target }) {
  const letter = key.toLowerCase();
  if (altKey || target.matches(TYPED)) return undefined;
  if (!ctrlKey && !metaKey) return PLAIN[letter];
  if (letter === "z") return shiftKey ? "redo" : "undo";
  return letter === "y" ? "redo" : undefined;
}

export function listen(lab) {
  lab.addEventListener("keydown", (event) => {
    const what = commandOf(event);
    if (!what || (lab.comparing && !["undo", "redo"].includes(what))) return;
    lab.act(what);
    event.preventDefault();
  });
  const release = () => {
    if (!lab.pressed) return;
    lab.pressed = false;
    lab.request();
  };
  addEventListener("pointerup", release);
  addEventListener("pointercancel", release);
  lab.addEventListener("pointerdown", (event) => {
    lab.pressed = true;
    if (event.target instanceof HTMLCanvasElement) lab.focus({ preventScroll: true });
  });
  if (!lab.full) return;
  addEventListener("hashchange", () => {
    if (location.hash.slice(1) !== lab.hash && location.hash.includes("=")) lab.follow(location.hash);
  });
}
