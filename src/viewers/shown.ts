/** What a person asked to see of a table, part by part. */

import { expressionOf } from './filters';
import type { LayoutState } from './layout';
import type { Condition, DerivedColumn, SortKey, TableView } from './source';

/** A filter as it was typed, and what it means. */
export interface TypedFilter {
  readonly text: string;
  readonly conditions: readonly Condition[];
}

/** All of it. */
export interface Shown {
  readonly sort: readonly SortKey[];
  /** By the name of the column. */
  readonly filters: ReadonlyMap<string, TypedFilter>;
  readonly derive: readonly DerivedColumn[];
  readonly where: readonly string[];
  readonly subset: string;
}

/** A table as it is stored in layouts and links. */
export interface TableState {
  readonly view?: Partial<TableView>;
  readonly columns?: LayoutState;
  /** The panel that is open at the side. */
  readonly drawer?: string;
}

/** What a person asked of a table that others do. */
export type TableRequest =
  | { readonly kind: 'download'; readonly url: string }
  | {
      readonly kind: 'keep';
      readonly view: TableView;
      readonly columns: readonly string[] | null;
    }
  | { readonly kind: 'code'; readonly adql: string }
  | { readonly kind: 'image'; readonly did: string }
  | { readonly kind: 'query'; readonly adql: string; readonly run: boolean };

/** Everything, as in the result. */
export const EVERYTHING: Shown = {
  sort: [],
  filters: new Map(),
  derive: [],
  where: [],
  subset: ''
};

/** As it travels; parts that say nothing are left out. */
export function toView(shown: Shown): TableView {
  const { sort, filters, derive, where, subset } = shown;
  return {
    sort,
    filter: [...filters.values()].flatMap(filter => filter.conditions),
    ...(derive.length > 0 ? { derive } : {}),
    ...(where.length > 0 ? { where } : {}),
    ...(subset ? { subset } : {})
  };
}

/** Read it back; what is not a view is left out. */
export function fromView(view: Partial<TableView>): Shown {
  const filters = new Map<string, TypedFilter>();
  for (const condition of view.filter ?? []) {
    const conditions = [...(filters.get(condition[0])?.conditions ?? []), condition];
    filters.set(condition[0], { text: expressionOf(conditions), conditions });
  }
  return {
    sort: view.sort ?? [],
    filters,
    derive: view.derive ?? [],
    where: view.where ?? [],
    subset: view.subset ?? ''
  };
}

/** Without a computed column, and without what needs it to sort and filter. */
export function withoutDerived(shown: Shown, name: string): Shown {
  const filters = new Map(shown.filters);
  filters.delete(name);
  return {
    ...shown,
    filters,
    sort: shown.sort.filter(([key]) => key !== name),
    derive: shown.derive.filter(([key]) => key !== name)
  };
}

/** With a filter of a column, or without it. */
export function withFilter(shown: Shown, name: string, filter: TypedFilter | null): Shown {
  const filters = new Map(shown.filters);
  if (filter) {
    filters.set(name, filter);
  } else {
    filters.delete(name);
  }
  return { ...shown, filters };
}
