// The buttons that a page has before it runs Python: a few lines. All else is fetched when one is pressed.
import sizes from "rlgeo:sizes";
import { element } from "../controls.js";

const base = document.currentScript.src.replace(/[^/]*$/, "");
export const KEPT = "rlgeo-python";
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
const size = megabytes(Object.values(sizes).reduce((sum, bytes) => sum + bytes, 0));
const whole = `CPython and NumPy run in this page. Your click fetches ${size}, once.`;

function kept() {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null;
  }
}

let editor;

/** The rest of the scripts, and the machine: started once for the page. */
function started(tell) {
  editor ??= new Promise((resolve, reject) => {
    document.head.append(element("link", { rel: "stylesheet", href: `${base}edit.css` }));
    const script = element("script", { src: `${base}edit.js` });
    Object.assign(script, { onload: resolve, onerror: () => reject(new Error("edit.js did not come")) });
    document.head.append(script);
  }).then(() => globalThis.rlgeoPython.start(`${base}python/`, tell));
  return editor;
}

/** Start Python, telling in `place` how far it is; null where that fails, with the reason in its place. */
export async function python(place) {
  const bar = element("progress", { max: 1, value: 0, "aria-label": "Fetching Python" });
  const words = element("span", { role: "status" }, "Fetching Python …");
  place.replaceChildren(bar, words);
  try {
    const session = await started((come, of) => {
      bar.value = come / of;
      words.textContent = come < of ? `Fetching Python: ${megabytes(come)} of ${megabytes(of)}` : "Starting Python …";
    });
    place.replaceChildren();
    return session;
  } catch (error) {
    editor = null;
    const offline = navigator.onLine === false ? " There is no network." : "";
    place.replaceChildren(element("span", { role: "status" }, error.said ?? `Python could not be started here.${offline} (${error.message})`));
    return null;
  }
}

function beside(lab) {
  const button = element("button", { type: "button", class: "rl-python-button" }, "Edit the Python");
  const place = element("span", { class: "rl-python-note" });
  const node = element("div", { class: "rl-python" }, button, place);
  const offer = () => {
    const words = lab.python ? "This link changes the lab’s code: look at it and run it." : kept() ? "You have changed the code here before." : "";
    place.textContent = `${words} ${whole}`.trim();
  };
  button.addEventListener("click", async () => {
    button.disabled = true;
    const session = await python(place);
    button.disabled = false;
    if (!session) return;
    button.hidden = true;
    await session.workbench(lab, node, { told: lab.python ?? kept(), keep: KEPT });
  });
  lab.addEventListener("rlgeo-python", () => !button.hidden && offer());
  offer();
  lab.after(node);
}

function ready() {
  for (const lab of document.querySelectorAll("rl-lab")) beside(lab);
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", ready);
else ready();
