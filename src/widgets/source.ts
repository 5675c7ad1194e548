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
  readonly selection: Partial<RowSelection>;
}

/** What Python answers; each answer repeats the number of its request. */
interface Reply {
  readonly kind: 'rows' | 'selected' | 'refreshed' | 'error';
  readonly request?: number;
  readonly rows?: number;
  readonly complete?: boolean;
  readonly error?: { readonly message: string; readonly hint?: string };
}

/** An answer with its binary part. */
type Answer = readonly [reply: Reply, buffers: readonly DataView[]];

interface Waiting {
  resolve(answer: Answer): void;
  reject(reason: Error): void;
}

/** Milliseconds a kernel may take. It answers between cells, so this is long. */
const PATIENCE = 60_000;

const NOTHING: RowSelection = { ranges: [], rows: 0, revision: 0 };

function kernelError(message: string, hint: string): Error {
  return Object.assign(new Error(message), { hint });
}

/** Asks Python by messages; many requests may be under way. */
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
    return { ...NOTHING, ...this._model.get('selection') };
  }

  async fetch(
    start: number,
    count: number,
    view: TableView,
    signal: AbortSignal
  ): Promise<RowBlock> {
    const asked = { kind: 'rows', start, count, view: isPlain(view) ? null : view };
    const [reply, [data]] = await this._ask(asked, signal);
    return {
      table: tableFromIPC(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
      rows: reply.rows ?? 0,
      complete: reply.complete ?? true
    };
  }

  async select(ranges: Ranges, view: TableView): Promise<void> {
    await this._ask({ kind: 'select', ranges, view: isPlain(view) ? null : view });
  }

  /** Let Python look whether there are more rows, or another selection. */
  async refresh(): Promise<void> {
    await this._ask({ kind: 'refresh' });
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
    for (const waiting of [...this._waiting.values()]) {
      waiting.reject(new DOMException('Closed', 'AbortError'));
    }
  }

  private _ask(message: object, signal?: AbortSignal): Promise<Answer> {
    const request = (this._last += 1);
    return new Promise<Answer>((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', cancelled);
        this._waiting.delete(request);
      };
      const refuse = (reason: Error): void => {
        settle();
        reject(reason);
      };
      const cancelled = (): void => refuse(new DOMException('Cancelled', 'AbortError'));
      const timer = setTimeout(
        () =>
          refuse(
            kernelError(
              'The kernel does not answer.',
              'It may be busy with another cell, or ended.'
            )
          ),
        PATIENCE
      );
      signal?.addEventListener('abort', cancelled);
      this._waiting.set(request, {
        resolve: answer => {
          settle();
          resolve(answer);
        },
        reject: refuse
      });
      this._model.send({ ...message, request });
    });
  }

  private readonly _onMessage = (reply: Reply, buffers: DataView[]): void => {
    const waiting = reply.request === undefined ? undefined : this._waiting.get(reply.request);
    if (reply.kind === 'error') {
      const { message = 'The kernel could not do this.', hint = '' } = reply.error ?? {};
      waiting?.reject(kernelError(message, hint));
    } else {
      waiting?.resolve([reply, buffers]);
    }
  };

  private readonly _onSelection = (): void => this._tell('selection');

  private readonly _onResult = (): void => this._tell('rows');

  private _tell(change: SourceChange): void {
    for (const callback of [...this._callbacks]) {
      callback(change);
    }
  }

  private _last = 0;
  private readonly _waiting = new Map<number, Waiting>();
  private readonly _callbacks = new Set<(change: SourceChange) => void>();
}
