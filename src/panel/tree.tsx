/** The catalogue as a tree: releases, tables, columns. */

import { ReactWidget, UseSignal, caretDownIcon, caretRightIcon } from '@jupyterlab/ui-components';
import type { LabIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { copyIcon, deleteIcon, editIcon, releaseIcon, runIcon, tableIcon } from '../icons';
import type { CatalogModel } from '../state/catalog';
import { shortCount, treeItems } from '../state/tree';
import type { TablesModel } from '../state/tables';
import type { TreeItem } from '../state/tree';
import { HoverCard } from './hovercard';
import { NoTables, Transfers, acceptFiles } from './mine';
import { Notice } from './notice';
import { cardOf } from './tree_card';

/** What a person can do in the tree. */
export interface TreeActions {
  /** Put the name of a table or a column into the editor. */
  insert(name: string): void;
  /** Write a query for the first rows of a table, and run it. */
  firstRows(table: string): void;
  /** Put text on the clipboard. */
  copy(text: string): void;
  /** Ask for another name of a table of one's own. */
  rename(table: string): void;
  /** Delete a table of one's own. */
  remove(table: string): void;
  /** Make tables of files. */
  upload(files: readonly File[]): void;
}

/** Whether a line is a table of one's own. */
function isOwn(item: TreeItem): boolean {
  return item.kind === 'table' && (item.release.own ?? false);
}

/** The name a line puts into a query; a release has none. */
function nameOf(item: TreeItem): string {
  return item.kind === 'table' ? item.table.name : item.kind === 'column' ? item.column.name : '';
}

interface LineProps {
  readonly item: TreeItem;
  readonly current: boolean;
  readonly actions: TreeActions;
  readonly toggle: (item: TreeItem) => void;
  readonly focus: (key: string) => void;
  readonly card: HoverCard;
}

/** A button of a line; the keyboard has keys for it. */
function Action(props: {
  icon: LabIcon;
  title: string;
  label: string;
  onClick: (event: React.MouseEvent) => void;
}): JSX.Element {
  const { icon: Icon, title, label, onClick } = props;
  return (
    <button
      type="button"
      className="lsp-IconButton"
      tabIndex={-1}
      title={title}
      aria-label={label}
      onClick={onClick}
    >
      <Icon.react tag="span" />
    </button>
  );
}

function Line(props: LineProps): JSX.Element {
  const { item, actions, card } = props;
  const stop = (action: () => void) => (event: React.MouseEvent) => {
    event.stopPropagation();
    action();
  };
  const label =
    item.kind === 'release'
      ? item.release.title || item.release.name
      : item.kind === 'table'
        ? item.table.name
        : item.column.name;
  const side =
    item.kind === 'table'
      ? item.table.rows === null
        ? ''
        : shortCount(item.table.rows)
      : item.kind === 'column'
        ? (item.column.unit ?? '')
        : '';
  const own = isOwn(item);
  const show = (event: React.SyntheticEvent<HTMLElement>): void =>
    card.show(event.currentTarget, () => cardOf(item));
  return (
    <div
      role="treeitem"
      className="lsp-Tree-item"
      id={`lsp-tree-${item.key}`}
      data-key={item.key}
      data-kind={item.kind}
      data-name={nameOf(item)}
      data-own={own || undefined}
      data-principal={item.kind === 'column' ? String(item.column.principal ?? false) : undefined}
      aria-level={item.level}
      aria-posinset={item.place}
      aria-setsize={item.of}
      aria-expanded={item.open ?? undefined}
      aria-selected={props.current}
      aria-label={[label, own ? 'your table' : item.kind, side].filter(Boolean).join(', ')}
      tabIndex={props.current ? 0 : -1}
      onClick={() => {
        props.focus(item.key);
        if (item.open !== null) {
          props.toggle(item);
        }
      }}
      onDoubleClick={() => item.kind !== 'release' && actions.insert(nameOf(item))}
      onFocus={() => props.focus(item.key)}
      onMouseEnter={show}
      onMouseLeave={() => card.hide()}
    >
      <span className="lsp-Tree-caret">
        {item.open !== null &&
          (item.open ? <caretDownIcon.react tag="span" /> : <caretRightIcon.react tag="span" />)}
      </span>
      {item.kind === 'release' && <releaseIcon.react tag="span" className="lsp-Tree-icon" />}
      {item.kind === 'table' && <tableIcon.react tag="span" className="lsp-Tree-icon" />}
      <span className="lsp-Tree-name">{label}</span>
      {side && <span className="lsp-Tree-side">{side}</span>}
      {item.kind === 'table' && (
        <span className="lsp-Tree-actions">
          <Action
            icon={runIcon}
            title="Show the first 100 rows"
            label={`Show the first 100 rows of ${label}`}
            onClick={stop(() => actions.firstRows(item.table.name))}
          />
          {own && (
            <>
              <Action
                icon={editIcon}
                title="Rename (F2)"
                label={`Rename ${label}`}
                onClick={stop(() => actions.rename(item.table.name))}
              />
              <Action
                icon={deleteIcon}
                title="Delete (Del)"
                label={`Delete ${label}`}
                onClick={stop(() => actions.remove(item.table.name))}
              />
            </>
          )}
        </span>
      )}
    </div>
  );
}

/** Licence and citation, always visible under an open release. */
function Credit(props: {
  item: TreeItem & { kind: 'release' };
  actions: TreeActions;
}): JSX.Element | null {
  const { license, citation } = props.item.release;
  if (!license && !citation) {
    return null;
  }
  return (
    <div className="lsp-Tree-credit" role="none">
      {license && (
        <span className="lsp-Tree-license" title={`Licence: ${license}`}>
          {license}
        </span>
      )}
      {citation && (
        <>
          <span className="lsp-Tree-citation" title={citation}>
            {citation}
          </span>
          <button
            type="button"
            className="lsp-IconButton"
            title="Copy the citation"
            aria-label="Copy the citation"
            onClick={() => props.actions.copy(citation)}
          >
            <copyIcon.react tag="span" />
          </button>
        </>
      )}
    </div>
  );
}

/** The tree with its search box. */
export function Tree(props: {
  catalog: CatalogModel;
  tables: TablesModel;
  actions: TreeActions;
}): JSX.Element {
  const { catalog, tables, actions } = props;
  const [search, setSearch] = React.useState('');
  const [open, setOpen] = React.useState<ReadonlySet<string>>(new Set());
  const [current, setCurrent] = React.useState('');
  const card = React.useMemo(() => new HoverCard(), []);
  React.useEffect(() => () => card.dispose(), [card]);
  const box = React.useRef<HTMLDivElement>(null);

  const items = React.useMemo(
    () => treeItems([tables.release, ...catalog.releases], open, search),
    [tables.release, catalog.releases, open, search]
  );
  const at = Math.max(
    0,
    items.findIndex(item => item.key === current)
  );

  const toggle = (item: TreeItem): void => {
    card.hide();
    const next = new Set(open);
    if (!next.delete(item.key)) {
      next.add(item.key);
    }
    setOpen(next);
  };
  const go = (index: number): void => {
    const item = items[Math.max(0, Math.min(index, items.length - 1))];
    setCurrent(item.key);
    const node = box.current?.querySelector<HTMLElement>(`[data-key=${CSS.escape(item.key)}]`);
    node?.focus();
    if (node) {
      card.show(node, () => cardOf(item));
    }
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const item = items[at];
    if (!item || (event.target as HTMLElement).tagName === 'BUTTON') {
      return;
    }
    const parent = items.slice(0, at).findLastIndex(other => other.level < item.level);
    switch (event.key) {
      case 'ArrowDown':
        go(at + 1);
        break;
      case 'ArrowUp':
        go(at - 1);
        break;
      case 'Home':
        go(0);
        break;
      case 'End':
        go(items.length - 1);
        break;
      case 'ArrowRight':
        if (item.open === false) {
          toggle(item);
        } else if (item.open) {
          go(at + 1);
        }
        break;
      case 'ArrowLeft':
        if (item.open && search === '') {
          toggle(item);
        } else if (parent >= 0) {
          go(parent);
        }
        break;
      case 'Enter':
        if (item.kind === 'release') {
          toggle(item);
        } else {
          actions.insert(nameOf(item));
        }
        break;
      case 'F2':
      case 'Delete':
        if (isOwn(item)) {
          (event.key === 'F2' ? actions.rename : actions.remove)(nameOf(item));
        }
        break;
      case 'Escape':
        card.hide();
        return;
      default:
        if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) {
          const next = [...items.slice(at + 1), ...items.slice(0, at + 1)].find(other =>
            (nameOf(other) || other.key.slice(2)).toLowerCase().startsWith(event.key.toLowerCase())
          );
          if (next) {
            go(items.indexOf(next));
          }
          break;
        }
        return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  if (catalog.status === 'loading') {
    return <Notice text="Reading the catalogues…" busy />;
  }
  if (catalog.status === 'failed') {
    return (
      <Notice error={catalog.error} action="Try again" onAction={() => void catalog.refresh()} />
    );
  }
  if (catalog.releases.length === 0 && tables.list.length === 0) {
    return (
      <Notice
        text="No catalogue is published here yet."
        hint="Load the demo sky with `lsp demo`, or publish a table with `lsp publish`."
      />
    );
  }
  return (
    <div className="lsp-Tree">
      <div className="lsp-Tree-search">
        <input
          type="search"
          className="lsp-Input"
          placeholder="Search tables and columns"
          aria-label="Search tables and columns"
          value={search}
          onChange={event => {
            setSearch(event.target.value);
            box.current?.scrollTo(0, 0);
          }}
        />
      </div>
      <div
        role="tree"
        aria-label="Catalogues"
        className="lsp-Tree-items"
        ref={box}
        onKeyDown={onKeyDown}
        onBlur={event => card.hide(event.target)}
        onScroll={() => card.close()}
      >
        {items.map((item, index) => (
          <React.Fragment key={item.key}>
            <Line
              item={item}
              current={index === at}
              actions={actions}
              toggle={toggle}
              focus={setCurrent}
              card={card}
            />
            {item.kind === 'release' && item.open && <Credit item={item} actions={actions} />}
            {item.kind === 'release' && item.release.own && item.open && search === '' && (
              <NoTables tables={tables} />
            )}
          </React.Fragment>
        ))}
        {items.length === 0 && (
          <Notice text="Nothing has that in its name, unit, UCD or description." />
        )}
      </div>
    </div>
  );
}

/** The section of the side panel. */
export class TreeSection extends ReactWidget {
  constructor(
    private readonly _catalog: CatalogModel,
    private readonly _tables: TablesModel,
    private readonly _actions: TreeActions
  ) {
    super();
    this.addClass('lsp-Section');
    this.addClass('lsp-TreeSection');
    this.title.label = 'Catalogues';
    acceptFiles(this.node, files => this._actions.upload(files));
  }

  protected override render(): JSX.Element {
    return (
      <UseSignal signal={this._catalog.changed}>
        {() => (
          <UseSignal signal={this._tables.changed}>
            {() => (
              <>
                <Transfers tables={this._tables} />
                <Tree catalog={this._catalog} tables={this._tables} actions={this._actions} />
              </>
            )}
          </UseSignal>
        )}
      </UseSignal>
    );
  }
}
