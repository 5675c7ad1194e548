/** What the parts of the search form are made of. */

import { Clipboard, Notification } from '@jupyterlab/apputils';
import { HTMLSelect } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { ColumnInfo } from '../api/models';
import { queryCode } from '../state/code';
import type { FormError } from '../state/constraints';
import type { FormModel } from '../state/form_model';

/** Columns offered at once. */
const OFFERED = 100;

/** A part with a heading. */
export function Group(props: { title: string; children: React.ReactNode }): JSX.Element {
  return (
    <fieldset className="lsp-Form-group">
      <legend>{props.title}</legend>
      {props.children}
    </fieldset>
  );
}

/** A labelled control, and below it what is wrong with it. */
export function Field(props: {
  label: string;
  /** What the pointer is told on the label. */
  title?: string;
  /** The label is for screen readers alone. */
  hidden?: boolean;
  part: string;
  problem: FormError | null;
  children: React.ReactNode;
}): JSX.Element {
  const { label, title, hidden, part, problem, children } = props;
  return (
    <div className="lsp-Form-field">
      {!hidden && (
        <span className="lsp-Form-label" title={title}>
          {label}
        </span>
      )}
      <div className="lsp-Form-control">{children}</div>
      {problem?.part === part && (
        <div
          className={problem.missing ? 'lsp-Form-missing' : 'lsp-Form-problem'}
          role={problem.missing ? 'status' : 'alert'}
        >
          {problem.message}
        </div>
      )}
    </div>
  );
}

/** Why the query of the editor is not in the form; nothing if it is. */
export function Foreign({ model }: { model: FormModel }): JSX.Element | null {
  return model.foreign ? (
    <p className="lsp-Form-foreign" role="status">
      The query in the editor stays until you change something here. {model.foreign}
    </p>
  ) : null;
}

/** The query that a form writes. */
export function Written({ model }: { model: FormModel }): JSX.Element | null {
  const { adql } = model;
  return adql !== null && !model.foreign ? (
    <details className="lsp-Form-written">
      <summary>The query</summary>
      <pre>{adql}</pre>
      <button
        type="button"
        className="lsp-Link"
        title="Copy the Python that gives these rows"
        onClick={() => {
          Clipboard.copyToSystem(queryCode(adql, model.place));
          Notification.info('Copied.', { autoClose: 2000 });
        }}
      >
        Copy as code
      </button>
    </details>
  ) : null;
}

/** A list to choose one from. */
export function Select(props: {
  value: string;
  label: string;
  className?: string;
  onChange: (value: string) => void;
  children: React.ReactNode;
}): JSX.Element {
  return (
    <HTMLSelect
      className={`lsp-Form-select ${props.className ?? ''}`}
      aria-label={props.label}
      value={props.value}
      onChange={event => props.onChange(event.target.value)}
    >
      {props.children}
    </HTMLSelect>
  );
}

/** A line of text. */
export function TextInput(props: {
  value: string;
  label: string;
  placeholder?: string;
  invalid?: boolean;
  className?: string;
  onChange: (value: string) => void;
  onEnter?: () => void;
}): JSX.Element {
  const { onEnter } = props;
  return (
    <input
      type="text"
      className={`lsp-Input ${props.className ?? ''}`}
      aria-label={props.label}
      aria-invalid={props.invalid || undefined}
      placeholder={props.placeholder}
      spellCheck={false}
      value={props.value}
      onChange={event => props.onChange(event.target.value)}
      onKeyDown={event => {
        if (event.key === 'Enter' && onEnter && !event.ctrlKey && !event.shiftKey) {
          event.preventDefault();
          onEnter();
        }
      }}
    />
  );
}

/** A box that completes the names of columns, and hands over the one that is chosen. */
export function ColumnPicker(props: {
  label: string;
  columns: readonly ColumnInfo[];
  onPick: (name: string) => void;
}): JSX.Element {
  const [text, setText] = React.useState('');
  const id = React.useId();
  const wanted = text.toLowerCase();
  const matching = props.columns.filter(column => column.name.toLowerCase().includes(wanted));
  const pick = (name: string): void => {
    setText('');
    props.onPick(name);
  };
  const exact = (name: string): string | undefined =>
    props.columns.find(column => column.name.toLowerCase() === name.trim().toLowerCase())?.name;
  return (
    <>
      <input
        type="text"
        className="lsp-Input lsp-Form-picker"
        list={id}
        aria-label={props.label}
        placeholder={props.label}
        spellCheck={false}
        value={text}
        onChange={event => {
          const { value } = event.target;
          const native = event.nativeEvent;
          const chosen =
            !(native instanceof InputEvent) || native.inputType === 'insertReplacementText';
          const name = chosen ? exact(value) : undefined;
          if (name) {
            pick(name);
          } else {
            setText(value);
          }
        }}
        onKeyDown={event => {
          const name =
            exact(text) ?? (text && matching.length === 1 ? matching[0].name : undefined);
          if (event.key === 'Enter' && name) {
            event.preventDefault();
            pick(name);
          }
        }}
      />
      <datalist id={id}>
        {matching.slice(0, OFFERED).map(column => (
          <option key={column.name} value={column.name}>
            {[column.unit, column.description].filter(Boolean).join(' · ')}
          </option>
        ))}
      </datalist>
    </>
  );
}
