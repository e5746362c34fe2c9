// Text into HTML. Everything that comes from a project passes through `escaped` before it becomes part of the page.

/** @param {unknown} text */
export function escaped(text) {
  return String(text ?? '').replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** @param {number} n @param {string} word */
export function plural(n, word) {
  const many = word.endsWith('ysis') ? `${word.slice(0, -2)}es` : `${word}s`;
  return `${n.toLocaleString('en')} ${n === 1 ? word : many}`;
}
