/** What chooses the jobs that the list shows. */

import { searchIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { filterIcon } from '../icons';
import type { JobsModel } from '../state/jobs';
import { isEvery } from '../state/job_search';

/** Milliseconds after the last key until the server is asked. */
const PAUSE = 250;

/** Phases in words, as the list offers them. */
const PHASES = [
  ['', 'Any state'],
  ['PENDING,QUEUED,EXECUTING,HELD', 'Running or waiting'],
  ['COMPLETED', 'Done'],
  ['ERROR', 'Failed'],
  ['ABORTED', 'Cancelled']
] as const;

/** Where jobs come from. */
const ORIGINS = [
  ['', 'From anywhere'],
  ['portal', 'From the panel'],
  ['notebook', 'From notebooks'],
  ['sync,async', 'From TAP clients'],
  ['shell', 'From the shell'],
  ['soda,cutouts,mosaic,virtual', 'Images'],
  ['update', 'Saved tables']
] as const;

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly choices: ReadonlyArray<readonly [string, string]>;
  onChange(value: string): void;
}

function Choice({ label, value, choices, onChange }: ChoiceProps): JSX.Element {
  return (
    <select
      className="lsp-JobSearch-choice"
      aria-label={label}
      value={value}
      data-chosen={value !== ''}
      onChange={event => onChange(event.currentTarget.value)}
    >
      {choices.map(([one, text]) => (
        <option key={one} value={one}>
          {text}
        </option>
      ))}
    </select>
  );
}

/** A line to search in, and behind its button state, origin and tag. */
export function JobSearchBar({ jobs }: { jobs: JobsModel }): JSX.Element {
  const { search, tags } = jobs;
  const [text, setText] = React.useState(search.text);
  const chosen = !isEvery({ ...search, text: '' });
  const [open, setOpen] = React.useState(chosen);
  const timer = React.useRef<ReturnType<typeof setTimeout>>();
  React.useEffect(() => () => clearTimeout(timer.current), []);
  // Somebody else may clear the search.
  React.useEffect(() => setText(search.text), [search.text]);
  const write = (value: string): void => {
    setText(value);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => void jobs.look({ text: value.trim() }), PAUSE);
  };
  const tagged = [...new Set([...tags, ...(search.tag ? [search.tag] : [])])];
  return (
    <div className="lsp-JobSearch" role="search" aria-label="Jobs" aria-busy={jobs.reading}>
      <div className="lsp-JobSearch-line">
        <searchIcon.react tag="span" className="lsp-JobSearch-icon" />
        <input
          type="search"
          className="lsp-JobSearch-text"
          placeholder="Search names, queries, tags"
          aria-label="Search jobs"
          spellCheck={false}
          value={text}
          onChange={event => write(event.currentTarget.value)}
          onKeyDown={event => {
            if (event.key === 'Escape' && text !== '') {
              event.stopPropagation();
              write('');
            }
          }}
        />
        <button
          type="button"
          className="lsp-IconButton"
          title="Choose by state, origin and tag"
          aria-label="Choose by state, origin and tag"
          aria-expanded={open}
          aria-pressed={chosen}
          onClick={() => setOpen(!open)}
        >
          <filterIcon.react tag="span" />
        </button>
      </div>
      {open && (
        <div className="lsp-JobSearch-choices">
          <Choice
            label="State"
            value={search.phase}
            choices={PHASES}
            onChange={phase => void jobs.look({ phase })}
          />
          <Choice
            label="Origin"
            value={search.origin}
            choices={ORIGINS}
            onChange={origin => void jobs.look({ origin })}
          />
          {tagged.length > 0 && (
            <Choice
              label="Tag"
              value={search.tag}
              choices={[['', 'Any tag'], ...tagged.map(tag => [tag, tag] as const)]}
              onChange={tag => void jobs.look({ tag })}
            />
          )}
        </div>
      )}
    </div>
  );
}
