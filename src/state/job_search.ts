/** Which jobs a list shows. */

import type { Job, JobSearch } from '../api/models';
import { firstTable } from './code';

/** All jobs. */
export const EVERY: JobSearch = { text: '', phase: '', origin: '', tag: '' };

/** Whether all jobs are shown. */
export function isEvery(search: JobSearch): boolean {
  return Object.values(search).every(value => value === '');
}

/** What a job is called: its name, its client's label, or the table it reads. */
export function jobName(job: Pick<Job, 'name' | 'run_id' | 'query'>, otherwise: string): string {
  return job.name || job.run_id || firstTable(job.query) || otherwise;
}

/** Whether a job is looked for, as the server decides it. */
export function isSought(job: Job, search: JobSearch): boolean {
  const among = (list: string, value: string): boolean =>
    list === '' || list.split(',').includes(value);
  const text = [job.query, job.run_id ?? '', job.name ?? '', ...(job.tags ?? []), job.id]
    .join('\n')
    .toLowerCase();
  return (
    among(search.phase, job.phase) &&
    among(search.origin, job.origin) &&
    (search.tag === '' || (job.tags ?? []).includes(search.tag)) &&
    search.text
      .toLowerCase()
      .split(/\s+/)
      .every(word => text.includes(word))
  );
}

/** The tags in a line that a person wrote: commas stand between them. */
export function tagsOf(line: string): string[] {
  const tags = line.split(',').map(tag => tag.replace(/\s+/g, ' ').trim());
  return [...new Set(tags.filter(tag => tag !== ''))];
}
