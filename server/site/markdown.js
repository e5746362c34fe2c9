// The Markdown of descriptions, as HTML that cannot do harm: the text is escaped first, and only what is recognised
// afterwards becomes an element. HTML in a description is shown as it is written.
import { escaped } from './text.js';

const SAFE = /^(?:https?:\/\/|mailto:|#|\.?\/(?!\/)|[\w-][\w./-]*$)/i;

/** What may stand inside of a line. @param {string} line, escaped */
function inline(line) {
  /** @type {string[]} */
  const kept = [];
  const keep = (/** @type {string} */ html) => `\u0000${kept.push(html) - 1}\u0000`;
  const out = line
    .replace(/\u0000/g, '')
    .replace(/(`+)(.+?)\1/g, (_, __, code) => keep(`<code>${code.trim()}</code>`))
    .replace(/!\[([^\]]*)\]\(([^\s)]+)[^)]*\)/g, (all, alt, url) => (SAFE.test(url) ? keep(`<img alt="${alt}" src="${url}">`) : all))
    .replace(/\[([^\]]+)\]\(([^\s)]+)[^)]*\)/g, (all, text, url) =>
      SAFE.test(url) ? `${keep(`<a href="${url}" rel="noopener noreferrer">`)}${text}${keep('</a>')}` : all)
    .replace(/\bhttps?:\/\/[^\s<&]+[^\s<&.,;:!?)]/g, (url) => keep(`<a href="${url}" rel="noopener noreferrer">${url}</a>`))
    .replace(/(\*\*|__)(?=\S)(.+?)\1/g, '<strong>$2</strong>')
    .replace(/(^|[^\w*])[*_](?=\S)([^*_]+?)[*_](?!\w)/g, '$1<em>$2</em>');
  return out.replace(/\u0000(\d+)\u0000/g, (_, n) => kept[Number(n)] ?? '').replace(/\u0000(\d+)\u0000/g, (_, n) => kept[Number(n)] ?? '');
}

/** @param {string[]} rows */
function table(rows) {
  const cells = (/** @type {string} */ row) => row.trim().replace(/^\||\|$/g, '').split('|').map((cell) => inline(cell.trim()));
  const [head = '', , ...body] = rows;
  const line = (/** @type {string} */ row, /** @type {string} */ tag) => `<tr>${cells(row).map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  return `<div class="scroll"><table>${line(head, 'th')}${body.map((row) => line(row, 'td')).join('')}</table></div>`;
}

/** @param {string} source */
export function markdown(source) {
  const lines = escaped(source).replace(/\r\n?/g, '\n').split('\n');
  const out = [];
  let at = 0;
  const take = (/** @type {RegExp} */ pattern) => {
    const found = [];
    while (at < lines.length && pattern.test(lines[at])) found.push(lines[at++]);
    return found;
  };
  while (at < lines.length) {
    const line = lines[at];
    const fence = /^\s*(```|~~~)/.exec(line);
    const heading = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line);
    if (!line.trim()) {
      at += 1;
    } else if (fence) {
      at += 1;
      const code = [];
      while (at < lines.length && !lines[at].trim().startsWith(fence[1])) code.push(lines[at++]);
      at += 1;
      out.push(`<pre><code>${code.join('\n')}</code></pre>`);
    } else if (heading) {
      at += 1;
      const level = Math.min(heading[1].length + 2, 6);
      out.push(`<h${level}>${inline(heading[2])}</h${level}>`);
    } else if (/^\s*(?:[-*_]\s*){3,}$/.test(line)) {
      at += 1;
      out.push('<hr>');
    } else if (line.includes('|') && /^\s*\|?\s*:?-{2,}/.test(lines[at + 1] ?? '')) {
      out.push(table(take(/\|/)));
    } else if (/^\s*[-*+]\s+/.test(line)) {
      out.push(`<ul>${take(/^\s*[-*+]\s+/).map((item) => `<li>${inline(item.replace(/^\s*[-*+]\s+/, ''))}</li>`).join('')}</ul>`);
    } else if (/^\s*\d+[.)]\s+/.test(line)) {
      out.push(`<ol>${take(/^\s*\d+[.)]\s+/).map((item) => `<li>${inline(item.replace(/^\s*\d+[.)]\s+/, ''))}</li>`).join('')}</ol>`);
    } else if (/^\s*&#62;/.test(line)) {
      out.push(`<blockquote>${inline(take(/^\s*&#62;/).map((quoted) => quoted.replace(/^\s*&#62;\s?/, '')).join(' '))}</blockquote>`);
    } else {
      const first = lines[at++];
      const rest = take(/^(?!\s*$|\s*(?:```|~~~)|#{1,6}\s|\s*[-*+]\s|\s*\d+[.)]\s|\s*&#62;)/);
      out.push(`<p>${inline([first, ...rest].join('\n'))}</p>`);
    }
  }
  return out.join('\n');
}
