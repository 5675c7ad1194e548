/** Ways to write a query, as tabs: ADQL, and forms that write it. */

import { ReactWidget } from '@jupyterlab/ui-components';
import type { ISignal, Signal } from '@lumino/signaling';
import type { Widget } from '@lumino/widgets';
import * as React from 'react';

import type { PlatformError } from '../api/errors';

/** The way that is always there. */
export const ADQL_MODE = 'adql';

/** One way to write a query. */
export interface QueryMode {
  /** A name for code. */
  readonly id: string;
  /** What its tab says. */
  readonly label: string;
  /** Whether it can write queries for outside services. */
  readonly outside?: boolean;
  /** What is shown in place of the editor. */
  readonly widget: Widget;
  /** What it asks for may be another query. */
  readonly changed?: ISignal<unknown, void>;
  /** It is shown now; `adql` is what the editor has. */
  enter?(adql: string): void;
  /** The query as it stands; `null` keeps what the editor has. */
  query(): string | null;
  /** Why there is no query to run. */
  problem?(): PlatformError | null;
}

/** What the bar of tabs needs to know. */
export interface ModeHost {
  readonly changed: Signal<unknown, void>;
  /** Modes in the order of their tabs. */
  readonly modes: readonly Pick<QueryMode, 'id' | 'label'>[];
  readonly mode: string;
  setMode(id: string): void;
}

/** The tabs; nothing while there is one way only. */
export class ModeBar extends ReactWidget {
  constructor(private readonly _host: ModeHost) {
    super();
    this.addClass('lsp-Query-modes');
    _host.changed.connect(this._follow, this);
  }

  private _follow(): void {
    this.update();
  }

  protected override render(): JSX.Element | null {
    const { modes, mode } = this._host;
    if (modes.length < 2) {
      return null;
    }
    const step = (event: React.KeyboardEvent<HTMLElement>): void => {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (by) {
        const at = modes.findIndex(one => one.id === mode);
        const next = (at + by + modes.length) % modes.length;
        this._host.setMode(modes[next].id);
        (event.currentTarget.children[next] as HTMLElement | undefined)?.focus();
        event.preventDefault();
      }
    };
    return (
      <div className="lsp-Tabs" role="tablist" aria-label="Ways to write a query" onKeyDown={step}>
        {modes.map(one => (
          <button
            key={one.id}
            type="button"
            role="tab"
            className="lsp-Tab"
            aria-selected={one.id === mode}
            tabIndex={one.id === mode ? 0 : -1}
            onClick={() => this._host.setMode(one.id)}
          >
            {one.label}
          </button>
        ))}
      </div>
    );
  }
}
