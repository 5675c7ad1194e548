/** Where on the sky to search. */

import { searchIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { TableInfo } from '../api/models';
import { fileUploadIcon } from '../icons';
import { quoteTable } from '../state/adql';
import { isWrong } from '../state/constraints';
import type { Form, Shape } from '../state/form';
import type { FormModel } from '../state/form_model';
import type { AngleUnit, Frame } from '../state/positions';
import { Field, Group, Select, TextInput } from './form_parts';

/** What regions are called where they are held against outlines. */
const COVERED: Readonly<Partial<Record<Shape, string>>> = {
  cone: 'A position or circle',
  box: 'A box',
  polygon: 'A polygon',
  list: 'Any of a list of positions',
  table: 'Rows of a table'
};
const SHAPES: ReadonlyArray<readonly [Shape, string]> = [
  ['none', 'Anywhere'],
  ['cone', 'Within a radius'],
  ['box', 'In a box'],
  ['polygon', 'In a polygon'],
  ['list', 'Around a list of positions'],
  ['table', 'Around the rows of a table']
];
const FRAMES: ReadonlyArray<readonly [Frame, string]> = [
  ['ICRS', 'ICRS'],
  ['GALACTIC', 'Galactic'],
  ['ECLIPTIC', 'Ecliptic']
];
const UNITS: ReadonlyArray<readonly [AngleUnit, string]> = [
  ['deg', 'degrees'],
  ['arcmin', 'arcmin'],
  ['arcsec', 'arcsec']
];

interface Part {
  readonly model: FormModel;
  readonly form: Form;
}

/** The choice of a region. */
export function SkyPart({ model, form, table }: Part & { table: TableInfo }): JSX.Element {
  const { sky } = form;
  const problem = model.foreign ? null : model.problem;
  if (!table.position) {
    return (
      <Group title="Sky">
        <p className="lsp-Form-note">This table has no positions to search by.</p>
      </Group>
    );
  }
  const { shape } = sky;
  return (
    <Group title="Sky">
      <div className="lsp-Form-pair">
        <Select
          value={shape}
          label="Region"
          onChange={value => {
            const next = value as Shape;
            model.setSky({ shape: next, ...(next === 'table' ? { frame: 'ICRS' } : {}) });
          }}
        >
          {SHAPES.filter(([value]) => !table.outside || value !== 'table').map(([value, label]) => (
            <option key={value} value={value}>
              {(sky.outline && table.outline && COVERED[value]) || label}
            </option>
          ))}
        </Select>
        {shape !== 'none' && shape !== 'table' && (
          <Select
            value={sky.frame}
            label="Coordinate system"
            className="lsp-Form-frame"
            onChange={frame => model.setSky({ frame: frame as Frame })}
          >
            {FRAMES.map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </Select>
        )}
      </div>
      {table.outline && shape !== 'none' && (
        <Field label="Find" part="outline" problem={problem}>
          <Select
            value={sky.outline ? 'outline' : 'centre'}
            label="What is searched"
            onChange={what => model.setSky({ outline: what === 'outline' })}
          >
            <option value="outline">what covers or touches it</option>
            <option value="centre">what has its centre inside</option>
          </Select>
        </Field>
      )}
      {(shape === 'cone' || shape === 'box') && <Centre model={model} form={form} />}
      {(shape === 'polygon' || shape === 'list') && (
        <Field
          label={shape === 'polygon' ? 'Corners' : 'Positions'}
          part="positions"
          problem={problem}
        >
          <textarea
            className="lsp-Input lsp-Form-lines"
            aria-label={shape === 'polygon' ? 'Corners' : 'Positions'}
            aria-invalid={isWrong(problem, 'positions') || undefined}
            rows={4}
            spellCheck={false}
            placeholder={'10.68 41.27\n00:42:44 +41:16:09'}
            value={sky.positions}
            onChange={event => model.setSky({ positions: event.target.value })}
          />
        </Field>
      )}
      {shape === 'list' && <FromFile model={model} />}
      {shape === 'table' && <Rows model={model} form={form} />}
      {(shape === 'table' || shape === 'list') && model.missing && (
        <div className="lsp-Form-found" role="status">
          {model.missing}
        </div>
      )}
      {(shape === 'cone' || shape === 'list' || shape === 'table') && (
        <Field label="Radius" part="radius" problem={problem}>
          <Length
            model={model}
            form={form}
            part="radius"
            label="Radius"
            placeholder={sky.outline && table.outline ? 'none' : undefined}
          />
          <Unit model={model} form={form} />
        </Field>
      )}
      {shape === 'box' && (
        <Field
          label="Size"
          part={problem?.part === 'height' ? 'height' : 'width'}
          problem={problem}
        >
          <Length model={model} form={form} part="width" label="Width" />
          <span>×</span>
          <Length model={model} form={form} part="height" label="Height" />
          <Unit model={model} form={form} />
        </Field>
      )}
    </Group>
  );
}

/** A position, or a name that is looked for. */
function Centre({ model, form }: Part): JSX.Element {
  const { found, missing, named, resolving } = model;
  const problem = model.foreign || named ? null : model.problem;
  return (
    <>
      <Field label="Centre" part="centre" problem={problem}>
        <TextInput
          label="Centre"
          placeholder="Position or name, such as M 45"
          value={form.sky.centre}
          invalid={isWrong(problem, 'centre')}
          onChange={centre => model.setSky({ centre })}
          onEnter={() => void model.resolve()}
        />
        <button
          type="button"
          className="lsp-IconButton"
          title="Find the object of this name (Enter)"
          aria-label="Find the object of this name"
          disabled={!named || resolving}
          onClick={() => void model.resolve()}
        >
          <searchIcon.react tag="span" />
        </button>
      </Field>
      <div className="lsp-Form-found" role="status">
        {resolving && 'Looking for it…'}
        {found && `${found.name} · ${found.source}`}
        {missing}
        {named && !resolving && !missing && 'Press Enter to find this object.'}
      </div>
    </>
  );
}

/** A table of the user's own, or a published one, whose rows are positions. */
function Rows({ model, form }: Part): JSX.Element {
  const { targets } = form.sky;
  const tables = model.releases
    .flatMap(release => release.tables)
    .filter(table => table.position && table.name !== form.table);
  const chosen = targets?.table ?? '';
  return (
    <Field label="Rows of" part="targets" problem={model.foreign ? null : model.problem}>
      <Select
        value={chosen}
        label="Table of positions"
        onChange={name => {
          const [id] = model.results.find(([one]) => `job."${one}"` === name) ?? [];
          if (id) {
            void model.searchAround(id);
            return;
          }
          const table = tables.find(one => quoteTable(one.name) === name);
          if (table?.position) {
            const [lon, lat] = table.position;
            model.setSky({ targets: { table: name, lon, lat } });
          }
        }}
      >
        <option value="" disabled>
          Choose a table…
        </option>
        {chosen &&
          !tables.some(table => quoteTable(table.name) === chosen) &&
          !model.results.some(([id]) => `job."${id}"` === chosen) && (
            <option value={chosen}>{chosen}</option>
          )}
        <optgroup label="Tables">
          {tables.map(table => (
            <option key={table.name} value={quoteTable(table.name)}>
              {table.name}
            </option>
          ))}
        </optgroup>
        {model.results.length > 0 && (
          <optgroup label="Results">
            {model.results.map(([id, label]) => (
              <option key={id} value={`job."${id}"`}>
                {label}
              </option>
            ))}
          </optgroup>
        )}
      </Select>
      {model.chooseFile && (
        <button
          type="button"
          className="lsp-IconButton"
          title="Upload a file of positions; it becomes a table of your own"
          aria-label="Upload a file of positions"
          onClick={() => model.chooseFile?.()}
        >
          <fileUploadIcon.react tag="span" />
        </button>
      )}
    </Field>
  );
}

/** Takes a list of positions from a file. */
function FromFile({ model }: { model: FormModel }): JSX.Element | null {
  return model.chooseFile ? (
    <div className="lsp-Form-more">
      <button
        type="button"
        className="lsp-Link"
        title="A list of positions, or a table with right ascension and declination"
        onClick={() => model.chooseFile?.()}
      >
        From a file…
      </button>
    </div>
  ) : null;
}

function Length(
  props: Part & { part: 'radius' | 'width' | 'height'; label: string; placeholder?: string }
): JSX.Element {
  const { model, form, part } = props;
  return (
    <TextInput
      label={props.label}
      className="lsp-Form-number"
      placeholder={props.placeholder}
      value={form.sky[part]}
      invalid={!model.foreign && isWrong(model.problem, part)}
      onChange={value => model.setSky({ [part]: value })}
    />
  );
}

function Unit({ model, form }: Part): JSX.Element {
  return (
    <Select
      value={form.sky.unit}
      label="Unit"
      className="lsp-Form-unit"
      onChange={unit => model.setSky({ unit: unit as AngleUnit })}
    >
      {UNITS.map(([value, label]) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
    </Select>
  );
}
