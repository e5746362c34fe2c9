// The page: a tree, a search, a page for each resource, keys. An address is `#!/kind/unique.id`, as in dbt's own page.
import { Graph } from './graph.js';
import { markdown } from './markdown.js';
import { KINDS, Project } from './project.js';
import { Search } from './search.js';
import { highlighted } from './sql.js';
import { escaped, plural } from './text.js';

const MAX_RESULTS = 40;
const MAX_LISTED = 400;
const byId = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const main = byId('main');
const results = byId('results');
const query = /** @type {HTMLInputElement} */ (byId('query'));
/** @type {Project} */
let project;
/** @type {Search} */
let search;
/** @type {Graph | null} */
let graph = null;
const hops = { up: 2, down: 2 };

/** @param {string} id */
function address(id) {
  return `#!/${project.get(id)?.kind ?? 'model'}/${encodeURIComponent(id)}`;
}

/** @param {string} id */
function link(id) {
  const resource = project.get(id);
  return resource ? `<a href="${address(id)}">${escaped(resource.name)}</a>` : escaped(id);
}

/** @param {string} id @param {string} name, asked for where it is not in the page */
async function artifact(id, name) {
  const text = byId(id).textContent?.trim();
  if (text) return JSON.parse(text);
  const answer = await fetch(name, { cache: 'no-store' });
  if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
  return answer.json();
}

async function start() {
  try {
    const [manifest, catalog] = await Promise.all([artifact('manifest', 'manifest.json'), artifact('catalog', 'catalog.json').catch(() => ({}))]);
    project = new Project(manifest, catalog);
  } catch (error) {
    main.innerHTML = `<h1>The project could not be read</h1><p>${escaped(error)}</p><p>This page reads manifest.json and catalog.json beside it, which a browser does not allow for pages opened from the disk. Use <code>dagsmith docs serve</code>, or the one file that <code>dagsmith docs generate --static</code> writes.</p>`;
    return;
  }
  search = new Search(project);
  byId('home').textContent = project.name;
  drawTree();
  addEventListener('hashchange', route);
  route();
}

function route() {
  const [, kind = 'overview', id = ''] = /^#!\/(\w+)\/?(.*)$/.exec(location.hash) ?? [];
  const resource = project.get(decodeURIComponent(id));
  hideResults();
  graph = null;
  if (resource) showResource(resource);
  else if (KINDS.includes(kind)) showList(kind);
  else showOverview();
  document.title = resource ? `${resource.name} · ${project.name}` : project.name;
  for (const entry of document.querySelectorAll('nav a[aria-current]')) entry.removeAttribute('aria-current');
  if (resource) reveal(resource.id);
  main.scrollTop = 0;
}

function counted() {
  const kinds = KINDS.map((kind) => ({ kind, all: [...project.resources.values()].filter((it) => it.kind === kind) }));
  return kinds.filter(({ all }) => all.length);
}

function showOverview() {
  const docs = Object.values(project.manifest.docs ?? {});
  const overview = docs.find((doc) => doc.name === '__overview__' && doc.package_name !== 'dbt')?.block_contents;
  const lines = counted().map(({ kind, all }) => `<tr><td><a href="#!/${kind}">${plural(all.length, kind.replace('_', ' '))}</a></td></tr>`);
  main.innerHTML = `<h1>${escaped(project.name)}</h1>${overview ? markdown(overview) : ''}<h2>What there is</h2><table>${lines.join('')}</table>
    <p class="note">Made ${escaped(project.manifest.metadata?.generated_at?.slice(0, 19).replace('T', ' '))} UTC · press <kbd>?</kbd> for keys</p>`;
}

/** @param {string} kind */
function showList(kind) {
  const all = [...project.resources.values()].filter((it) => it.kind === kind).sort((a, b) => (a.name < b.name ? -1 : 1));
  const rows = all.slice(0, MAX_LISTED).map((it) => `<tr><td>${link(it.id)}</td><td>${escaped((it.raw.description ?? '').split('\n')[0].slice(0, 160))}</td></tr>`);
  const rest = all.length - rows.length;
  main.innerHTML = `<h1>${plural(all.length, kind.replace('_', ' '))}</h1><div class="scroll"><table>${rows.join('')}</table></div>${rest ? `<p class="note">and ${rest.toLocaleString('en')} more: search, or open the tree</p>` : ''}`;
}

/** @param {import('./project.js').Resource} resource */
function showResource(resource) {
  const { raw } = resource;
  const found = project.catalog[resource.id];
  const facts = [
    ['Relation', raw.relation_name ?? ''], ['Materialized', raw.config?.materialized ?? ''], ['Type', found?.metadata?.type ?? ''], ['Owner', found?.metadata?.owner ?? raw.owner?.name ?? raw.owner?.email ?? ''],
    ['Package', raw.package_name], ['File', raw.original_file_path], ['Group', raw.group ?? ''], ['Access', raw.access ?? ''],
    ...Object.values(found?.stats ?? {}).filter((stat) => stat.include).map((stat) => [stat.label, String(stat.value)]),
  ].filter(([, value]) => value);
  const tags = (raw.tags ?? []).map((/** @type {string} */ tag) => `<span class="tag">${escaped(tag)}</span>`).join('');
  main.innerHTML = `<h1>${escaped(resource.name)} <span class="kind ${resource.kind}">${escaped(resource.kind.replace('_', ' '))}</span></h1>
    <div>${raw.description ? markdown(raw.description) : '<p class="note">Not described.</p>'}</div><div>${tags}</div>
    <dl>${facts.map(([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`).join('')}</dl>
    ${columns(resource)}${tests(resource)}${project.isDrawn(resource.id) ? lineage() : ''}${neighbours(resource)}${code(resource)}`;
  wireCode(resource);
  if (project.isDrawn(resource.id)) wireLineage(resource);
}

/** @param {import('./project.js').Resource} resource */
function columns(resource) {
  const all = project.columns(resource);
  if (!all.length) return '';
  const rows = all.map((column) => `<tr id="column-${escaped(column.name)}"><td><code>${escaped(column.name)}</code></td><td>${escaped(column.type)}</td><td>${markdown(column.description)}</td><td>${column.tests.map((id) => testName(id)).join(', ')}</td></tr>`);
  return `<h2>Columns</h2><div class="scroll"><table><tr><th>Name</th><th>Type</th><th>Description</th><th>Tests</th></tr>${rows.join('')}</table></div>`;
}

/** @param {string} id */
function testName(id) {
  const test = project.get(id);
  return `<a href="${address(id)}" title="${escaped(test?.name)}">${escaped(test?.raw.test_metadata?.name ?? test?.name)}</a>`;
}

/** Those of no column. @param {import('./project.js').Resource} resource */
function tests(resource) {
  const all = project.tests(resource).filter((test) => !test?.raw.column_name);
  return all.length ? `<h2>Tests</h2><ul>${all.map((test) => `<li>${link(test?.id ?? '')}</li>`).join('')}</ul>` : '';
}

function lineage() {
  return `<h2 id="lineage-title">Lineage</h2><div class="controls"><label>up <input id="up" type="number" min="0" max="99" value="${hops.up}"></label>
    <label>down <input id="down" type="number" min="0" max="99" value="${hops.down}"></label><button type="button" id="fit">Fit</button><span class="note" id="drawn" aria-live="polite"></span></div><div class="graph wide" id="graph"></div>`;
}

/** @param {import('./project.js').Resource} resource */
function wireLineage(resource) {
  const [up, down] = [/** @type {HTMLInputElement} */ (byId('up')), /** @type {HTMLInputElement} */ (byId('down'))];
  const drawn = new Graph(project, byId('graph'), (id) => { location.hash = address(id); });
  graph = drawn;
  const draw = () => {
    hops.up = Math.max(0, up.valueAsNumber || 0);
    hops.down = Math.max(0, down.valueAsNumber || 0);
    byId('drawn').textContent = drawn.show(resource.id, hops.up, hops.down);
  };
  up.oninput = draw;
  down.oninput = draw;
  byId('fit').onclick = () => drawn.fit();
  draw();
}

/** @param {import('./project.js').Resource} resource */
function neighbours(resource) {
  const list = (/** @type {string} */ title, /** @type {string[]} */ ids) => {
    const shown = ids.filter((id) => project.isDrawn(id));
    if (!shown.length) return '';
    return `<h2>${title}</h2><ul>${shown.slice(0, MAX_LISTED).map((id) => `<li>${link(id)} <span class="note">${escaped(project.get(id)?.kind)}</span></li>`).join('')}</ul>`;
  };
  return list('Depends on', resource.parents) + list('Used by', resource.children);
}

/** @param {any} raw */
function codes(raw) {
  const all = [['Source', raw.raw_code ?? raw.macro_sql ?? ''], ['Compiled', raw.compiled_code ?? '']];
  return all.filter(([, text]) => text);
}

/** @param {import('./project.js').Resource} resource */
function code(resource) {
  const all = codes(resource.raw);
  if (!all.length) return '';
  const tabs = all.map(([name], n) => `<button type="button" role="tab" data-n="${n}" aria-selected="${n === 0}">${name}</button>`);
  return `<h2>Code</h2><div role="tablist">${tabs.join('')}<button type="button" id="copy">Copy</button></div><pre><code id="code"></code></pre>`;
}

/** @param {import('./project.js').Resource} resource */
function wireCode(resource) {
  const all = codes(resource.raw);
  if (!all.length) return;
  let [, text] = all[0];
  const draw = () => { byId('code').innerHTML = highlighted(text); };
  draw();
  for (const tab of /** @type {NodeListOf<HTMLElement>} */ (main.querySelectorAll('[role="tab"]'))) {
    tab.onclick = () => {
      for (const other of main.querySelectorAll('[role="tab"]')) other.setAttribute('aria-selected', String(other === tab));
      [, text] = all[Number(tab.dataset.n)];
      draw();
    };
  }
  byId('copy').onclick = () => navigator.clipboard?.writeText(text).catch(() => {});
}

/** Folders are filled when they are opened: ten thousand entries need no elements until then. */
function drawTree() {
  const tree = byId('tree');
  for (const { kind, all } of counted()) {
    tree.append(folder(`${kind.replace('_', ' ')} (${all.length.toLocaleString('en')})`, all.map((it) => ({ resource: it, path: pathOf(it) })), 0));
  }
}

/** @param {import('./project.js').Resource} resource */
function pathOf({ kind, raw }) {
  if (kind === 'source') return [raw.package_name, raw.source_name];
  return [raw.package_name, ...(raw.original_file_path ?? raw.path ?? '').split(/[\\/]/).slice(1, -1)];
}

/** @typedef {{ resource: import('./project.js').Resource, path: string[] }} Leaf */

/** @param {string} title @param {Leaf[]} leaves @param {number} depth */
function folder(title, leaves, depth) {
  const details = document.createElement('details');
  const summary = document.createElement('summary');
  summary.textContent = title;
  details.append(summary);
  const fill = () => {
    if (details.childElementCount > 1) return;
    const below = Map.groupBy ? Map.groupBy(leaves, (leaf) => leaf.path[depth] ?? '') : grouped(leaves, depth);
    for (const name of [...below.keys()].filter(Boolean).sort()) details.append(folder(name, below.get(name) ?? [], depth + 1));
    for (const { resource } of (below.get('') ?? []).sort((a, b) => (a.resource.name < b.resource.name ? -1 : 1))) {
      const entry = document.createElement('a');
      entry.href = address(resource.id);
      entry.dataset.id = resource.id;
      entry.textContent = resource.kind === 'source' ? resource.raw.name : resource.name;
      details.append(entry);
    }
  };
  details.addEventListener('toggle', () => details.open && fill());
  Object.assign(details, { fill, leaves, depth });
  return details;
}

/** @param {Leaf[]} leaves @param {number} depth */
function grouped(leaves, depth) {
  /** @type {Map<string, Leaf[]>} */
  const groups = new Map();
  for (const leaf of leaves) {
    const name = leaf.path[depth] ?? '';
    groups.set(name, [...(groups.get(name) ?? []), leaf]);
  }
  return groups;
}

/** Opens the tree down to a resource. @param {string} id */
function reveal(id) {
  /** @type {ParentNode} */
  let at = byId('tree');
  for (;;) {
    const next = /** @type {any} */ ([...at.children].find((it) => /** @type {any} */ (it).leaves?.some((/** @type {Leaf} */ leaf) => leaf.resource.id === id)));
    if (!next) break;
    next.open = true;
    next.fill();
    at = next;
  }
  const entry = [...at.children].find((it) => /** @type {HTMLElement} */ (it).dataset?.id === id);
  entry?.setAttribute('aria-current', 'page');
  entry?.scrollIntoView({ block: 'nearest' });
}

function hideResults() {
  results.hidden = true;
}

function showResults() {
  const found = search.find(query.value, MAX_RESULTS);
  results.innerHTML = found.map((it, n) => `<li role="option" data-id="${escaped(it.id)}" aria-selected="${n === 0}">${escaped(it.name)} <span class="kind ${it.kind}">${escaped(it.kind.replace('_', ' '))}</span><small>${escaped((it.raw.description ?? '').split('\n')[0] || it.raw.original_file_path)}</small></li>`).join('')
    || '<li class="note">Nothing found.</li>';
  results.hidden = !query.value.trim();
}

/** @param {string | undefined} id */
function openResult(id) {
  if (!id) return;
  query.value = '';
  query.blur();
  hideResults();
  location.hash = address(id);
  main.focus();
}

query.oninput = showResults;
query.onfocus = showResults;
query.onkeydown = (event) => {
  const all = /** @type {HTMLElement[]} */ ([...results.querySelectorAll('[data-id]')]);
  const at = all.findIndex((it) => it.getAttribute('aria-selected') === 'true');
  if (event.key === 'Enter') openResult(all[at]?.dataset.id);
  else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
    event.preventDefault();
    const next = all[Math.min(all.length - 1, Math.max(0, at + (event.key === 'ArrowDown' ? 1 : -1)))];
    for (const it of all) it.setAttribute('aria-selected', String(it === next));
    next?.scrollIntoView({ block: 'nearest' });
  } else if (event.key === 'Escape') {
    hideResults();
    query.blur();
    main.focus();
  }
};
results.onmousedown = (event) => openResult(/** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest('[data-id]'))?.dataset.id);
query.onblur = () => hideResults();

/** @param {string} [wanted] */
function setTheme(wanted) {
  const isDark = document.documentElement.dataset.theme === 'dark';
  const theme = wanted ?? (isDark ? 'light' : 'dark');
  document.documentElement.dataset.theme = theme;
  try {
    if (!wanted) localStorage.setItem('dagsmith-theme', theme);
  } catch {
    // A page from the disk may not remember anything.
  }
}

/** @returns {string} */
function firstTheme() {
  const system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  try {
    return localStorage.getItem('dagsmith-theme') ?? system;
  } catch {
    return system;
  }
}

const KEYS = [['/', 'search'], ['g', 'to the lineage'], ['← → ↑ ↓', 'walk the lineage'], ['Enter', 'open what is selected'], ['+ - 0', 'zoom; all of it'], ['d', 'light or dark'], ['h', 'to the beginning'], ['?', 'these keys']];

function showKeys() {
  const dialog = /** @type {HTMLDialogElement} */ (byId('keys'));
  dialog.innerHTML = `<h2>Keys</h2><dl>${KEYS.map(([key, what]) => `<dt><kbd>${key}</kbd></dt><dd>${what}</dd>`).join('')}</dl><form method="dialog"><button>Close</button></form>`;
  dialog.showModal();
}

const COMMANDS = {
  '/': () => query.focus(), d: () => setTheme(), '?': showKeys, h: () => { location.hash = '#!/overview'; },
  g: () => {
    document.getElementById('lineage-title')?.scrollIntoView();
    graph?.root.querySelector('svg')?.focus({ preventScroll: true });
  },
};
addEventListener('keydown', (event) => {
  const isTyping = event.target instanceof HTMLInputElement;
  const command = COMMANDS[/** @type {keyof typeof COMMANDS} */ (event.key)];
  if (!command || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  command();
});
byId('theme').onclick = () => setTheme();
byId('help').onclick = showKeys;
setTheme(firstTheme());
start();
