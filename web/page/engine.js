// What ranks the book's sections for a search: a script of its own, fetched with the index.
import MiniSearch from "minisearch";

/** `search(words)` over entries of a title, a section and a text. */
globalThis.rlgeoEngine = (entries) => {
  const engine = new MiniSearch({
    fields: ["title", "section", "text"],
    storeFields: ["href", "title", "section", "text", "weight"],
    searchOptions: { boost: { title: 3, section: 4 }, boostDocument: (id, term, { weight }) => weight, prefix: true, fuzzy: (term) => (term.length > 4 ? 0.2 : false), combineWith: "AND" },
  });
  engine.addAll(entries.map((entry, id) => ({ id, ...entry })));
  return engine;
};
