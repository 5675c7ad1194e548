/** The search for images: a form of its own over `ivoa.ObsCore`. */

import * as React from 'react';

import type { ColumnInfo } from '../api/models';
import type { Form } from '../state/form';
import type { FormModel } from '../state/form_model';
import { fieldsOf, isOther, valueOf, withField } from '../state/images';
import type { ImageField } from '../state/images';
import { parseTime } from '../state/positions';
import { aboutColumn, choicesOf, rangeOf } from '../state/values';
import { Choices, ConditionsPart } from './form_conditions';
import { OutputPart } from './form_output';
import { Field, Foreign, Group, TextInput, Written } from './form_parts';
import { SkyPart } from './form_sky';

/** Choices shown as boxes; a longer list is written. */
const TICKED = 12;
/** What stands in an empty field of each kind. */
const LIKE = 'values with commas between';
/** Characters of a day in ISO 8601. */
const DAY = 10;

/** What a time is like: the day of one that there is. */
function timeLike(mjd: string): string {
  return `${parseTime(mjd)?.slice(0, DAY) ?? '2025-06-30T12:00'} or MJD`;
}

/** The form. */
export function ImageForm({ model }: { model: FormModel }): JSX.Element {
  const { form, table } = model;
  if (!form || !table) {
    return <p className="lsp-Form-note">This instance has no images.</p>;
  }
  const fields = fieldsOf(table);
  const part = (labels: readonly string[]): JSX.Element[] =>
    fields
      .filter(([field]) => labels.includes(field.label))
      .map(([field, column]) => (
        <ImageFieldRow key={field.column} {...{ model, form, field, column }} />
      ));
  return (
    <>
      <Foreign model={model} />
      <SkyPart model={model} form={form} table={table} />
      <Group title="Images">{part(['Type', 'Band', 'Level'])}</Group>
      <Group title="Time">{part(['From', 'To', 'Exposure'])}</Group>
      <Group title="Ids">{part(['Visit', 'Detector', 'Tract', 'Patch'])}</Group>
      <ConditionsPart
        model={model}
        form={form}
        table={table}
        title="More conditions"
        shows={constraint => isOther(form, table, constraint)}
      />
      <OutputPart model={model} form={form} table={table} />
      <Written model={model} />
    </>
  );
}

function ImageFieldRow(props: {
  model: FormModel;
  form: Form;
  field: ImageField;
  column: ColumnInfo;
}): JSX.Element {
  const { model, form, field, column } = props;
  const { value, high } = valueOf(form, field);
  const problem = model.foreign ? null : model.problem;
  const part = `column:${column.name}`;
  const set = (change: { value?: string; high?: string }): void =>
    model.set({ constraints: withField(form, field, change) });
  const input = (label: string, key: 'value' | 'high', placeholder: string): JSX.Element => (
    <TextInput
      label={label}
      placeholder={placeholder}
      value={key === 'value' ? value : high}
      invalid={problem?.part === part && (key === 'value' ? value : high) !== ''}
      onChange={text => set({ [key]: text })}
    />
  );
  const [low, top] = rangeOf(column) ?? ['lowest', 'highest'];
  const choices = field.ticked ? choicesOf(column) : [];
  const ticked = choices.length > 0 && choices.length <= TICKED;
  // Of both ends of a time one is wrong, and only that one tells.
  const filled = value !== '' || high !== '';
  return (
    <Field
      label={field.label}
      title={aboutColumn(column)}
      part={filled ? part : ''}
      problem={problem}
    >
      {ticked && (
        <Choices
          column={column}
          choices={choices}
          value={value}
          onChange={text => set({ value: text })}
        />
      )}
      {field.kind === 'list' && !ticked && input(field.label, 'value', LIKE)}
      {field.kind === 'from' && input('From', 'value', timeLike(low))}
      {field.kind === 'to' && input('To', 'high', timeLike(top))}
      {field.kind === 'range' && (
        <>
          {input(`Least ${field.label.toLowerCase()}`, 'value', low)}
          <span>to</span>
          {input(`Most ${field.label.toLowerCase()}`, 'high', top)}
          {column.unit && <span className="lsp-Form-unitText">{column.unit}</span>}
        </>
      )}
    </Field>
  );
}
