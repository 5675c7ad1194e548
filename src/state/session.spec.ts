import { describe, expect, it } from 'vitest';

import { fenced, longText, markdownText, sessionCells } from './session';

const NOW = new Date('2026-11-23T17:30:12Z');
const JOB = { id: 'a1', query: 'SELECT ra\nFROM gaia.source', run_id: '', service: null };

describe('the notebook of a session', () => {
  it('has a cell for each table and chart, with names of their own', () => {
    const cells = sessionCells(
      [
        { kind: 'table', title: 'Stars', job: JOB, adql: null },
        { kind: 'table', title: 'Stars', job: { ...JOB, id: 'b2' }, adql: 'SELECT *\nFROM x' },
        { kind: 'chart', title: 'ra', code: 'plt.show()' }
      ],
      NOW
    );
    expect(cells[0].source).toBe('# Science platform, 2026-11-23 17:30 UTC');
    expect(cells.filter(cell => cell.cell_type === 'code').map(cell => cell.source)).toEqual([
      'import lsp_jupyter as lsp',
      'gaia_source = lsp.result("a1")\ngaia_source',
      'gaia_source_2 = lsp.result("b2")\n\n# As the table shows it.\n' +
        'gaia_source_2 = lsp.query("""\nSELECT *\nFROM x\n""")\ngaia_source_2',
      'plt.show()'
    ]);
    expect(cells[2].source).toContain('```sql\nSELECT ra\nFROM gaia.source\n```');
  });

  it('shows names and queries as text, whatever they say', () => {
    expect(markdownText('<b>[x](y)</b>\n# *z*')).toBe('\\<b\\>\\[x\\]\\(y\\)\\</b\\> \\# \\*z\\*');
    expect(fenced('a ```b``` c', 'sql')).toBe('````sql\na ```b``` c\n````');
    expect(longText('one')).toBe('"one"');
    expect(longText('a\n"""\\')).toBe('"""\na\n\\"\\"\\"\\\\\n"""');
  });
});
