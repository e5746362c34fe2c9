// The project as the page shows it: resources by id with what stands above and below them, from manifest.json and
// catalog.json of any version that has their usual keys.

/**
 * @typedef {object} Column
 * @property {string} name
 * @property {string} type
 * @property {string} description
 * @property {string[]} tests
 */

/**
 * @typedef {object} Resource
 * @property {string} id
 * @property {string} kind
 * @property {string} name
 * @property {any} raw
 * @property {string[]} parents
 * @property {string[]} children
 */

/** Kinds with a page of their own, in the order in which they are listed. */
export const KINDS = ['model', 'source', 'seed', 'snapshot', 'exposure', 'metric', 'semantic_model', 'saved_query', 'function', 'analysis', 'test', 'unit_test', 'macro'];

/** Kinds that are drawn: tests stand on the pages of what they test. */
const DRAWN = new Set(['model', 'source', 'seed', 'snapshot', 'exposure', 'metric', 'semantic_model', 'saved_query', 'function', 'analysis']);

export class Project {
  /** @param {any} manifest @param {any} catalog */
  constructor(manifest, catalog) {
    this.manifest = manifest;
    this.catalog = { ...catalog?.nodes, ...catalog?.sources };
    this.name = manifest.metadata?.project_name ?? 'project';
    /** @type {Map<string, Resource>} */
    this.resources = new Map();
    const sections = ['nodes', 'sources', 'exposures', 'metrics', 'semantic_models', 'saved_queries', 'functions', 'unit_tests', 'macros'];
    for (const section of sections) {
      for (const [id, raw] of Object.entries(manifest[section] ?? {})) this.#add(id, raw);
    }
    for (const resource of this.resources.values()) {
      for (const parent of new Set(resource.raw.depends_on?.nodes ?? [])) {
        const above = this.resources.get(parent);
        if (!above) continue;
        resource.parents.push(parent);
        above.children.push(resource.id);
      }
    }
  }

  /** @param {string} id @param {any} raw */
  #add(id, raw) {
    const kind = raw.resource_type ?? id.split('.')[0];
    if (!KINDS.includes(kind)) return;
    // The macros of dbt and its adapters are not the project's.
    if (kind === 'macro' && /^dbt(_(duckdb|postgres|snowflake|bigquery|redshift|databricks|spark|trino))?$/.test(raw.package_name)) return;
    const version = raw.version != null && kind === 'model' ? `.v${raw.version}` : '';
    const name = kind === 'source' ? `${raw.source_name}.${raw.name}` : `${raw.name}${version}`;
    this.resources.set(id, { id, kind, name, raw, parents: [], children: [] });
  }

  /** @param {string} id */
  get(id) {
    return this.resources.get(id);
  }

  /** Whether it is part of the lineage. @param {string} id */
  isDrawn(id) {
    return DRAWN.has(this.resources.get(id)?.kind ?? '');
  }

  /** Its columns: those of the warehouse, with what the project says of them. @param {Resource} resource @returns {Column[]} */
  columns(resource) {
    const documented = new Map(Object.values(resource.raw.columns ?? {}).map((column) => [column.name.toLowerCase(), column]));
    const found = Object.values(this.catalog[resource.id]?.columns ?? {}).sort((a, b) => a.index - b.index);
    const known = new Set(found.map((column) => column.name.toLowerCase()));
    const all = [...found, ...[...documented.values()].filter((column) => !known.has(column.name.toLowerCase()))];
    return all.map((column) => {
      const said = documented.get(column.name.toLowerCase());
      return {
        name: column.name,
        type: column.type ?? said?.data_type ?? '',
        description: said?.description || column.comment || '',
        tests: this.#testsOf(resource, column.name),
      };
    });
  }

  /** @param {Resource} resource @param {string} column */
  #testsOf(resource, column) {
    return this.tests(resource).filter((test) => test.raw.column_name?.toLowerCase() === column.toLowerCase()).map((test) => test.id);
  }

  /** @param {Resource} resource */
  tests(resource) {
    const below = resource.children.flatMap((id) => this.resources.get(id) ?? []);
    return below.filter((it) => ['test', 'unit_test'].includes(it.kind) && (it.raw.attached_node ?? resource.id) === resource.id);
  }

  /** What is at most so many steps above and below, the nearest first. @param {string} id @param {number} up @param {number} down @param {number} limit */
  around(id, up, down, limit) {
    /** @type {Map<string, number>} */
    const found = new Map([[id, 0]]);
    let total = 1;
    for (const [key, hops] of /** @type {['parents' | 'children', number][]} */ ([['parents', up], ['children', down]])) {
      const seen = new Set([id]);
      let edge = [id];
      for (let hop = 1; hop <= hops && edge.length; hop += 1) {
        const next = [];
        for (const at of edge) {
          for (const near of this.resources.get(at)?.[key] ?? []) {
            if (seen.has(near) || !this.isDrawn(near)) continue;
            seen.add(near);
            next.push(near);
            if (found.has(near)) continue;
            total += 1;
            if (found.size < limit) found.set(near, key === 'parents' ? -hop : hop);
          }
        }
        edge = next;
      }
    }
    return { ids: [...found.keys()], total };
  }
}
