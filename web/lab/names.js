// The methods there are, and what each is called in a link, a style and a script.
import { metadata, methods } from "../generated/rlgeo.js";

export const METHODS = Object.keys(methods);
/** Those that have a tab, and are compared unless others are chosen. */
export const COMPARED = [...metadata.compared];

/** "Dr. GRPO" is dr-grpo in a link and in the palette. */
export const keyOf = (method) => method.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "");

/** The method that some text names, or undefined. */
export const methodCalled = (text) => METHODS.find((method) => keyOf(method) === keyOf(String(text)));

/** The name of a method's hyperparameter among all settings. */
export const ownName = (method, parameter) => `${keyOf(method)}.${parameter}`;
