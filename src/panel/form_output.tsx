/** What comes back: columns, order, rows. */

import { closeIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { TableInfo } from '../api/models';
import { emptyForm } from '../state/form';
import type { Form } from '../state/form';
import type { FormModel } from '../state/form_model';
import { ColumnPicker, Field, Group, Select, TextInput } from './form_parts';

/** The choice of what comes back. */
export function OutputPart(props: { model: FormModel; form: Form; table: TableInfo }): JSX.Element {
  const { model, form, table } = props;
  const main = emptyForm(table).columns;
  const { columns, sort } = form;
  const problem = model.foreign ? null : model.problem;
  return (
    <Group title="Result">
      <div className="lsp-Form-chips" role="list" aria-label="Columns of the result">
        {columns.length === 0 && (
          <span className="lsp-Form-note" role="listitem">
            All {table.columns.length} columns
          </span>
        )}
        {columns.map(name => (
          <span key={name} className="lsp-Form-chip" role="listitem">
            {name}
            <button
              type="button"
              title="Leave this column out"
              aria-label={`Leave ${name} out`}
              onClick={() => model.set({ columns: columns.filter(one => one !== name) })}
            >
              <closeIcon.react tag="span" />
            </button>
          </span>
        ))}
      </div>
      <div className="lsp-Form-control">
        <ColumnPicker
          label="Add a column…"
          columns={table.columns.filter(column => !columns.includes(column.name))}
          onPick={name => model.set({ columns: [...columns, name] })}
        />
        {main.length > 0 && (
          <button
            type="button"
            className="lsp-Link"
            title="The columns that matter most"
            onClick={() => model.set({ columns: main })}
          >
            Main
          </button>
        )}
        <button type="button" className="lsp-Link" onClick={() => model.set({ columns: [] })}>
          All
        </button>
      </div>
      <Field label="Sort by" part="sort" problem={problem}>
        <Select
          value={sort?.column ?? ''}
          label="Sort by"
          onChange={column =>
            model.set({ sort: column ? { column, descending: sort?.descending ?? false } : null })
          }
        >
          <option value="">no order</option>
          {table.columns.map(column => (
            <option key={column.name} value={column.name}>
              {column.name}
            </option>
          ))}
        </Select>
        {sort && (
          <Select
            value={sort.descending ? 'desc' : 'asc'}
            label="Direction"
            className="lsp-Form-unit"
            onChange={way => model.set({ sort: { ...sort, descending: way === 'desc' } })}
          >
            <option value="asc">rising</option>
            <option value="desc">falling</option>
          </Select>
        )}
      </Field>
      <Field label="Rows" part="limit" problem={problem}>
        <TextInput
          label="Rows of the result"
          className="lsp-Form-number"
          placeholder="all"
          value={form.limit}
          invalid={problem?.part === 'limit'}
          onChange={limit => model.set({ limit })}
        />
        <span className="lsp-Form-note">at most</span>
      </Field>
    </Group>
  );
}
