import { describe, expect, it } from 'vitest';

import type { FormReading, NameMatch, NameMatches, Release } from '../api/models';
import { FormModel } from './form_model';

const RELEASES: Release[] = [
  {
    name: 'one',
    tables: [
      { name: 'one.log', rows: 3, columns: [{ name: 'n', datatype: 'int' }] },
      {
        name: 'one.sky',
        rows: 5,
        position: ['ra', 'dec'],
        columns: [
          { name: 'ra', datatype: 'double' },
          { name: 'dec', datatype: 'double' },
          { name: 'n', datatype: 'int' }
        ]
      }
    ]
  }
];
const VEGA: NameMatch = { name: 'Vega', ra: 279.23473479, dec: 38.78368896, source: 'here' };

/** A server that knows one name, and answers readings when it is told to. */
class Server {
  readonly readings: Array<(answer: FormReading) => void> = [];
  readonly asked: string[] = [];

  readForm(): Promise<FormReading> {
    return new Promise(resolve => this.readings.push(resolve));
  }

  result(id: string): Promise<{ columns: Array<{ name: string; ucd?: string }> }> {
    const columns = [{ name: 'lon', ucd: 'pos.eq.ra;meta.main' }, { name: 'DEC' }];
    return Promise.resolve({ columns: id === 'abc' ? columns : [{ name: 'n' }] });
  }

  resolveName(name: string, table: string): Promise<NameMatches> {
    this.asked.push(`${name} in ${table}`);
    return Promise.resolve({ matches: name === 'Vega' ? [VEGA] : [] });
  }
}

function made(): { model: FormModel; server: Server } {
  const server = new Server();
  const model = new FormModel(server);
  model.setReleases(RELEASES);
  return { model, server };
}

describe('a form', () => {
  it('begins with a table that has positions', () => {
    const { model } = made();
    expect(model.adql).toBe('SELECT TOP 1000 *\nFROM one.sky');
  });

  it('drops what another table does not have', () => {
    const { model } = made();
    model.setSky({ shape: 'cone', centre: '1 2', radius: '3' });
    model.addConstraint('n');
    model.addConstraint('ra');
    model.setTable('one.log');
    expect(model.form?.sky.shape).toBe('none');
    expect(model.form?.constraints.map(each => each.column)).toEqual(['n']);
    expect(model.problem).toBeNull();
  });

  it('says what is wrong, until it is right', () => {
    const { model } = made();
    model.addConstraint('n');
    model.setConstraint(0, { value: 'x' });
    expect(model.problem?.part).toBe('column:n');
    expect(model.adql).toBeNull();
    model.removeConstraint(0);
    expect(model.adql).not.toBeNull();
  });

  it('puts a position in place of a name', async () => {
    const { model, server } = made();
    model.setSky({ shape: 'cone', centre: 'Vega', radius: '1', frame: 'GALACTIC' });
    expect(model.named).toBe(true);
    await model.resolve();
    expect(server.asked).toEqual(['Vega in one.sky']);
    expect(model.form?.sky).toMatchObject({ centre: '279.23473479 38.78368896', frame: 'ICRS' });
    expect(model.found).toBe(VEGA);
    model.setSky({ centre: 'Nemo' });
    expect(model.found).toBeNull();
    await model.resolve();
    expect(model.missing).toContain('Nemo');
  });

  it('drops the answer for a name that was changed meanwhile', async () => {
    const { model } = made();
    model.setSky({ shape: 'cone', centre: 'Vega', radius: '1' });
    const resolving = model.resolve();
    model.setSky({ centre: '1 2' });
    await resolving;
    expect(model.form?.sky.centre).toBe('1 2');
    expect(model.found).toBeNull();
  });
});

describe('a result', () => {
  it('is searched around where it has positions', async () => {
    const { model } = made();
    model.setSky({ shape: 'table', radius: '1' });
    await model.searchAround('xyz');
    expect(model.missing).toContain('right ascension');
    await model.searchAround('abc');
    expect(model.adql).toContain('JOIN job."abc" AS p');
    expect(model.adql).toContain('CIRCLE(p.lon, p.DEC, 1)');
  });
});

describe('a query of the editor', () => {
  it('fills the form in, the last one alone', async () => {
    const { model, server } = made();
    const first = model.read('SELECT 1');
    const second = model.read('SELECT 2');
    const form = { ...model.form!, table: 'one.log', sky: {}, limit: '7' };
    server.readings[1]({ form, reason: '' });
    server.readings[0]({ form: { ...form, limit: '1' }, reason: '' });
    await Promise.all([first, second]);
    expect(model.adql).toBe('SELECT TOP 7 *\nFROM one."log"');
    expect(model.foreign).toBe('');
  });

  it('stays where it does not fit, until the form is changed', async () => {
    const { model, server } = made();
    const reading = model.read('SELECT COUNT(*) FROM one.log');
    expect(model.foreign).not.toBe('');
    server.readings[0]({ form: null, reason: 'It counts.' });
    await reading;
    expect(model.foreign).toBe('It counts.');
    model.set({ limit: '5' });
    expect(model.foreign).toBe('');
  });

  it('does not undo what was said in the form meanwhile', async () => {
    const { model, server } = made();
    const reading = model.read('SELECT 1');
    model.set({ limit: '5' });
    server.readings[0]({ form: { ...model.form!, sky: {}, limit: '7' }, reason: '' });
    await reading;
    expect(model.form?.limit).toBe('5');
    expect(model.foreign).toBe('');
  });

  it('is not asked for when it is what the form wrote', async () => {
    const { model, server } = made();
    await model.read(model.adql!);
    expect(server.readings).toHaveLength(0);
  });

  it('keeps a form for each place, and an answer about the other place is too late', async () => {
    const { model, server } = made();
    model.set({ limit: '7' });
    const late = model.read('SELECT * FROM one.sky');
    model.setPlace('far', []);
    server.readings[0]({ form: null, reason: 'It is odd.' });
    await late;
    expect([model.form, model.foreign, model.adql]).toEqual([null, '', null]);
    const table = { ...RELEASES[0].tables[0], name: 'far.sky', outside: true };
    model.setPlace('far', [{ name: 'far', tables: [table] }]);
    expect(model.adql).toBe('SELECT TOP 1000 *\nFROM far.sky');
    model.setPlace('', RELEASES);
    expect(model.adql).toBe('SELECT TOP 7 *\nFROM one.sky');
  });
});
