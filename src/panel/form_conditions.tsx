/** What is asked of columns. */

import { closeIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { ColumnInfo, TableInfo } from '../api/models';
import { OPERATORS, items, kindOf } from '../state/constraints';
import type { ColumnKind, Constraint, Operator } from '../state/constraints';
import type { Form } from '../state/form';
import type { FormModel } from '../state/form_model';
import { aboutColumn, choicesOf, rangeOf, rangeText, toggled } from '../state/values';
import { ColumnPicker, Group, Select, TextInput } from './form_parts';

/** What a value of each kind looks like. */
const LIKE: Readonly<Record<ColumnKind, string>> = {
  integer: '',
  number: '',
  text: 'text',
  boolean: '',
  time: '2025-06-30T12:00 or MJD',
  mjd: 'MJD or 2025-06-30',
  other: ''
};

/** All conditions, and a box to add one. */
export function ConditionsPart(props: {
  model: FormModel;
  form: Form;
  table: TableInfo;
  title?: string;
  /** Whether a condition is shown here; all are if this is not given. */
  shows?: (constraint: Constraint) => boolean;
}): JSX.Element {
  const { model, form, table, shows } = props;
  return (
    <Group title={props.title ?? 'Conditions'}>
      {form.constraints.map((constraint, i) => {
        if (shows && !shows(constraint)) {
          return null;
        }
        const column = table.columns.find(one => one.name === constraint.column);
        return column ? (
          <Condition key={i} model={model} constraint={constraint} column={column} index={i} />
        ) : null;
      })}
      <ColumnPicker
        label="Add a condition on a column…"
        columns={table.columns}
        onPick={name => model.addConstraint(name)}
      />
    </Group>
  );
}

function Condition(props: {
  model: FormModel;
  constraint: Constraint;
  column: ColumnInfo;
  index: number;
}): JSX.Element {
  const { model, constraint, column, index } = props;
  const kind = kindOf(column);
  const problem = model.foreign ? null : model.problem;
  const wrong = problem?.part === `column:${column.name}`;
  return (
    <div className="lsp-Form-condition" role="group" aria-label={column.name}>
      <div className="lsp-Form-conditionHead">
        <span className="lsp-Form-name" title={aboutColumn(column)}>
          {column.name}
        </span>
        {column.unit && <span className="lsp-Form-unitText">{column.unit}</span>}
        <Select
          value={constraint.op}
          label={`Comparison of ${column.name}`}
          className="lsp-Form-op"
          onChange={op => model.setConstraint(index, { op: op as Operator })}
        >
          {OPERATORS[kind].map(([op, label]) => (
            <option key={op} value={op}>
              {label}
            </option>
          ))}
        </Select>
        <button
          type="button"
          className="lsp-IconButton"
          title="Remove this condition"
          aria-label={`Remove the condition on ${column.name}`}
          onClick={() => model.removeConstraint(index)}
        >
          <closeIcon.react tag="span" />
        </button>
      </div>
      <Values model={model} constraint={constraint} column={column} index={index} wrong={wrong} />
      {wrong && (
        <div className="lsp-Form-problem" role="alert">
          {problem.message}
        </div>
      )}
    </div>
  );
}

function Values(props: {
  model: FormModel;
  constraint: Constraint;
  column: ColumnInfo;
  index: number;
  wrong: boolean;
}): JSX.Element | null {
  const { model, constraint, index, wrong } = props;
  const { op, column, value, high } = constraint;
  const kind = kindOf(props.column);
  const input = (label: string, key: 'value' | 'high', placeholder: string): JSX.Element => (
    <TextInput
      label={`${label} of ${column}`}
      placeholder={placeholder}
      value={key === 'value' ? value : high}
      invalid={wrong}
      onChange={text => model.setConstraint(index, { [key]: text })}
    />
  );
  if (op === 'null' || op === 'notnull') {
    return null;
  }
  if (kind === 'boolean') {
    return (
      <div className="lsp-Form-control">
        <Select
          value={value.toLowerCase() === 'false' ? 'false' : 'true'}
          label={`Value of ${column}`}
          onChange={chosen => model.setConstraint(index, { value: chosen })}
        >
          <option value="true">true</option>
          <option value="false">false</option>
        </Select>
      </div>
    );
  }
  if (op === 'range') {
    const [low, top] = rangeOf(props.column) ?? [LIKE[kind] || 'lowest', LIKE[kind] || 'highest'];
    return (
      <div className="lsp-Form-control">
        {input('From', 'value', low)}
        <span>to</span>
        {input('To', 'high', top)}
      </div>
    );
  }
  const many = op === 'is' || op === 'not';
  const choices = many ? choicesOf(props.column) : [];
  const placeholder = many ? 'values with commas between' : rangeText(props.column) || LIKE[kind];
  return (
    <>
      {choices.length > 0 && (
        <Choices
          column={props.column}
          choices={choices}
          value={value}
          onChange={text => model.setConstraint(index, { value: text })}
        />
      )}
      <div className="lsp-Form-control">{input('Value', 'value', placeholder)}</div>
    </>
  );
}

/** The values of a column, to tick. */
export function Choices(props: {
  column: ColumnInfo;
  choices: readonly string[];
  value: string;
  onChange: (text: string) => void;
}): JSX.Element {
  const { column, choices, value, onChange } = props;
  const chosen = items(value, kindOf(column));
  return (
    <div className="lsp-Form-choices" role="group" aria-label={`Values of ${column.name}`}>
      {choices.map(choice => (
        <label key={choice} className="lsp-Form-choice">
          <input
            type="checkbox"
            checked={chosen.includes(choice)}
            onChange={() => onChange(toggled(value, choice, column))}
          />
          <span>{choice}</span>
        </label>
      ))}
    </div>
  );
}
