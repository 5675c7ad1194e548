/** A result in the kernel as the source of a table viewer. */

import type { AnyModel } from '@anywidget/types';
import { tableFromIPC } from 'apache-arrow';

import type { Ranges } from '../viewers/ranges';
import { isPlain } from '../viewers/source';
import type {
  RowBlock,
  RowSelection,
  RowSource,
  SourceChange,
  SourceColumn,
  TableView
} from '../viewers/source';

/** What Python keeps in step with the page. */
export interface WidgetState {
  readonly result: {
    readonly id: string;
    readonly columns: readonly SourceColumn[];
    readonly rows: number;
    readonly complete: boolean;
    readonly overflow: boolean;
  };
  readonly height: number;
  readonly selection: RowSelection;
}

interface Reply {
  readonly kind: 'rows' | 'error' | 'selected';
  readonly request?: number;
  readonly rows?: number;
  readonly complete?: boolean;
  readonly error?: { readonly message: string; readonly hint?: string };
}

interface Waiting {
  resolve(block: RowBlock): void;
  reject(reason: unknown): void;
}

/** Milliseconds a kernel may take for rows, and to confirm a selection. */
const PATIENCE = { rows: 60_000, selection: 10_000 } as const;

const NOTHING: RowSelection = { ranges: [], rows: 0, revision: 0 };

function kernelError(message: string, hint: string): Error {
  return Object.assign(new Error(message), { hint });
}

/** Asks Python for rows by messages; many may be under way. */
export class KernelSource implements RowSource {
  constructor(private readonly _model: AnyModel<WidgetState>) {
    _model.on('msg:custom', this._onMessage);
    _model.on('change:selection', this._onSelection);
    _model.on('change:result', this._onResult);
  }

  get columns(): readonly SourceColumn[] {
    return this._model.get('result').columns;
  }

  get rows(): number {
    return this._model.get('result').rows;
  }

  get complete(): boolean {
    return this._model.get('result').complete;
  }

  get overflow(): boolean {
    return this._model.get('result').overflow;
  }

  get selection(): RowSelection {
    const selection = this._model.get('selection') as Partial<RowSelection> | undefined;
    return { ...NOTHING, ...selection };
  }

  fetch(start: number, count: number, view: TableView, signal: AbortSignal): Promise<RowBlock> {
    const request = (this._last += 1);
    return new Promise<RowBlock>((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', cancelled);
        this._waiting.delete(request);
      };
      const cancelled = (): void => {
        settle();
        reject(new DOMException('Cancelled', 'AbortError'));
      };
      const timer = setTimeout(() => {
        settle();
        reject(
          kernelError('The kernel does not answer.', 'It may be busy with another cell, or ended.')
        );
      }, PATIENCE.rows);
      signal.addEventListener('abort', cancelled);
      this._waiting.set(request, {
        resolve: block => {
          settle();
          resolve(block);
        },
        reject: reason => {
          settle();
          reject(reason);
        }
      });
      this._model.send({ kind: 'rows', request, start, count, view: isPlain(view) ? null : view });
    });
  }

  select(ranges: Ranges, view: TableView): Promise<void> {
    return new Promise(resolve => {
      const done = (): void => {
        clearTimeout(timer);
        this._confirm.delete(done);
        resolve();
      };
      // A selection that is the same as before is not told again: then go on as it is.
      const timer = setTimeout(done, PATIENCE.selection);
      this._confirm.add(done);
      this._model.send({ kind: 'select', ranges, view: isPlain(view) ? null : view });
    });
  }

  onChange(callback: (change: SourceChange) => void): () => void {
    this._callbacks.add(callback);
    return () => this._callbacks.delete(callback);
  }

  dispose(): void {
    this._model.off('msg:custom', this._onMessage);
    this._model.off('change:selection', this._onSelection);
    this._model.off('change:result', this._onResult);
    this._callbacks.clear();
  }

  private readonly _onMessage = (message: Reply, buffers: DataView[]): void => {
    const waiting = message.request === undefined ? undefined : this._waiting.get(message.request);
    if (message.kind === 'error') {
      const { message: text = 'The kernel could not do this.', hint = '' } = message.error ?? {};
      waiting?.reject(kernelError(text, hint));
    } else if (message.kind === 'rows' && waiting) {
      const [data] = buffers;
      try {
        const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
        waiting.resolve({
          table: tableFromIPC(bytes),
          rows: message.rows ?? 0,
          complete: message.complete ?? true
        });
      } catch (reason) {
        waiting.reject(reason);
      }
    }
  };

  private readonly _onSelection = (): void => {
    [...this._confirm].forEach(done => done());
    this._tell('selection');
  };

  private readonly _onResult = (): void => this._tell('rows');

  private _tell(change: SourceChange): void {
    for (const callback of [...this._callbacks]) {
      callback(change);
    }
  }

  private _last = 0;
  private readonly _waiting = new Map<number, Waiting>();
  private readonly _confirm = new Set<() => void>();
  private readonly _callbacks = new Set<(change: SourceChange) => void>();
}
