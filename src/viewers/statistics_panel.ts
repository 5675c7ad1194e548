/** Statistics of the columns of a table as it is shown. */

import type { Analysis, ColumnStatistics, StatisticValue } from './analysis';
import { copyText } from './clipboard';
import { drawHistogram } from './distribution';
import { button, element, isCancelled, reasonText } from './dom';
import type { DrawerPanel } from './drawer';
import type { TableView } from './source';

/** Columns computed without being asked for. */
const AT_ONCE = 40;

/** What the panel is told. */
export interface StatisticsSubject {
  readonly analysis: Analysis;
  view(): TableView;
  /** Names of the columns shown. */
  columns(): readonly string[];
  announce(text: string): void;
}

/** The quantiles, as they are called. */
const QUANTILES: ReadonlyArray<readonly [string, string]> = [
  ['p01', '1 %'],
  ['p05', '5 %'],
  ['p16', '16 %'],
  ['p25', '25 %'],
  ['p75', '75 %'],
  ['p84', '84 %'],
  ['p95', '95 %'],
  ['p99', '99 %']
];

/** A statistic as people read it. */
export function statisticText(value: StatisticValue | undefined): string {
  if (value === null || value === undefined) {
    return '';
  }
  if (typeof value === 'string') {
    return value.replace(/(\d)T(\d)/, '$1 $2');
  }
  return Number.isInteger(value) && Math.abs(value) < 1e15
    ? value.toLocaleString('en')
    : String(Number(value.toPrecision(7)));
}

/** What is said of a column: names and values, most telling first. */
export function statisticsFacts(one: ColumnStatistics): Array<readonly [string, string]> {
  const facts: Array<readonly [string, string]> = [
    ['Values', one.count.toLocaleString('en')],
    ['Missing', one.nulls.toLocaleString('en')]
  ];
  const add = (name: string, value: StatisticValue | undefined): void => {
    const text = statisticText(value);
    if (text) {
      facts.push([name, text]);
    }
  };
  if (one.infinite) {
    add('Infinite', one.infinite);
  }
  add('Different, about', one.distinct);
  add('Minimum', one.min);
  add('Maximum', one.max);
  add('Mean', one.mean);
  add(one.kind === 'time' ? 'σ, seconds' : 'σ', one.sigma);
  add('Median', one.median);
  for (const [key, name] of QUANTILES) {
    add(name, one.quantiles?.[key]);
  }
  add('Skew', one.skew);
  add('Kurtosis', one.kurtosis);
  return facts;
}

/** All of it as tab-separated text with a line of names. */
export function statisticsText(all: readonly ColumnStatistics[]): string {
  const cell = (value: StatisticValue | undefined): string =>
    String(value ?? '').replace(/[\t\r\n]+/g, ' ');
  const keys = [
    'count',
    'nulls',
    'infinite',
    'distinct',
    'min',
    'max',
    'mean',
    'sigma',
    'median'
  ] as const;
  const lines = all.map(one =>
    [
      one.name,
      one.unit ?? '',
      ...keys.map(key => one[key]),
      ...QUANTILES.map(([key]) => one.quantiles?.[key]),
      one.skew,
      one.kurtosis
    ].map(cell)
  );
  const head = ['name', 'unit', ...keys, ...QUANTILES.map(([key]) => key), 'skew', 'kurtosis'];
  return [head, ...lines].map(line => line.join('\t')).join('\n');
}

/** The panel. */
export class StatisticsPanel implements DrawerPanel {
  constructor(private readonly _subject: StatisticsSubject) {
    this.node.className = 'lsp-Stats';
    this._search = element('input', 'lsp-Input', this.node);
    this._search.type = 'search';
    this._search.placeholder = 'Search columns';
    this._search.setAttribute('aria-label', 'Search columns');
    this._search.addEventListener('input', () => this._filter());
    const tools = element('div', 'lsp-Panel-tools', this.node);
    this._copy = button('lsp-Link', tools, 'Copy', () => void this._copied());
    this._all = button('lsp-Link', tools, '', () => void this._compute(Infinity));
    this._note = element('div', 'lsp-Panel-note', this.node);
    this._note.setAttribute('role', 'status');
    this._list = element('div', 'lsp-Stats-list', this.node);
    this.update();
  }

  readonly node = document.createElement('div');

  /** Compute again if something else is shown. */
  update(): void {
    // In whatever order: the statistics are the same.
    const view = { ...this._subject.view(), sort: [] };
    const key = JSON.stringify([view, this._subject.columns()]);
    if (key !== this._key) {
      this._key = key;
      void this._compute(AT_ONCE);
    }
  }

  dispose(): void {
    this._asking?.abort();
  }

  private async _compute(most: number): Promise<void> {
    this._asking?.abort();
    const asking = (this._asking = new AbortController());
    const all = this._subject.columns();
    const names = all.slice(0, most);
    this._told = [];
    this._list.replaceChildren();
    this._all.hidden = true;
    this._copy.disabled = true;
    const say = (): void => {
      const { length } = this._told;
      this._note.textContent =
        length < names.length ? `Computing column ${length + 1} of ${names.length}…` : '';
    };
    say();
    try {
      const told = (one: ColumnStatistics): void => {
        if (this._asking === asking) {
          this._told.push(one);
          this._list.append(this._card(one));
          say();
        }
      };
      await this._subject.analysis.statistics(this._subject.view(), names, told, asking.signal);
      if (this._asking !== asking) {
        return;
      }
      this._note.textContent = 'Of the rows in this view';
      this._all.hidden = all.length <= names.length;
      this._all.textContent = `Compute the other ${all.length - names.length}`;
    } catch (reason) {
      if (this._asking === asking && !isCancelled(reason)) {
        this._note.textContent = reasonText(reason);
      }
    }
    this._copy.disabled = this._told.length === 0;
  }

  private _card(one: ColumnStatistics): HTMLElement {
    const card = element('section', 'lsp-Stats-card', null);
    card.dataset.column = one.name;
    const head = element('h4', 'lsp-Stats-name', card, one.name);
    if (one.unit) {
      element('span', 'lsp-Columns-unit', head, one.unit);
    }
    const edges = one.histogram?.edges ?? [];
    if (edges.length > 0) {
      const figure = element('div', 'lsp-Stats-figure', card);
      drawHistogram(figure, one);
      const axis = element('div', 'lsp-Stats-axis', card);
      for (const edge of [edges[0], edges[edges.length - 1]]) {
        element('span', '', axis, statisticText(edge));
      }
      const { below = 0, above = 0 } = one.histogram ?? {};
      if (below + above > 0) {
        const out = `${(below + above).toLocaleString('en')} values lie outside of this histogram`;
        element('div', 'lsp-Panel-note', card, out);
      }
    }
    const facts = element('dl', 'lsp-Facts', card);
    for (const [name, value] of statisticsFacts(one)) {
      element('dt', '', facts, name);
      element('dd', '', facts, value).title = value;
    }
    if (one.top && one.top.length > 0) {
      const top = element('dl', 'lsp-Facts lsp-Stats-top', card);
      for (const { value, count } of one.top) {
        element('dt', '', top, String(value)).title = String(value);
        element('dd', '', top, count.toLocaleString('en'));
      }
    }
    this._match(card);
    return card;
  }

  private _match(card: HTMLElement): void {
    const word = this._search.value.trim().toLowerCase();
    card.hidden = word !== '' && !(card.dataset.column ?? '').toLowerCase().includes(word);
  }

  private _filter(): void {
    for (const card of this._list.children) {
      this._match(card as HTMLElement);
    }
  }

  private async _copied(): Promise<void> {
    await copyText(statisticsText(this._told));
    this._note.textContent = `Copied ${this._told.length} columns.`;
    this._subject.announce(this._note.textContent);
  }

  private readonly _search: HTMLInputElement;
  private readonly _copy: HTMLButtonElement;
  private readonly _all: HTMLButtonElement;
  private readonly _note: HTMLElement;
  private readonly _list: HTMLElement;
  private _told: ColumnStatistics[] = [];
  private _asking: AbortController | null = null;
  private _key = '';
}
