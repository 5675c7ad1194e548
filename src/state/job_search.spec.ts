import { describe, expect, it } from 'vitest';

import type { Job } from '../api/models';
import { EVERY, isEvery, isSought, jobName, tagsOf } from './job_search';

const JOB: Job = {
  id: 'a1b2',
  phase: 'COMPLETED',
  query: 'SELECT ra FROM Gaia.source',
  origin: 'notebook',
  run_id: 'bright',
  name: 'Red dwarfs',
  tags: ['paper', 'm dwarfs'],
  created: '2026-01-01T00:00:00Z',
  rows: 1,
  size: 1,
  overflow: false
};

describe('a search', () => {
  it.each([
    [{}, true],
    [{ text: 'RED  gaia' }, true],
    [{ text: 'bright a1b2 paper' }, true],
    [{ text: 'red giants' }, false],
    [{ tag: 'paper' }, true],
    [{ tag: 'pap' }, false],
    [{ phase: 'ERROR,COMPLETED' }, true],
    [{ phase: 'ERROR' }, false],
    [{ origin: 'sync,async' }, false],
    [{ origin: 'notebook', text: 'source', tag: 'm dwarfs' }, true]
  ])('%j finds the job: %s', (part, found) => {
    expect(isSought(JOB, { ...EVERY, ...part })).toBe(found);
  });

  it('for everything is told from others', () => {
    expect(isEvery(EVERY)).toBe(true);
    expect(isEvery({ ...EVERY, tag: 'x' })).toBe(false);
  });
});

it('a job is called by its name, else its label, else its table', () => {
  expect(jobName(JOB, 'query')).toBe('Red dwarfs');
  expect(jobName({ ...JOB, name: '' }, 'query')).toBe('bright');
  expect(jobName({ query: JOB.query }, 'query')).toBe('Gaia.source');
  expect(jobName({ query: 'SELECT 1' }, 'query')).toBe('query');
});

it('tags stand between commas, each once', () => {
  expect(tagsOf(' paper , m   dwarfs,,paper,')).toEqual(['paper', 'm dwarfs']);
  expect(tagsOf('')).toEqual([]);
});
