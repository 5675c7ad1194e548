import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { DEFAULTS, SettingsModel } from './settings';

interface Schema {
  readonly properties: Record<string, { readonly default: unknown }>;
}

describe('the settings', () => {
  it('have the defaults of the schema, each of them', () => {
    const schema = JSON.parse(readFileSync('schema/plugin.json', 'utf8')) as Schema;
    const defaults = Object.entries(schema.properties).map(([key, { default: value }]) => [
      key,
      value
    ]);
    expect(Object.fromEntries(defaults)).toEqual(DEFAULTS);
  });

  it('take what is set, and nothing of another type', async () => {
    const model = new SettingsModel();
    model.use({ maxrec: 5, openAtStart: 'yes', unknown: 1 });
    await model.ready;
    expect(model.current).toEqual({ ...DEFAULTS, maxrec: 5 });
  });
});
