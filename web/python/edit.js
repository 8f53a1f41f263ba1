// What is loaded when a reader first asks for Python.
import { Bar, Chapter } from "./cells.js";
import { Workbench } from "./method.js";
import { Session, obstacle } from "./session.js";

/** Python started, and what a page does with it. Throws an error whose `said` is for the reader where it cannot be. */
async function start(base, onCome) {
  const why = obstacle();
  if (why) throw Object.assign(new Error(why), { said: why });
  const session = await new Session(base, onCome).start();
  session.workbench = async (lab, place, { told, keep, look, then }) => {
    const bench = new Workbench(session, lab, { keep });
    place.append(bench.node);
    lab.workbench = bench;
    if (told) await bench.take(told, { look, then });
    else session.ask("trace", { files: {} }); // the first time takes longest, and the reader is still reading
  };
  globalThis.rlgeoPython.session = session;
  let chapter;
  /** The chapter whose code blocks these are, and the bars below them, once they can run. */
  session.chapter = (blocks) => (chapter ??= new Chapter(session).read(base, blocks));
  session.bar = (...given) => new Bar(...given);
  return session;
}

globalThis.rlgeoPython = { Session, start };
