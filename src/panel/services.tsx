/** Where a query runs, and what an outside service has. */

import { Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import { HTMLSelect, ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import { Widget } from '@lumino/widgets';
import * as React from 'react';

import { asPlatformError } from '../api/errors';
import { deleteIcon, tableIcon } from '../icons';
import { serviceName } from '../state/services';
import type { ServicesModel } from '../state/services';
import { Notice } from './notice';

/** The choice that adds a service. */
const ADD = ' add';

class AddForm extends Widget implements Dialog.IBodyWidget<{ url: string; title: string }> {
  constructor() {
    super();
    this.addClass('lsp-JobLabel');
    this._url = this._field('Address', 'https://example.org/tap', 'url');
    this._title = this._field('Title', 'Optional', 'text');
  }

  getValue(): { url: string; title: string } {
    return { url: this._url.value.trim(), title: this._title.value.trim() };
  }

  private _field(text: string, placeholder: string, type: string): HTMLInputElement {
    const label = document.createElement('label');
    const input = document.createElement('input');
    label.textContent = text;
    input.type = type;
    input.className = 'jp-mod-styled';
    input.placeholder = placeholder;
    input.setAttribute('aria-label', text);
    this.node.append(label, input);
    return input;
  }

  private readonly _url: HTMLInputElement;
  private readonly _title: HTMLInputElement;
}

async function add(services: ServicesModel): Promise<void> {
  const answer = await showDialog({
    title: 'Add a TAP service',
    body: new AddForm(),
    buttons: [Dialog.cancelButton(), Dialog.okButton({ label: 'Add' })],
    focusNodeSelector: 'input'
  });
  if (answer.button.accept && answer.value?.url) {
    const { url, title } = answer.value;
    await services.add(serviceName(url), url, title);
  }
}

function told(reason: unknown): void {
  const error = asPlatformError(reason);
  Notification.error([error.message, error.hint].filter(Boolean).join(' '), { autoClose: false });
}

/** The line that says where queries run. */
export function ServicePicker(props: { services: ServicesModel; showTables(): void }): JSX.Element {
  const { services, showTables } = props;
  const { chosen, list } = services;
  return (
    <div className="lsp-Services-line">
      <span className="lsp-Services-label">Run on</span>
      <HTMLSelect
        aria-label="Run on"
        title={chosen ? chosen.url : 'Where queries run'}
        value={chosen?.name ?? ''}
        onChange={event => {
          if (event.target.value === ADD) {
            void add(services).catch(told);
          } else {
            services.choose(event.target.value);
          }
        }}
      >
        <option value="">this platform</option>
        {list.map(one => (
          <option key={one.name} value={one.name}>
            {one.title || one.name}
          </option>
        ))}
        <option value={ADD}>Add a TAP service…</option>
      </HTMLSelect>
      {chosen && (
        <button
          type="button"
          className="lsp-IconButton"
          title={`Show the tables of ${chosen.title || chosen.name}`}
          aria-label={`Show the tables of ${chosen.title || chosen.name}`}
          onClick={showTables}
        >
          <tableIcon.react tag="span" />
        </button>
      )}
      {chosen?.own && (
        <button
          type="button"
          className="lsp-IconButton"
          title={`Forget ${chosen.title || chosen.name}`}
          aria-label={`Forget ${chosen.title || chosen.name}`}
          onClick={() => void services.remove(chosen.name).catch(told)}
        >
          <deleteIcon.react tag="span" />
        </button>
      )}
    </div>
  );
}

interface TablesProps {
  readonly services: ServicesModel;
  insert(name: string): void;
}

/** The tables of the chosen service; it is asked when this is shown. */
function ServiceTables({ services, insert }: TablesProps): JSX.Element {
  const { chosen, tables, counts, columns, open, error, reading } = services;
  const [search, setSearch] = React.useState('');
  const name = chosen?.name ?? '';
  React.useEffect(() => {
    setSearch('');
    if (name) {
      services.look('');
    }
  }, [name, services]);
  if (!chosen) {
    return (
      <Notice
        text="Queries run on this platform."
        hint="Choose an outside service under “Run on” to see its tables."
      />
    );
  }
  const look = (text: string): void => {
    setSearch(text);
    services.look(text);
  };
  return (
    <div className="lsp-Services-tables" aria-busy={reading}>
      <div className="lsp-Services-title" title={chosen.url}>
        {chosen.title || chosen.name}
      </div>
      <input
        type="search"
        className="lsp-Services-search"
        aria-label="Search tables of the service"
        placeholder="Search its tables"
        value={search}
        onChange={event => look(event.currentTarget.value)}
      />
      {error && (
        <div className="lsp-Query-error" role="alert">
          <span className="lsp-Query-message">{error.message}</span>
          {error.hint && <span className="lsp-Query-hint">{error.hint}</span>}
        </div>
      )}
      <div className="lsp-Services-count" role="status">
        {reading
          ? 'Asking the service…'
          : counts[1] > 0 &&
            `${counts[0].toLocaleString('en')} of ${counts[1].toLocaleString('en')} tables` +
              (tables.length < counts[0] ? `, the first ${tables.length} are listed` : '')}
      </div>
      <ul className="lsp-Services-list" aria-label="Tables of the service">
        {tables.map(table => (
          <li key={table.name}>
            <button
              type="button"
              className="lsp-Services-table"
              aria-expanded={open === table.name}
              title={table.description || table.name}
              onClick={() => void services.openTable(table.name)}
              onDoubleClick={() => insert(table.name)}
            >
              <tableIcon.react tag="span" />
              <span>{table.name}</span>
            </button>
            {open === table.name && columns.length > 0 && (
              <ul aria-label={`Columns of ${table.name}`}>
                <li>
                  <button
                    type="button"
                    className="lsp-Services-column lsp-Link"
                    onClick={() => insert(table.name)}
                  >
                    Insert the table’s name
                  </button>
                </li>
                {columns.map(column => (
                  <li key={column.name}>
                    <button
                      type="button"
                      className="lsp-Services-column"
                      title={[column.description, column.ucd].filter(Boolean).join(' · ')}
                      onClick={() => insert(column.name)}
                    >
                      <span>{column.name}</span>
                      <span className="lsp-Services-unit">{column.unit}</span>
                    </button>
                  </li>
                ))}
              </ul>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** The tables of the chosen service, beside the query. */
export class ServiceTablesView extends ReactWidget {
  constructor(private readonly _props: TablesProps) {
    super();
    this.id = 'lsp-service-tables';
    this.addClass('lsp-Services');
    this.title.icon = tableIcon;
    this.title.caption = 'Tables of the outside service';
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', this.title.caption);
  }

  protected override onAfterShow(): void {
    this.update();
  }

  protected override onAfterHide(): void {
    this.update();
  }

  protected override render(): JSX.Element | null {
    // What nobody sees asks no service for its tables.
    if (!this.isVisible) {
      return null;
    }
    return (
      <UseSignal signal={this._props.services.changed}>
        {() => <ServiceTables {...this._props} />}
      </UseSignal>
    );
  }
}
