/** The choice of a table of an outside service. */

import * as React from 'react';

import type { Service } from '../api/models';
import type { OutsideModel } from '../state/outside';
import { Select } from './form_parts';

/** A box to look for tables, and those that were found; the service is asked when this is shown. */
export function OutsideTable(props: { outside: OutsideModel; service: Service }): JSX.Element {
  const { outside, service } = props;
  const { found, table, reading, error } = outside;
  const [search, setSearch] = React.useState('');
  const title = service.title || service.name;
  React.useEffect(() => {
    setSearch('');
    outside.look('');
  }, [service.name, outside]);
  const shown = found.tables;
  const count =
    `${found.found.toLocaleString('en')} of ${found.total.toLocaleString('en')} tables` +
    (shown.length < found.found ? `, the first ${shown.length} are listed` : '');
  return (
    <div aria-busy={reading}>
      <div className="lsp-Form-control">
        <input
          type="search"
          className="lsp-Input"
          aria-label={`Search tables of ${title}`}
          placeholder={`Search tables of ${title}`}
          spellCheck={false}
          value={search}
          onChange={event => {
            setSearch(event.target.value);
            outside.look(event.target.value);
          }}
        />
      </div>
      <div className="lsp-Form-control lsp-Form-below">
        <Select
          value={table?.name ?? ''}
          label="Table"
          onChange={name => void outside.choose(name)}
        >
          <option value="" disabled>
            {shown.length > 0 ? 'Choose a table…' : reading ? 'Asking the service…' : 'No table'}
          </option>
          {table && !shown.some(one => one.name === table.name) && (
            <option value={table.name}>{table.name}</option>
          )}
          {shown.map(one => (
            <option key={one.name} value={one.name} title={one.description}>
              {one.name}
            </option>
          ))}
        </Select>
      </div>
      {error ? (
        <div className="lsp-Form-problem" role="alert">
          {[error.message, error.hint].filter(Boolean).join(' ')}
        </div>
      ) : (
        <div className="lsp-Form-note" role="status">
          {reading ? 'Asking the service…' : found.total > 0 ? count : ''}
        </div>
      )}
      {table?.description && (
        <p className="lsp-Form-note lsp-Form-about" title={table.description}>
          {table.description}
        </p>
      )}
    </div>
  );
}
