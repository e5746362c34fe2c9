// SQL and Jinja in colours.
import { escaped } from './text.js';

const WORDS = new Set(('all and any as asc between by case cast cross create delete desc distinct else end except exists false filter first following from full '
  + 'group having ilike in inner insert intersect interval into is join last lateral left like limit not null nulls offset on or order outer over partition '
  + 'preceding qualify range recursive right row rows select set table then true unbounded union unnest update using values view when where window with').split(' '));
const PIECE = /(--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|\{#[\s\S]*?(?:#\}|$))|(\{\{[\s\S]*?(?:\}\}|$)|\{%[\s\S]*?(?:%\}|$))|('(?:[^']|'')*(?:'|$))|([A-Za-z_]\w*)|("[^"]*"|[^A-Za-z_'"{/-]+|[\s\S])/g;

/** @param {string} code */
export function highlighted(code) {
  // Colours are no help in what nobody reads to the end.
  if (code.length > 300_000) return escaped(code);
  return code.replace(PIECE, (piece, comment, jinja, string, word) => {
    const text = escaped(piece);
    if (comment) return `<span class="c">${text}</span>`;
    if (jinja) return `<span class="j">${text}</span>`;
    if (string) return `<span class="s">${text}</span>`;
    return word && WORDS.has(word.toLowerCase()) ? `<span class="w">${text}</span>` : text;
  });
}
