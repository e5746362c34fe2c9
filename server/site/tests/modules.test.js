// What can be tested of the page without a browser: `node --test server/site/tests`.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { layout } from '../layout.js';
import { markdown } from '../markdown.js';
import { Project } from '../project.js';
import { Search } from '../search.js';
import { highlighted } from '../sql.js';

test('markdown becomes elements', () => {
  assert.equal(markdown('# Orders\n\nOne **row** per `id`, see [docs](https://x.org/a_b_c).\n\n- a\n- b'),
    '<h3>Orders</h3>\n<p>One <strong>row</strong> per <code>id</code>, see <a href="https://x.org/a_b_c" rel="noopener noreferrer">docs</a>.</p>\n<ul><li>a</li><li>b</li></ul>');
  assert.match(markdown('| a | b |\n|---|---|\n| 1 | 2 |'), /<tr><td>1<\/td><td>2<\/td><\/tr>/);
  assert.equal(markdown('```sql\nselect *\n```'), '<pre><code>select *</code></pre>');
  assert.equal(markdown('snake_case_name and 2 * 3 * 4'), '<p>snake_case_name and 2 * 3 * 4</p>');
});

test('nothing in a description can run', () => {
  const texts = [
    '<script>alert(1)</script>', '<img src=x onerror=alert(1)>', '[x](javascript:alert(1))', '![x](javascript:alert(1))', '[x](data:text/html,<script>)',
    '[x](" onmouseover="alert(1))', '`<b>`', '[a](//evil.example)', '# <svg onload=alert(1)>', '\u00000\u0000', '[x](https://a" onclick="b)',
  ];
  for (const text of texts) {
    const html = markdown(text);
    assert.doesNotMatch(html, /<(?:script|svg|img src=x|b)\b|javascript:[^<]*"|href="(?:javascript|data|\/\/)|<[^>]*\son\w+=/i, html);
  }
});

test('code is escaped, and coloured', () => {
  assert.equal(highlighted("select '<b>' -- x"), '<span class="w">select</span> <span class="s">&#39;&#60;b&#62;&#39;</span> <span class="c">-- x</span>');
  assert.equal(highlighted("{{ ref('a') }}"), '<span class="j">{{ ref(&#39;a&#39;) }}</span>');
});

/** A chain of models, each with a test. @param {number} n */
function chain(n) {
  /** @type {Record<string, any>} */
  const nodes = {};
  for (let at = 0; at < n; at += 1) {
    const above = at ? [`model.p.m${at - 1}`] : [];
    nodes[`model.p.m${at}`] = { resource_type: 'model', name: `m${at}`, package_name: 'p', depends_on: { nodes: above }, columns: { id: { name: 'id' } } };
    nodes[`test.p.t${at}`] = { resource_type: 'test', name: `unique_m${at}`, column_name: 'ID', depends_on: { nodes: [`model.p.m${at}`] } };
  }
  const catalog = { nodes: { 'model.p.m0': { columns: { ID: { name: 'ID', type: 'INT', index: 1 } } } } };
  return new Project({ nodes, metadata: {} }, catalog);
}

test('the catalog and the project know the same columns', () => {
  const project = chain(1);
  assert.deepEqual(project.columns(/** @type {any} */ (project.get('model.p.m0'))), [{ name: 'ID', type: 'INT', description: '', tests: ['test.p.t0'] }]);
});

test('the lineage is what is near', () => {
  const project = chain(10_000);
  assert.deepEqual(project.around('model.p.m5', 2, 1, 99).ids, ['model.p.m5', 'model.p.m4', 'model.p.m3', 'model.p.m6']);
  assert.deepEqual(project.around('model.p.m0', 0, 99_999, 10), { ids: Array.from({ length: 10 }, (_, n) => `model.p.m${n}`), total: 10_000 });
});

test('the name counts most', () => {
  const search = new Search(chain(10_000));
  assert.deepEqual(search.find('m500', 3).map((it) => it.name), ['m500', 'm5000', 'm5001']);
  assert.deepEqual(search.find('m7 nowhere', 3), []);
});

test('what depends stands to the right, also around a circle', () => {
  const { places } = layout(['a', 'b', 'c'], (id) => ({ a: [], b: ['a'], c: ['a', 'b'] })[id] ?? []);
  assert.ok((places.get('a')?.x ?? 0) < (places.get('b')?.x ?? 0) && (places.get('b')?.x ?? 0) < (places.get('c')?.x ?? 0));
  assert.equal(layout(['a', 'b'], (id) => [id === 'a' ? 'b' : 'a']).places.size, 2);
});
