// Runs before the first paint: the reader's color scheme, so that nothing flashes.
import { applyChoice, storedChoice } from "./scheme.js";

document.documentElement.classList.add("rl-js");
applyChoice(storedChoice());
