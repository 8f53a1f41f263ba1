// What is loaded when a reader first asks for Python.
import { Session, obstacle } from "./session.js";

globalThis.rlgeoPython = { Session, obstacle };
