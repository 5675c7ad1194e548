/** Queries that were run before. */

import type { Job } from '../api/models';
import { oneLine } from './jobs';

/** A query that was run before. */
export interface PastQuery {
  readonly adql: string;
  /** When it was run last, and its name or beginning. */
  readonly title: string;
  /** The outside service that it was for. */
  readonly service: string;
}

/** Queries that are offered. */
const MOST = 30;
/** Characters of a title. */
const LENGTH = 70;

/**
 * The queries of jobs, newest first, each once.
 *
 * @param jobs in any order; what was opened from a file is no query
 */
export function pastQueries(jobs: readonly Job[]): readonly PastQuery[] {
  const found = new Map<string, PastQuery>();
  for (const job of [...jobs].sort((a, b) => (a.created < b.created ? 1 : -1))) {
    const adql = job.query.trim();
    const service = job.service ?? '';
    const key = `${service} ${adql.replace(/\s+/g, ' ')}`;
    if (/^(select|with)\b/i.test(adql.replace(/^(--.*\n\s*)+/, '')) && !found.has(key)) {
      const name = job.name || oneLine(job.query);
      const title = name.length > LENGTH ? `${name.slice(0, LENGTH - 1)}…` : name;
      found.set(key, { adql: job.query, title: `${when(job.created)}  ${title}`, service });
    }
    if (found.size === MOST) {
      break;
    }
  }
  return [...found.values()];
}

/** Today's time, or the day. */
function when(text: string): string {
  const time = new Date(text);
  const today = new Date().toDateString() === time.toDateString();
  return today
    ? time.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' })
    : time.toLocaleDateString(undefined, { month: 'short', day: 'numeric' });
}
