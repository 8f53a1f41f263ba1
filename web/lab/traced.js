// The module that `rlgeo.live` prints, as a function of the array runtime: a page can hand it to its workers, or take
// another in its place.

/** Source of a function that returns the module's `core`, `methods` and `metadata`. */
export const asFunction = (text) => `(np) => {\n${text.replace(/^import .*$/m, "").replace(/^export const /gm, "const ")}\nreturn { core, methods, metadata };\n}`;
