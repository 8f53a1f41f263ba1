// The live lab as one classic script.
import { RlLab } from "./lab.js";

if (!customElements.get("rl-lab")) customElements.define("rl-lab", RlLab);
