/** The catalogue as the lines of a tree. */

import type { ColumnInfo, Release, TableInfo } from '../api/models';

/** One line. */
export type TreeItem = {
  /** Unique, and the same as long as the thing is. */
  readonly key: string;
  readonly level: 1 | 2 | 3;
  /** Place among its siblings, from 1, and how many there are. */
  readonly place: number;
  readonly of: number;
  /** Whether it is open; `null` if it has nothing to open. */
  readonly open: boolean | null;
} & (
  | { readonly kind: 'release'; readonly release: Release }
  | { readonly kind: 'table'; readonly release: Release; readonly table: TableInfo }
  | { readonly kind: 'column'; readonly table: TableInfo; readonly column: ColumnInfo }
);

function matches(text: string, words: readonly string[]): boolean {
  const lower = text.toLowerCase();
  return words.every(word => lower.includes(word));
}

function columnText(column: ColumnInfo): string {
  return [column.name, column.ucd, column.unit, column.description].filter(part => part).join(' ');
}

/**
 * The lines on screen.
 *
 * Parameters
 * ----------
 * releases: the catalogue.
 * open: keys of what a person opened or closed; releases are open at first, tables closed.
 * search: words; only what holds all of them is shown, opened as far as needed.
 */
export function treeItems(
  releases: readonly Release[],
  open: ReadonlySet<string>,
  search: string
): readonly TreeItem[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const items: TreeItem[] = [];
  const found = releases
    .map(release => ({ release, tables: foundTables(release, words) }))
    .filter(
      ({ release, tables }) =>
        words.length === 0 || tables.length > 0 || matches(release.name, words)
    );
  found.forEach(({ release, tables }, i) => {
    const key = `r:${release.name}`;
    // What describes the catalogues themselves waits until it is asked for.
    const closed = release.name.toLowerCase() === 'tap_schema';
    const isOpen = words.length > 0 || open.has(key) === closed;
    items.push({
      key,
      kind: 'release',
      level: 1,
      place: i + 1,
      of: found.length,
      open: isOpen,
      release
    });
    if (!isOpen) {
      return;
    }
    tables.forEach(({ table, columns, byColumn }, j) => {
      const tableKey = `t:${release.name}/${table.name}`;
      const tableOpen = byColumn || open.has(tableKey);
      items.push({
        key: tableKey,
        kind: 'table',
        level: 2,
        place: j + 1,
        of: tables.length,
        open: tableOpen,
        release,
        table
      });
      if (tableOpen) {
        columns.forEach((column, k) =>
          items.push({
            key: `c:${release.name}/${table.name}/${column.name}`,
            kind: 'column',
            level: 3,
            place: k + 1,
            of: columns.length,
            open: null,
            table,
            column
          })
        );
      }
    });
  });
  return items;
}

interface FoundTable {
  readonly table: TableInfo;
  readonly columns: readonly ColumnInfo[];
  /** Whether it is shown for the sake of its columns only. */
  readonly byColumn: boolean;
}

function foundTables(release: Release, words: readonly string[]): FoundTable[] {
  const out: FoundTable[] = [];
  for (const table of release.tables) {
    if (matches(table.name, words)) {
      out.push({ table, columns: table.columns, byColumn: false });
      continue;
    }
    const columns = table.columns.filter(column => matches(columnText(column), words));
    if (columns.length > 0) {
      out.push({ table, columns, byColumn: true });
    } else if (matches(`${table.name} ${table.description ?? ''}`, words)) {
      out.push({ table, columns: table.columns, byColumn: false });
    }
  }
  return out;
}

/** A number of rows in few characters: `482k`, `1.2M`. */
export function shortCount(rows: number): string {
  const units: [number, string][] = [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k']
  ];
  for (const [size, unit] of units) {
    if (rows >= size) {
      const value = rows / size;
      return `${value >= 100 ? Math.floor(value) : value.toFixed(1).replace(/\.0$/, '')}${unit}`;
    }
  }
  return String(rows);
}
