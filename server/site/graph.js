// The lineage around a node, to be dragged, zoomed and walked by keys. However large the project, only so many nodes are
// drawn, the nearest ones; those with more behind them say so.
import { HEIGHT, layout, WIDTH } from './layout.js';
import { escaped, plural } from './text.js';

/** @typedef {import('./project.js').Project} Project */

const MAX_DRAWN = 250;

/** @param {string} name */
function shortened(name) {
  return name.length > 25 ? `${name.slice(0, 12)}…${name.slice(-12)}` : name;
}

export class Graph {
  /** @param {Project} project @param {HTMLElement} root @param {(id: string) => void} open */
  constructor(project, root, open) {
    this.project = project;
    this.root = root;
    this.open = open;
    this.view = { x: 0, y: 0, scale: 1 };
    /** @type {Map<string, import('./layout.js').Place>} */
    this.places = new Map();
    this.focus = '';
    this.selected = '';
  }

  /** @param {string} id @param {number} up @param {number} down */
  show(id, up, down) {
    this.focus = id;
    this.selected = id;
    const { ids, total } = this.project.around(id, up, down, MAX_DRAWN);
    const { places, edges } = layout(ids, (it) => this.project.get(it)?.parents ?? []);
    this.places = places;
    const lines = edges.map(({ from, to }) => this.#edge(from, to));
    this.root.innerHTML = `<svg tabindex="0" role="application" aria-label="Lineage of ${escaped(this.project.get(id)?.name)}"><g>${lines.join('')}${[...places.values()].map((place) => this.#node(place)).join('')}</g></svg>`;
    this.#listen();
    this.fit();
    this.select(id);
    const hidden = total - ids.length;
    return hidden ? `the nearest ${ids.length} of ${plural(total, 'node')}; fewer hops show all of them` : plural(ids.length, 'node');
  }

  /** @param {string} from @param {string} to */
  #edge(from, to) {
    const a = this.places.get(from);
    const b = this.places.get(to);
    if (!a || !b) return '';
    const [x1, y1, x2, y2] = [a.x + WIDTH, a.y + HEIGHT / 2, b.x, b.y + HEIGHT / 2];
    const bend = Math.max(30, (x2 - x1) / 2);
    return `<path data-from="${escaped(from)}" data-to="${escaped(to)}" d="M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}"/>`;
  }

  /** @param {import('./layout.js').Place} place */
  #node(place) {
    const resource = this.project.get(place.id);
    if (!resource) return '';
    const beyond = (/** @type {string[]} */ near) => near.filter((id) => this.project.isDrawn(id) && !this.places.has(id)).length;
    const [above, below] = [beyond(resource.parents), beyond(resource.children)];
    const more = (above ? `<text class="more" x="-6" y="19" text-anchor="end">+${above}</text>` : '')
      + (below ? `<text class="more" x="${WIDTH + 6}" y="19">+${below}</text>` : '');
    const focus = place.id === this.focus ? ' focus' : '';
    return `<g class="node ${resource.kind}${focus}" data-id="${escaped(place.id)}" transform="translate(${place.x} ${place.y})"><title>${escaped(resource.name)} (${resource.kind})</title><rect width="${WIDTH}" height="${HEIGHT}"/><text x="10" y="19">${escaped(shortened(resource.name))}</text>${more}</g>`;
  }

  #listen() {
    const svg = /** @type {SVGSVGElement} */ (this.root.querySelector('svg'));
    /** @type {{ x: number, y: number, moved: boolean } | null} */
    let drag = null;
    svg.onpointerdown = (event) => { drag = { x: event.clientX, y: event.clientY, moved: false }; };
    svg.onpointermove = (event) => {
      if (!drag) return;
      const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
      if (!drag.moved && Math.hypot(dx, dy) < 4) return;
      if (!drag.moved) svg.setPointerCapture(event.pointerId);
      drag = { x: event.clientX, y: event.clientY, moved: true };
      this.pan(dx, dy);
    };
    svg.onpointerup = (event) => {
      const node = /** @type {Element} */ (event.target).closest('g.node');
      const clicked = drag && !drag.moved && node;
      drag = null;
      if (clicked) this.select(/** @type {SVGElement} */ (node).dataset.id ?? '');
    };
    svg.ondblclick = () => this.open(this.selected);
    svg.onwheel = (event) => {
      event.preventDefault();
      const box = svg.getBoundingClientRect();
      this.zoom(Math.exp(-event.deltaY / 400), event.clientX - box.left, event.clientY - box.top);
    };
    svg.onkeydown = (event) => {
      if (!this.#key(event.key)) return;
      event.preventDefault();
      event.stopPropagation();
    };
  }

  /** @param {string} key */
  #key(key) {
    const resource = this.project.get(this.selected);
    const beside = (/** @type {number} */ step) => {
      const here = this.places.get(this.selected);
      const column = [...this.places.values()].filter((it) => it.x === here?.x).sort((a, b) => a.y - b.y);
      return column[column.findIndex((it) => it.id === this.selected) + step]?.id;
    };
    const shown = (/** @type {string[] | undefined} */ near) => near?.find((id) => this.places.has(id));
    const moves = {
      ArrowLeft: () => shown(resource?.parents), ArrowRight: () => shown(resource?.children), ArrowUp: () => beside(-1), ArrowDown: () => beside(1),
    };
    const move = moves[/** @type {keyof typeof moves} */ (key)];
    if (move) {
      const next = move();
      if (next) this.select(next, true);
    } else if (key === 'Enter') this.open(this.selected);
    else if (key === '+' || key === '=') this.zoom(1.25);
    else if (key === '-') this.zoom(0.8);
    else if (key === '0') this.fit();
    else return false;
    return true;
  }

  /** @param {string} id */
  select(id, isFollowed = false) {
    this.selected = id;
    for (const node of this.root.querySelectorAll('g.node')) node.classList.toggle('selected', /** @type {SVGElement} */ (node).dataset.id === id);
    for (const edge of this.root.querySelectorAll('path')) edge.classList.toggle('lit', edge.dataset.from === id || edge.dataset.to === id);
    const place = this.places.get(id);
    if (!isFollowed || !place) return;
    const [x, y] = [this.view.x + (place.x + WIDTH / 2) * this.view.scale, this.view.y + place.y * this.view.scale];
    const { width, height } = this.#size();
    if (x < 60 || x > width - 60 || y < 40 || y > height - 40) this.pan(width / 2 - x, height / 2 - y);
  }

  /** @param {number} dx @param {number} dy */
  pan(dx, dy) {
    this.view.x += dx;
    this.view.y += dy;
    this.#apply();
  }

  /** @param {number} factor */
  zoom(factor, x = this.#size().width / 2, y = this.#size().height / 2) {
    const scale = Math.min(3, Math.max(0.05, this.view.scale * factor));
    const change = scale / this.view.scale;
    this.view = { scale, x: x - (x - this.view.x) * change, y: y - (y - this.view.y) * change };
    this.#apply();
  }

  /** All of it, or as much around the focus as can be read. */
  fit() {
    const { width, height } = this.#size();
    const all = [...this.places.values()];
    const [left, right] = [Math.min(...all.map((it) => it.x)), Math.max(...all.map((it) => it.x)) + WIDTH];
    const [top, bottom] = [Math.min(...all.map((it) => it.y)), Math.max(...all.map((it) => it.y)) + HEIGHT];
    const scale = Math.min(1.2, (width - 80) / (right - left), (height - 40) / (bottom - top));
    const focus = this.places.get(this.focus);
    if (scale < 0.45 && focus) {
      this.view = { scale: 0.7, x: width / 2 - (focus.x + WIDTH / 2) * 0.7, y: height / 2 - focus.y * 0.7 };
    } else {
      this.view = { scale, x: (width - (left + right) * scale) / 2, y: (height - (top + bottom) * scale) / 2 };
    }
    this.#apply();
  }

  #size() {
    return { width: this.root.clientWidth || 800, height: this.root.clientHeight || 500 };
  }

  #apply() {
    const { x, y, scale } = this.view;
    this.root.querySelector('svg > g')?.setAttribute('transform', `translate(${x} ${y}) scale(${scale})`);
  }
}
