/** The list of jobs. */

import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import * as React from 'react';

import { isActive } from '../api/models';
import type { Job } from '../api/models';
import {
  deleteIcon,
  editIcon,
  moreIcon,
  saveIcon,
  stopIcon,
  tableIcon,
  toNotebookIcon
} from '../icons';
import { isEvery, jobName } from '../state/job_search';
import { bytes, duration, oneLine } from '../state/jobs';
import type { JobsModel } from '../state/jobs';
import { rowCount } from '../viewers/footer';
import { HoverCard } from './hovercard';
import type { CardContent } from './hovercard';
import { JobSearchBar } from './job_search';
import { Notice } from './notice';

/** What a person can do with a job. */
export interface JobActions {
  open(id: string): void;
  toNotebook(id: string): void;
  save(id: string): void;
  edit(id: string): void;
  rename(id: string): void;
  cancel(id: string): void;
  remove(id: string): void;
  /** Everything that can be done with it, at a place on screen. */
  menu(id: string, x: number, y: number): void;
}

/** Milliseconds between two updates of the elapsed time. */
const TICK = 500;

const PHASES: Record<string, string> = {
  PENDING: 'Not started',
  QUEUED: 'Waiting',
  EXECUTING: 'Running',
  COMPLETED: 'Done',
  ERROR: 'Failed',
  ABORTED: 'Cancelled',
  HELD: 'Held',
  ARCHIVED: 'Archived'
};

const ORIGINS: Record<string, string> = {
  portal: 'panel',
  notebook: 'notebook',
  sync: 'TAP',
  async: 'TAP',
  shell: 'shell'
};

/** A phase in a word a person uses. */
export function phaseText(job: Pick<Job, 'phase'>): string {
  return PHASES[job.phase] ?? job.phase;
}

/** The facts of a job on one line. */
export function jobFacts(job: Job, elapsed: number | null): string {
  const facts: string[] = [phaseText(job)];
  if (job.phase === 'COMPLETED' || (job.phase === 'EXECUTING' && job.rows > 0)) {
    facts.push(rowCount(job.rows) + (job.overflow ? ' (cut off)' : ''));
  }
  if (job.phase === 'EXECUTING' && job.fraction) {
    facts.push(`${Math.floor(job.fraction * 100)} %`);
  }
  if (elapsed !== null) {
    facts.push(duration(elapsed));
  }
  return facts.join(' · ');
}

function cardOf(job: Job, elapsed: number | null): CardContent {
  const time = (text?: string | null): string => (text ? new Date(text).toLocaleString() : '');
  return {
    title: jobName(job, 'Query'),
    kind: phaseText(job),
    text: job.error ? [job.error.message, job.error.hint].filter(Boolean).join(' ') : '',
    facts: [
      [
        'Rows',
        job.phase === 'COMPLETED'
          ? job.rows.toLocaleString('en') + (job.overflow ? ', cut off' : '')
          : ''
      ],
      ['Size', job.size ? bytes(job.size) : ''],
      ['Ran', elapsed === null ? '' : duration(elapsed)],
      ['Asked', time(job.created)],
      ['From', ORIGINS[job.origin] ?? job.origin],
      ['Service', job.service ?? ''],
      ['Tags', (job.tags ?? []).join(', ')],
      ['Job', job.id]
    ],
    code: job.query.length > 1200 ? `${job.query.slice(0, 1200)}…` : job.query
  };
}

interface ItemProps {
  readonly job: Job;
  readonly elapsed: number | null;
  readonly actions: JobActions;
  readonly card: HoverCard;
}

function Action(props: {
  label: string;
  icon: typeof stopIcon;
  onClick: (event: React.MouseEvent<HTMLElement>) => void;
}): JSX.Element {
  const Icon = props.icon;
  return (
    <button
      type="button"
      className="lsp-IconButton"
      title={props.label}
      aria-label={props.label}
      onClick={event => {
        event.stopPropagation();
        props.onClick(event);
      }}
    >
      <Icon.react tag="span" />
    </button>
  );
}

function JobItem({ job, elapsed, actions, card }: ItemProps): JSX.Element {
  const active = isActive(job);
  const readable = job.phase === 'COMPLETED' || job.phase === 'EXECUTING';
  const name = jobName(job, 'query');
  return (
    <li
      className="lsp-Job"
      data-id={job.id}
      data-phase={job.phase}
      tabIndex={0}
      aria-label={`${name}: ${jobFacts(job, active ? null : elapsed)}`}
      onDoubleClick={() => readable && actions.open(job.id)}
      onMouseEnter={event => card.show(event.currentTarget, () => cardOf(job, elapsed))}
      onMouseLeave={() => card.hide()}
      onContextMenu={event => {
        event.preventDefault();
        event.stopPropagation();
        card.hide();
        const box = event.currentTarget.getBoundingClientRect();
        // The keyboard's menu key comes without a place.
        const at = event.clientX || event.clientY;
        actions.menu(job.id, at ? event.clientX : box.left + 16, at ? event.clientY : box.top + 20);
      }}
      onKeyDown={event => {
        if (event.target === event.currentTarget && event.key === 'Enter' && readable) {
          actions.open(job.id);
        } else if (event.key === 'F2') {
          actions.rename(job.id);
        } else if (event.key === 'Delete') {
          (active ? actions.cancel : actions.remove)(job.id);
        }
      }}
    >
      <div className="lsp-Job-line">
        <span className="lsp-Job-state" role="img" aria-label={phaseText(job)} />
        <span className="lsp-Job-name">{name}</span>
        <span className="lsp-Job-origin">{job.service ?? ORIGINS[job.origin] ?? job.origin}</span>
      </div>
      <div className="lsp-Job-facts">
        <span className="lsp-Job-fact">{jobFacts(job, elapsed)}</span>
        {(job.tags ?? []).map(tag => (
          <span key={tag} className="lsp-Tag">
            {tag}
          </span>
        ))}
      </div>
      {active && (
        <div
          className={`lsp-Progress${job.fraction ? '' : ' lsp-mod-unknown'}`}
          role="progressbar"
          aria-label="Progress"
          aria-valuenow={job.fraction ? Math.floor(job.fraction * 100) : undefined}
        >
          <div
            style={job.fraction ? { width: `${Math.min(100, job.fraction * 100)}%` } : undefined}
          />
        </div>
      )}
      {job.error && (
        <div
          className="lsp-Job-error"
          title={[job.error.message, job.error.hint].filter(Boolean).join('\n')}
        >
          {job.error.message}
        </div>
      )}
      <div className="lsp-Job-query">{oneLine(job.query)}</div>
      <div className="lsp-Job-actions">
        {readable && (
          <Action label="Open the table" icon={tableIcon} onClick={() => actions.open(job.id)} />
        )}
        {job.phase === 'COMPLETED' && (
          <>
            <Action
              label="Send to notebook"
              icon={toNotebookIcon}
              onClick={() => actions.toNotebook(job.id)}
            />
            <Action label="Save as table…" icon={saveIcon} onClick={() => actions.save(job.id)} />
          </>
        )}
        <Action label="Edit and run again" icon={editIcon} onClick={() => actions.edit(job.id)} />
        {active ? (
          <Action label="Cancel" icon={stopIcon} onClick={() => actions.cancel(job.id)} />
        ) : (
          <Action
            label="Delete job and result"
            icon={deleteIcon}
            onClick={() => actions.remove(job.id)}
          />
        )}
        <Action
          label="More…"
          icon={moreIcon}
          onClick={event => {
            const box = event.currentTarget.getBoundingClientRect();
            actions.menu(job.id, box.left, box.bottom);
          }}
        />
      </div>
    </li>
  );
}

/** The list itself; the time of running jobs ticks. */
export function JobList(props: { jobs: JobsModel; actions: JobActions }): JSX.Element {
  const { jobs, actions } = props;
  const card = React.useMemo(() => new HoverCard(), []);
  React.useEffect(() => () => card.dispose(), [card]);
  const [, tick] = React.useReducer((n: number) => n + 1, 0);
  const running = jobs.list.some(job => job.phase === 'EXECUTING');
  React.useEffect(() => {
    if (!running) {
      return undefined;
    }
    const timer = setInterval(tick, TICK);
    return () => clearInterval(timer);
  }, [running]);

  if (!jobs.loaded && jobs.error) {
    return <Notice error={jobs.error} action="Try again" onAction={() => void jobs.refresh()} />;
  }
  if (!jobs.loaded) {
    return <Notice text="Reading the jobs…" busy />;
  }
  const every = isEvery(jobs.search);
  if (jobs.list.length === 0 && every) {
    return (
      <Notice
        text="No queries yet."
        hint="Queries from this panel, from notebooks and from outside clients show here."
      />
    );
  }
  return (
    <>
      <JobSearchBar jobs={jobs} />
      {jobs.list.length === 0 && !jobs.reading ? (
        <Notice text="No job fits." action="Show all jobs" onAction={() => void jobs.lookAtAll()} />
      ) : (
        <ul className="lsp-Jobs" aria-label="Jobs" onScroll={() => card.close()}>
          {jobs.list.map(job => (
            <JobItem
              key={job.id}
              job={job}
              elapsed={jobs.elapsed(job)}
              actions={actions}
              card={card}
            />
          ))}
          {jobs.more && (
            <li className="lsp-Jobs-more">
              <button
                type="button"
                className="jp-mod-styled lsp-Button"
                disabled={jobs.reading}
                onClick={() => void jobs.older()}
              >
                {jobs.reading ? 'Reading…' : 'Show older jobs'}
              </button>
            </li>
          )}
        </ul>
      )}
    </>
  );
}

/** The section of the side panel. */
export class JobsSection extends ReactWidget {
  constructor(
    private readonly _jobs: JobsModel,
    private readonly _actions: JobActions
  ) {
    super();
    this.addClass('lsp-Section');
    this.addClass('lsp-JobsSection');
    this.title.label = 'Jobs';
  }

  protected override render(): JSX.Element {
    return (
      <UseSignal signal={this._jobs.changed}>
        {() => <JobList jobs={this._jobs} actions={this._actions} />}
      </UseSignal>
    );
  }
}
