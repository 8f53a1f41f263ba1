// Empty the functions of packages that the book does not use: they keep their places, and trap when called.
//
// A WebAssembly file is a list of sections; functions have their names in the custom section "name".
const [CUSTOM, IMPORT, CODE] = [0, 2, 10];
const NAMES_OF_FUNCTIONS = 1;
const UNREACHABLE = [0x03, 0x00, 0x00, 0x0b];
const NOTHING = [0x02, 0x00, 0x0b];

/** What belongs to packages other than Python, NumPy and SciPy: their own words, and their libraries' prefixes. */
const OTHERS = new RegExp(
  [
    ["pandas", "sklearn", "statsmodels", "lxml", "sqlite3", "matplotlib", "kiwisolver", "contourpy", "fontTools", "reportlab", "patsy", "formulaic", "wrapt", "regex"],
    ["Imaging", "_imaging", "raqm", "^SB[A-Z]", "FT2Font", "ft2font", "^FT_", "^TT_", "^CFF::", "^cf2_", "^af_", "^tt_", "^cff_", "^ps_", "^t1_", "hb_", "^OT::", "agg::"],
    // modules of pandas, lxml, scikit-learn and statsmodels, whose starts do not say whose they are
    [`^__pyx_pymod_exec_(${"hashtable offsets algos groupby _loss etree objectify join interval timestamps timedeltas nattype index aggregations _dist_metrics _ball_tree _kd_tree".split(" ").join("|")})\\b`],
    ["^_?xml[A-Z]", "^xslt", "^exslt", "^html[A-Z]", "libsvm", "liblinear", "svm_"],
  ]
    .flat()
    .join("|"),
);
/** Of SciPy: the solver of linear programs, rotations in space, clusters – but for what runs when their modules are imported. */
const UNUSED = /\b(presolve|ipx)::|\bHEkk\w*::|\bHFactor::|\bHighs(Mip|Domain|Clique|Search|Symm|Primal|LpRel|Impl|Cut|Tableau|Path|Mod)\w*::|spatial_9transform|scipy_7cluster/;
const IMPORTED = /^__Pyx_|^__pyx_pymod|pybind11/;
const isUnused = (name) => OTHERS.test(name) || (UNUSED.test(name) && !IMPORTED.test(name));

/** What runs when the program starts, whoever wrote it, has to return. */
const STARTERS = /^_GLOBAL__|global_var_init|^__cxx/;

class Reader {
  constructor(bytes, at = 0) {
    Object.assign(this, { bytes, at });
  }

  /** An unsigned LEB128 number. */
  number() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.bytes[this.at++];
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  }

  text() {
    const length = this.number();
    this.at += length;
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + this.at - length, length).toString();
  }
}

function written(value) {
  const bytes = [];
  do {
    bytes.push((value & 127) | (value > 127 ? 128 : 0));
    value = Math.floor(value / 128);
  } while (value);
  return Uint8Array.from(bytes);
}

function sectionsOf(bytes) {
  const found = [];
  const reader = new Reader(bytes, 8);
  while (reader.at < bytes.length) {
    const kind = bytes[reader.at++];
    const length = reader.number();
    found.push({ kind, from: reader.at, to: reader.at + length });
    reader.at += length;
  }
  return found;
}

/** How many functions are imported; they come first in the numbering. All imports of this program are functions. */
function importsOf(bytes, { from }) {
  return new Reader(bytes, from).number();
}

function namesOf(bytes, sections) {
  for (const { from, to } of sections.filter(({ kind }) => kind === CUSTOM)) {
    const reader = new Reader(bytes, from);
    if (reader.text() !== "name") continue;
    while (reader.at < to) {
      const kind = bytes[reader.at++];
      const length = reader.number();
      const end = reader.at + length;
      if (kind === NAMES_OF_FUNCTIONS) return new Map(Array.from({ length: reader.number() }, () => [reader.number(), reader.text()]));
      reader.at = end;
    }
  }
  throw new Error("the program's functions have no names");
}

function emptied(bytes, { from }, names, first) {
  const reader = new Reader(bytes, from);
  const count = reader.number();
  const parts = [written(count)];
  for (let i = 0; i < count; i++) {
    const begin = reader.at;
    const length = reader.number();
    reader.at += length;
    const name = names.get(first + i) ?? "";
    if (!isUnused(name)) parts.push(bytes.subarray(begin, reader.at));
    else parts.push(Uint8Array.from(STARTERS.test(name) ? NOTHING : UNREACHABLE));
  }
  return Buffer.concat(parts);
}

/** The same program, smaller: without names, and without what is unused. */
export function pruned(bytes) {
  const sections = sectionsOf(bytes);
  const names = namesOf(bytes, sections);
  const first = importsOf(bytes, sections.find(({ kind }) => kind === IMPORT));
  const parts = [bytes.subarray(0, 8)];
  for (const section of sections) {
    if (section.kind === CUSTOM) continue;
    const body = section.kind === CODE ? emptied(bytes, section, names, first) : bytes.subarray(section.from, section.to);
    parts.push(Uint8Array.of(section.kind), written(body.length), body);
  }
  return Buffer.concat(parts);
}
