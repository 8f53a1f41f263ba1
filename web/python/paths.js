// Which of rlgeo's files are of interest beside a lab, and what a reader should know of each.

const SHARED = ["rlgeo/toy/gaussian.py", "rlgeo/toy/reward.py"];
const CLIPPED = "rlgeo/methods/clipped.py";
const NAMED = /name: ClassVar\[str\] = "(\w+)"/;

export const nameOf = (path) => path.split("/").at(-1);

/** The file in which a method of this name is defined. */
const fileOf = (files, method) => Object.keys(files).find((path) => path.startsWith("rlgeo/methods/") && NAMED.exec(files[path])?.[1] === method);

/** What may be of interest: the method's file first, then what it is made of. */
export function pathsOf(files, lab) {
  const methods = Object.keys(lab.runs).map((method) => fileOf(files, method));
  const own = fileOf(files, lab.settings.method);
  const others = lab.full || lab.comparing ? methods.filter((path) => path !== own) : [];
  const clipped = [own, ...others].some((path) => files[path]?.includes("rlgeo.methods.clipped"));
  return [own, ...others, ...(clipped ? [CLIPPED] : []), ...SHARED].filter((path) => files[path]);
}

/** What else a file has to do with, in a sentence; "" where it stands for itself. */
export function contextOf(files, path) {
  if (SHARED.includes(path)) return `${nameOf(path)} is used by every method.`;
  if (path === CLIPPED) {
    const users = Object.values(files).flatMap((text) => (text.includes("from rlgeo.methods.clipped import") ? (NAMED.exec(text)?.[1] ?? []) : []));
    return `${nameOf(path)} holds the clip of ${users.join(", ")}: a change here changes them all.`;
  }
  return files[path]?.includes("from rlgeo.methods.clipped import") ? `Its clip is in ${nameOf(CLIPPED)}.` : "";
}
