/** The cells of a notebook that gives what is open on the page. */

import { variableName } from './code';
import type { Job } from '../api/models';

/** A cell of a notebook, as notebooks store it. */
export interface Cell {
  readonly cell_type: 'code' | 'markdown';
  readonly source: string;
}

/** A table that is open. */
export interface OpenTable {
  readonly kind: 'table';
  readonly title: string;
  readonly job: Pick<Job, 'id' | 'query' | 'run_id' | 'service'>;
  /** The query that gives what is shown, if that is not the whole result as it came. */
  readonly adql: string | null;
}

/** A chart that is open. */
export interface OpenChart {
  readonly kind: 'chart';
  readonly title: string;
  /** Python that draws it. */
  readonly code: string;
}

const IMPORT = 'import lsp_jupyter as lsp';

/** Any text as Markdown that shows just that text. */
export function markdownText(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_{}[\]<>()#+\-.!|~&$]/g, '\\$&');
}

/** Text in a block of code of Markdown. */
export function fenced(text: string, language: string): string {
  const runs = text.match(/`+/g) ?? [];
  const fence = '`'.repeat(Math.max(3, ...runs.map(run => run.length + 1)));
  return `${fence}${language}\n${text}\n${fence}`;
}

/** Text as a Python literal that keeps its lines. */
export function longText(text: string): string {
  if (!text.includes('\n')) {
    return JSON.stringify(text);
  }
  const body = text.replace(/\\/g, '\\\\').replace(/"""/g, '\\"\\"\\"');
  return `"""\n${body}\n"""`;
}

/**
 * The cells, in the order of the views.
 *
 * Parameters
 * ----------
 * views: what is open.
 * now: the time that stands in the title.
 */
export function sessionCells(views: ReadonlyArray<OpenTable | OpenChart>, now: Date): Cell[] {
  const cells: Cell[] = [
    {
      cell_type: 'markdown',
      source: `# Science platform, ${now.toISOString().slice(0, 16).replace('T', ' ')} UTC`
    },
    { cell_type: 'code', source: IMPORT }
  ];
  const taken = new Set<string>();
  for (const view of views) {
    const heading = `## ${markdownText(view.title)}`;
    if (view.kind === 'chart') {
      cells.push({ cell_type: 'markdown', source: heading });
      cells.push({ cell_type: 'code', source: view.code });
      continue;
    }
    const { job, adql } = view;
    const where = job.service ? ` It ran on ${markdownText(job.service)}.` : '';
    const told = `The result of this query.${where}`;
    cells.push({
      cell_type: 'markdown',
      source: `${heading}\n\n${told}\n\n${fenced(job.query, 'sql')}`
    });
    const name = variableName(job, taken);
    taken.add(name);
    const lines = [`${name} = lsp.result(${JSON.stringify(job.id)})`];
    if (adql) {
      lines.push('', '# As the table shows it.', `${name} = lsp.query(${longText(adql)})`);
    }
    cells.push({ cell_type: 'code', source: [...lines, name].join('\n') });
  }
  return cells;
}
