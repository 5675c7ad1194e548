/** The data files of the user's folder, each a click away from its table. */

import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import * as React from 'react';

import { tableIcon } from '../icons';
import type { DataFile } from '../api/models';
import { partsOf } from '../state/files';
import type { FilesModel } from '../state/files';
import { bytes } from '../state/jobs';
import { acceptFiles } from './mine';
import { Notice } from './notice';

/** What a person can do with the files. */
export interface FileActions {
  /** Show the table in a file of the folder. */
  open(path: string): void;
  /** Put files into the folder and show their tables. */
  take(files: readonly File[]): void;
}

function Line(props: {
  file: DataFile;
  current: boolean;
  focus: () => void;
  open: () => void;
}): JSX.Element {
  const { file, current } = props;
  const { folder, name } = partsOf(file.path);
  const changed = new Date(file.changed).toLocaleString('en');
  return (
    <li
      role="option"
      className="lsp-File"
      data-path={file.path}
      aria-selected={current}
      aria-label={`${file.path}, ${bytes(file.size)}`}
      title={`${file.path}\n${bytes(file.size)}, changed ${changed}`}
      tabIndex={current ? 0 : -1}
      onFocus={props.focus}
      onClick={props.open}
    >
      <tableIcon.react tag="span" className="lsp-File-icon" />
      <span className="lsp-File-path">
        <span className="lsp-File-folder">{folder}</span>
        <span className="lsp-File-name">{name}</span>
      </span>
      <span className="lsp-File-size">{bytes(file.size)}</span>
    </li>
  );
}

/** The files, and a box to look for some. */
export function FileList({
  files,
  actions
}: {
  files: FilesModel;
  actions: FileActions;
}): JSX.Element {
  const [current, setCurrent] = React.useState('');
  const box = React.useRef<HTMLUListElement>(null);
  const list = files.list;
  const at = Math.max(
    0,
    list.findIndex(file => file.path === current)
  );
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const steps: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      Home: 0,
      End: list.length - 1
    };
    if (event.key in steps) {
      const place = Math.max(0, Math.min(steps[event.key], list.length - 1));
      (box.current?.children[place] as HTMLElement | undefined)?.focus();
    } else if (event.key === 'Enter' || event.key === ' ') {
      actions.open(list[at].path);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  if (files.error) {
    return <Notice error={files.error} action="Try again" onAction={() => void files.refresh()} />;
  }
  if (!files.loaded) {
    return <Notice text="Looking for data files…" busy />;
  }
  if (files.empty) {
    return (
      <Notice
        text="There are no data files in your folder."
        hint="Drop a VOTable, FITS, Parquet, Arrow, CSV or ECSV file here to look at it."
      />
    );
  }
  return (
    <>
      <div className="lsp-Tree-search">
        <input
          type="search"
          className="lsp-Input"
          placeholder="Search data files"
          aria-label="Search data files"
          value={files.search}
          onChange={event => {
            files.search = event.target.value;
          }}
        />
      </div>
      {list.length === 0 ? (
        <Notice text="No data file has that in its path." />
      ) : (
        <ul
          role="listbox"
          aria-label="Data files"
          className="lsp-Files"
          ref={box}
          onKeyDown={onKeyDown}
        >
          {list.map((file, index) => (
            <Line
              key={file.path}
              file={file}
              current={index === at}
              focus={() => setCurrent(file.path)}
              open={() => actions.open(file.path)}
            />
          ))}
        </ul>
      )}
      {!files.complete && (
        <div className="lsp-Files-note">There are more; the file browser has them all.</div>
      )}
    </>
  );
}

/** The section of the side panel. */
export class FilesSection extends ReactWidget {
  constructor(
    private readonly _files: FilesModel,
    private readonly _actions: FileActions
  ) {
    super();
    this.addClass('lsp-Section');
    this.addClass('lsp-FilesSection');
    this.title.label = 'Data files';
    acceptFiles(this.node, files => this._actions.take(files));
  }

  /** Whoever opens the section sees what is there now. */
  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    void this._files.refresh();
  }

  protected override render(): JSX.Element {
    return (
      <UseSignal signal={this._files.changed}>
        {() => <FileList files={this._files} actions={this._actions} />}
      </UseSignal>
    );
  }
}
