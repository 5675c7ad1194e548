/** What belongs to tables of one's own: files dropped, and tables on their way. */

import * as React from 'react';

import { stopIcon } from '../icons';
import { SCHEMA, transferText } from '../state/tables';
import type { TablesModel, Transfer } from '../state/tables';

function Line(props: { transfer: Transfer; cancel: () => void }): JSX.Element {
  const { transfer, cancel } = props;
  const { name, fraction } = transfer;
  const percent = fraction === null ? undefined : Math.floor(fraction * 100);
  return (
    <li className="lsp-Transfer" data-name={name} data-stage={transfer.stage}>
      <span className="lsp-Transfer-name">{`${SCHEMA}.${name}`}</span>
      <span className="lsp-Transfer-text">{transferText(transfer)}</span>
      <button
        type="button"
        className="lsp-IconButton"
        title="Cancel"
        aria-label={`Cancel ${SCHEMA}.${name}`}
        onClick={cancel}
      >
        <stopIcon.react tag="span" />
      </button>
      <div
        className={`lsp-Progress${fraction === null ? ' lsp-mod-unknown' : ''}`}
        role="progressbar"
        aria-label={`Progress of ${SCHEMA}.${name}`}
        aria-valuenow={percent}
      >
        <div style={percent === undefined ? undefined : { width: `${percent}%` }} />
      </div>
    </li>
  );
}

/** The tables on their way; nothing if there are none. */
export function Transfers({ tables }: { tables: TablesModel }): JSX.Element | null {
  if (tables.transfers.length === 0) {
    return null;
  }
  return (
    <ul className="lsp-Transfers" aria-label="Tables on their way">
      {tables.transfers.map(one => (
        <Line key={one.id} transfer={one} cancel={() => tables.cancel(one.id)} />
      ))}
    </ul>
  );
}

/** What stands below “My tables” as long as there are none, or they cannot be read. */
export function NoTables({ tables }: { tables: TablesModel }): JSX.Element | null {
  if (tables.error) {
    return (
      <div className="lsp-Tree-note" role="alert">
        {tables.error.message}{' '}
        <button type="button" className="lsp-Link" onClick={() => void tables.refresh()}>
          Try again
        </button>
      </div>
    );
  }
  return tables.list.length > 0 ? null : (
    <div className="lsp-Tree-note" role="none">
      Drop a file here, or save a result.
    </div>
  );
}

/** The files of a drag; `null` if it carries none. */
function filesOf(event: DragEvent): DataTransfer | null {
  const { dataTransfer } = event;
  return dataTransfer?.types.includes('Files') ? dataTransfer : null;
}

/** Let files be dropped on an element. */
export function acceptFiles(node: HTMLElement, take: (files: readonly File[]) => void): void {
  // Children are entered before their parent is left.
  let inside = 0;
  const show = (): void => {
    node.classList.toggle('lsp-mod-drop', inside > 0);
  };
  node.addEventListener('dragenter', event => {
    if (filesOf(event)) {
      event.preventDefault();
      inside += 1;
      show();
    }
  });
  node.addEventListener('dragover', event => {
    const files = filesOf(event);
    if (files) {
      event.preventDefault();
      files.dropEffect = 'copy';
    }
  });
  node.addEventListener('dragleave', event => {
    if (filesOf(event)) {
      inside = Math.max(0, inside - 1);
      show();
    }
  });
  node.addEventListener('drop', event => {
    const files = filesOf(event);
    if (files) {
      event.preventDefault();
      event.stopPropagation();
      inside = 0;
      show();
      take([...files.files]);
    }
  });
}

/** Have a person choose files, or one. */
export function chooseFiles(take: (files: readonly File[]) => void, multiple = true): void {
  const input = document.createElement('input');
  input.type = 'file';
  input.multiple = multiple;
  input.accept =
    '.vot,.votable,.xml,.fits,.fit,.fits.gz,.parquet,.arrow,.ipc,.csv,.tsv,.txt,.dat,.ecsv,.gz';
  input.addEventListener('change', () => {
    take([...(input.files ?? [])]);
    input.remove();
  });
  input.addEventListener('cancel', () => input.remove());
  input.hidden = true;
  document.body.appendChild(input);
  input.click();
}
