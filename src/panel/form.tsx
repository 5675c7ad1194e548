/** The search form: a query without a line of ADQL. */

import { ReactWidget } from '@jupyterlab/ui-components';
import type { ISignal } from '@lumino/signaling';
import * as React from 'react';

import { PlatformError } from '../api/errors';
import type { Form } from '../state/form';
import { FormModel } from '../state/form_model';
import { OBSCORE } from '../state/images';
import { oneLine } from '../state/jobs';
import { OutsideModel } from '../state/outside';
import type { IPlatform } from '../tokens';
import { ConditionsPart } from './form_conditions';
import { ImageForm } from './form_images';
import { Field, Foreign, Group, Select, Written } from './form_parts';
import { OutputPart } from './form_output';
import { OutsideTable } from './form_outside';
import { SkyPart } from './form_sky';
import { acceptFiles, chooseFiles } from './mine';
import type { QueryMode } from './modes';

/** Results offered as lists of positions. */
const RESULTS = 30;

/** The form as a way to write a query: of any table, or of images. */
export class FormMode implements QueryMode {
  constructor(
    platform: IPlatform,
    readonly id: 'form' | 'images' = 'form'
  ) {
    const images = id === 'images';
    this.label = images ? 'Images' : 'Form';
    this.model = new FormModel(platform.client, images ? OBSCORE : '');
    this.outside = !images;
    const outside = (this._outside = new OutsideModel(platform.client));
    const follow = (): void => {
      const { service, table } = outside;
      if (service) {
        const tables = table ? [table] : [];
        this.model.setPlace(service.name, [{ name: service.name, title: service.title, tables }]);
        if (table && this.model.form?.table !== table.name) {
          this.model.setTable(table.name);
        }
      } else {
        this.model.setPlace('', [...platform.catalog.releases, platform.tables.release]);
      }
    };
    platform.catalog.changed.connect(follow);
    platform.tables.changed.connect(follow);
    outside.changed.connect(follow);
    if (!images) {
      const place = (): void => outside.setService(platform.services.chosen);
      platform.services.changed.connect(place);
      place();
    }
    this.widget = new FormView(this.model, images ? null : outside);
    follow();
    const results = (): void =>
      this.model.setResults(
        platform.jobs.list
          .filter(job => job.phase === 'COMPLETED' && job.rows > 0)
          .slice(0, RESULTS)
          .map(job => [
            job.id,
            `${oneLine(job.query).slice(0, 60)} (${job.rows.toLocaleString('en')})`
          ])
      );
    platform.jobs.changed.connect(results);
    results();
  }

  readonly label: string;
  readonly outside: boolean;
  readonly model: FormModel;
  readonly widget: FormView;

  get changed(): ISignal<unknown, void> {
    return this.model.changed;
  }

  /** Take files of positions: they are chosen, or dropped on the form. */
  takeFiles(take: (file: File) => void): void {
    const first = (files: readonly File[]): void => {
      if (files.length > 0) {
        take(files[0]);
      }
    };
    this.model.chooseFile = () => chooseFiles(first, false);
    acceptFiles(this.widget.node, first);
  }

  enter(adql: string): void {
    void this.model.read(adql);
  }

  query(): string | null {
    return this.model.foreign ? null : this.model.adql;
  }

  /** Why there is no query. */
  problem(): PlatformError | null {
    const { problem, foreign } = this.model;
    if (this._outside.service && !this.model.table && !foreign) {
      return new PlatformError({
        code: 'ParameterError',
        message: `Choose a table of ${this._outside.service.title}.`
      });
    }
    return problem && !foreign
      ? new PlatformError({ code: 'ParameterError', message: problem.message })
      : null;
  }

  private readonly _outside: OutsideModel;
}

/** What is seen of it. */
export class FormView extends ReactWidget {
  constructor(
    private readonly _model: FormModel,
    /** The tables of an outside service; `null` for images, which are searched here. */
    private readonly _outside: OutsideModel | null
  ) {
    super();
    this.addClass('lsp-Form');
    this.node.setAttribute('role', 'form');
    this.node.setAttribute('aria-label', _outside ? 'Search' : 'Image search');
    _model.changed.connect(this._follow, this);
  }

  private _follow(): void {
    this.update();
  }

  protected override onAfterShow(): void {
    this.update();
  }

  protected override render(): JSX.Element | null {
    // What nobody sees asks no service for its tables.
    if (this.isHidden) {
      return null;
    }
    return this._outside ? (
      <SearchForm model={this._model} outside={this._outside} />
    ) : (
      <ImageForm model={this._model} />
    );
  }
}

function SearchForm(props: { model: FormModel; outside: OutsideModel }): JSX.Element {
  const { model, outside } = props;
  const { form, table } = model;
  if (!form && !outside.service) {
    return <p className="lsp-Form-note">There is no table to search yet.</p>;
  }
  return (
    <>
      <Foreign model={model} />
      <Group title="Table">
        {outside.service ? (
          <OutsideTable outside={outside} service={outside.service} />
        ) : (
          form && <OwnTable model={model} form={form} />
        )}
      </Group>
      {form && table && (
        <>
          <SkyPart model={model} form={form} table={table} />
          <ConditionsPart model={model} form={form} table={table} />
          <OutputPart model={model} form={form} table={table} />
        </>
      )}
      <Written model={model} />
    </>
  );
}

/** The choice among what is published here, and what is one's own. */
function OwnTable({ model, form }: { model: FormModel; form: Form }): JSX.Element {
  return (
    <Field label="Table" hidden problem={model.problem} part="table">
      <Select value={form.table} label="Table" onChange={name => model.setTable(name)}>
        {!model.table && <option value={form.table}>{form.table}</option>}
        {model.releases
          .filter(release => release.tables.length > 0)
          .map(release => (
            <optgroup key={release.name} label={release.title || release.name}>
              {release.tables.map(one => (
                <option key={one.name} value={one.name}>
                  {one.name}
                  {one.rows === null ? '' : ` · ${one.rows.toLocaleString('en')} rows`}
                </option>
              ))}
            </optgroup>
          ))}
      </Select>
    </Field>
  );
}
