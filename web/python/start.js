// The buttons that a page has before it runs Python: a few lines. All else is fetched when one is pressed.
import sizes from "rlgeo:sizes";
import { element } from "../controls.js";

const base = document.currentScript.src.replace(/[^/]*$/, "");
export const KEPT = "rlgeo-python";
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
const whole = `CPython, NumPy and SciPy run in this page. Your click fetches ${megabytes(sizes.start)}, once; code that needs more of the library, another ${megabytes(sizes.library)}.`;

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
  const look = element("button", { type: "button", class: "rl-python-button" }, "Look at the changed code");
  const flag = element("div", { class: "rl-python rl-python-flag", hidden: true }, element("span", {}, "This link comes with changed code. The lab below plays the book’s version until you run it."), look);
  look.addEventListener("click", () => {
    button.click();
    node.scrollIntoView({ block: "center" });
  });
  let hash = "";
  const offer = () => {
    if (lab.python) ({ hash } = location);
    flag.hidden = !lab.python;
    place.textContent = `${kept() && !lab.python ? "You have changed the code here before." : ""} ${whole}`.trim();
  };
  button.addEventListener("click", async () => {
    button.disabled = true;
    const session = await python(place);
    button.disabled = false;
    if (!session) return;
    button.hidden = flag.hidden = true;
    // what the link asks for may need what it brings
    const then = hash ? () => lab.follow(hash) : null;
    await session.workbench(lab, node, { told: lab.python ?? kept(), keep: KEPT, look: Boolean(lab.python), then });
  });
  lab.addEventListener("rlgeo-python", () => !button.hidden && offer());
  offer();
  lab.before(flag);
  lab.after(node);
}

const button = (words) => element("button", { type: "button", class: "rl-python-button", title: whole }, words);
const blocksOf = () => [...document.querySelectorAll(".cell .cell-code")].filter((block) => block.querySelector("pre"));

/** Start Python and give every code block its bar; the bar of `block`, or of a new one that runs after what stands before it. */
async function awake(place, block, fresh) {
  const session = await python(place);
  if (!session) return null;
  const blocks = blocksOf();
  try {
    const chapter = await session.chapter(blocks);
    for (const each of blocks) {
      const node = each.rlBar;
      if (node && !chapter.bars.has(chapter.places.get(each))) node.bar = chapter.places.has(each) ? session.bar(chapter, each, node) : node.replaceChildren();
    }
    if (!fresh) return block.rlBar.bar;
    const inside = blocks.find((each) => fresh.contains(each));
    const before = blocks.filter((each) => each.compareDocumentPosition(fresh) & Node.DOCUMENT_POSITION_FOLLOWING && !fresh.contains(each));
    const after = inside ? chapter.places.get(inside) - 1 : Math.max(-1, ...before.map((each) => chapter.places.get(each) ?? -1));
    return session.bar(chapter, block, place, { after });
  } catch (error) {
    place.replaceChildren(element("span", { role: "status" }, error.message));
    return null;
  }
}

/** "Run" and "Edit" below a code block. */
function below(block, i) {
  const place = element("span", { class: "rl-cell-said" }, i ? "" : whole);
  const [run, edit] = [button("Run"), button("Edit")];
  const node = element("div", { class: "rl-python rl-cell-bar" }, run, edit, place);
  const wake = async (act) => {
    run.disabled = edit.disabled = true;
    const bar = await awake(place, block);
    if (bar) bar.chapter[act](bar);
    else run.disabled = edit.disabled = false;
  };
  run.addEventListener("click", () => wake("run"));
  edit.addEventListener("click", () => wake("edit"));
  block.rlBar = node;
  block.after(node);
}

/** An empty cell above an exercise's solution. */
function tried(solution) {
  const open = button("Try it here");
  const place = element("div", { class: "rl-python rl-cell-bar" }, open);
  const block = element("div", { class: "rl-cell-own" });
  open.addEventListener("click", async () => {
    const bar = await awake(place, block, solution);
    if (bar) bar.chapter.edit(bar);
  });
  solution.before(block, place);
}

function ready() {
  for (const lab of document.querySelectorAll("rl-lab")) beside(lab);
  blocksOf().forEach(below);
  for (const title of document.querySelectorAll(".callout-tip .callout-title-container")) {
    if (title.textContent.trim().endsWith("Solution")) tried(title.closest(".callout-tip"));
  }
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", ready);
else ready();
