// Search over all resources: every word must be found somewhere; a name counts more than a column, that more than text.

/** @typedef {import('./project.js').Project} Project */

const RANK = { model: 6, source: 5, seed: 4, snapshot: 4, exposure: 4, test: -6, unit_test: -6, macro: -3 };

export class Search {
  /** @param {Project} project */
  constructor(project) {
    this.entries = [...project.resources.values()].map((resource) => ({
      resource,
      name: resource.name.toLowerCase(),
      columns: Object.keys(resource.raw.columns ?? {}).concat(Object.keys(project.catalog[resource.id]?.columns ?? {})).join(' ').toLowerCase(),
      text: [resource.kind, resource.raw.description, (resource.raw.tags ?? []).join(' '), resource.raw.original_file_path, resource.raw.package_name].join(' ').toLowerCase(),
    }));
  }

  /** @param {string} query @param {number} limit */
  find(query, limit) {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    if (!words.length) return [];
    const found = [];
    for (const entry of this.entries) {
      let score = RANK[/** @type {keyof typeof RANK} */ (entry.resource.kind)] ?? 0;
      const matches = words.every((word) => {
        if (entry.name === word) score += 100;
        else if (entry.name.startsWith(word)) score += 60;
        else if (entry.name.includes(word)) score += 40;
        else if (entry.columns.includes(word)) score += 15;
        else if (entry.text.includes(word)) score += 5;
        else return false;
        return true;
      });
      if (matches) found.push({ entry, score });
    }
    found.sort((a, b) => b.score - a.score || a.entry.name.length - b.entry.name.length || (a.entry.name < b.entry.name ? -1 : 1));
    return found.slice(0, limit).map((it) => it.entry.resource);
  }
}
