// The race on the book's first screen, as one classic script.
import { RlRace } from "./race.js";

if (!customElements.get("rl-race")) customElements.define("rl-race", RlRace);
