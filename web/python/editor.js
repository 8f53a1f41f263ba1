// A text field for Python: CodeMirror in the page's colors, with the line of an error marked.
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { HighlightStyle, bracketMatching, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, drawSelection, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { hunks } from "./changes.js";

const wrong = StateEffect.define();
const wrongLine = StateField.define({
  create: () => Decoration.none,
  update(marks, { changes, effects, state, startState }) {
    for (const effect of effects) {
      if (!effect.is(wrong)) continue;
      const line = effect.value && state.doc.line(Math.min(effect.value, state.doc.lines));
      return line ? Decoration.set([Decoration.line({ class: "rl-edit-wrong" }).range(line.from)]) : Decoration.none;
    }
    // a line that has been written anew is not the one that was wrong
    const from = marks.iter().from;
    return marks.size && changes.touchesRange(from, startState.doc.lineAt(from).to) ? Decoration.none : marks.map(changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** Lines that are not the book's, marked. */
const changedLines = (book) => {
  const marked = ({ doc }) => {
    const found = book === undefined ? [] : hunks(book, doc.toString());
    let moved = 0;
    const lines = found.flatMap(([at, taken, put]) => {
      const first = at + moved + 1;
      moved += put.length - taken;
      return Array.from({ length: Math.max(1, put.length) }, (_, i) => Math.min(first + i, doc.lines));
    });
    return Decoration.set([...new Set(lines)].map((line) => Decoration.line({ class: "rl-edit-changed" }).range(doc.line(line).from)));
  };
  return StateField.define({
    create: marked,
    update: (marks, { docChanged, state }) => (docChanged ? marked(state) : marks),
    provide: (field) => EditorView.decorations.from(field),
  });
};

// as the page prints code: keywords in the accent, strings and comments quieter
const colors = HighlightStyle.define([
  { tag: [tags.keyword, tags.controlKeyword, tags.operatorKeyword, tags.definitionKeyword, tags.moduleKeyword], color: "var(--rl-accent)", fontWeight: "600" },
  { tag: tags.string, color: "var(--rl-muted)" },
  { tag: tags.comment, color: "var(--rl-muted)", fontStyle: "italic" },
]);

/** What an editor holds and does: a text, its name for a screen reader, the book's text, and what Ctrl+Enter and a change call. */
export function stateOf(text, { label, book, numbers = true, onRun, onChange = () => {} }) {
  const run = { key: "Mod-Enter", run: () => (onRun(), true) };
  return EditorState.create({
    doc: text,
    extensions: [
      ...(numbers ? [lineNumbers(), highlightActiveLine()] : []),
      history(),
      drawSelection(),
      bracketMatching(),
      indentUnit.of("    "),
      EditorState.tabSize.of(4),
      python(),
      syntaxHighlighting(colors),
      wrongLine,
      changedLines(book),
      EditorView.lineWrapping,
      EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
      EditorView.updateListener.of((update) => update.docChanged && onChange()),
      keymap.of([run, ...defaultKeymap, ...historyKeymap, indentWithTab]),
    ],
  });
}

export const viewOf = (state) => new EditorView({ state });

export const textOf = (state) => state.doc.toString();

/** Replace the whole text, so that it can be undone. */
export const write = (view, text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });

/** Mark a line and bring it into view, or take the mark away. */
export function mark(view, line) {
  view.dispatch({ effects: wrong.of(line ?? null) });
  if (line) reveal(view, view.state.doc.line(Math.min(line, view.state.doc.lines)).from, "center");
}

export const reveal = (view, place, y = "start") => view.dispatch({ effects: EditorView.scrollIntoView(place, { y, yMargin: 24 }) });
