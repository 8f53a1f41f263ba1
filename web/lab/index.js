// The live lab as one classic script.
import { present, script, take } from "./adopt.js";
import { brief } from "./crew.js";
import { RlLab } from "./lab.js";

globalThis.rlgeoTake = take;

/**
 * Let every lab of the page run the functions of `text`, a module as `rlgeo.live` prints it, from the state it is in.
 * `changed` says whether they are others than the book's, `told` how a link tells it.
 */
globalThis.rlgeoAdopt = async (text, { changed, told }) => {
  const labs = [...document.querySelectorAll("rl-lab")].filter((lab) => lab.ready);
  const states = labs.map((lab) => lab.address());
  const url = URL.createObjectURL(new Blob([script(text, changed)], { type: "text/javascript" }));
  const node = document.createElement("script");
  await new Promise((resolve, reject) => {
    Object.assign(node, { src: url, onload: resolve, onerror: () => reject(new Error("the page's policy forbids it")) });
    document.head.append(node);
  });
  node.remove();
  present.told = told;
  brief(url);
  labs.forEach((lab, i) => lab.adopted(states[i]));
};

if (!customElements.get("rl-lab")) customElements.define("rl-lab", RlLab);
