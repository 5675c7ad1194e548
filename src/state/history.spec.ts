import { describe, expect, it } from 'vitest';

import type { Job } from '../api/models';
import { pastQueries } from './history';

function job(id: string, query: string, more: Partial<Job> = {}): Job {
  return {
    id,
    query,
    phase: 'COMPLETED',
    origin: 'portal',
    created: `2026-01-0${id}T00:00:00Z`,
    rows: 0,
    size: 0,
    overflow: false,
    ...more
  };
}

describe('queries that were run before', () => {
  it('come newest first, each once', () => {
    const past = pastQueries([
      job('1', 'SELECT a\nFROM t'),
      job('3', 'SELECT a  FROM t '),
      job('2', 'SELECT b FROM t')
    ]);
    expect(past.map(one => one.adql)).toEqual(['SELECT a  FROM t ', 'SELECT b FROM t']);
  });

  it('are told apart by the service that they were for', () => {
    const past = pastQueries([
      job('1', 'SELECT 1 FROM t', { service: 'simbad' }),
      job('2', 'SELECT 1 FROM t')
    ]);
    expect(past.map(one => one.service)).toEqual(['', 'simbad']);
  });

  it('leave out what is no query', () => {
    expect(pastQueries([job('1', 'open data/stars.fits'), job('2', '')])).toEqual([]);
    expect(
      pastQueries([job('1', '-- mine\n-- too\nWITH x AS (SELECT 1) SELECT * FROM x')])
    ).toHaveLength(1);
  });

  it('have a name, or as much of the query as fits', () => {
    const [named, long] = pastQueries([
      job('2', 'SELECT 1 FROM t', { name: 'my stars' }),
      job('1', `SELECT ${'x, '.repeat(100)} y FROM t`)
    ]);
    expect(named?.title).toContain('my stars');
    expect(long?.title.endsWith('…')).toBe(true);
    expect(long?.title.length).toBeLessThan(90);
  });

  it('are not too many', () => {
    const many = Array.from({ length: 60 }, (_, i) => job('1', `SELECT ${i} FROM t`));
    expect(pastQueries(many)).toHaveLength(30);
  });
});
