/** Python that fetches a result: what "Send to notebook" writes. */

import type { Job, SaveMode } from '../api/models';

/** What a result becomes in the notebook. */
export type NotebookForm = 'astropy' | 'pandas' | 'polars' | 'arrow';

const METHODS: Record<NotebookForm, string> = {
  astropy: 'to_table',
  pandas: 'to_pandas',
  polars: 'to_polars',
  arrow: 'to_arrow'
};

const KEYWORDS = new Set(
  (
    'False None True and as assert async await break class continue def del elif else except finally for from ' +
    'global if import in is lambda nonlocal not or pass raise return try while with yield match case type lsp ' +
    'list dict set str int float bool id max min sum len map filter range print object open input vars dir'
  ).split(' ')
);

/** A Python name made of any text; empty if nothing of it can be one. */
export function pythonName(text: string): string {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 40);
  if (!name) {
    return '';
  }
  return /^\d/.test(name) ? `r_${name}` : KEYWORDS.has(name) ? `${name}_` : name;
}

/** The first table a query reads from, as it writes it. */
export function firstTable(query: string): string {
  const match = /\bfrom\s+((?:"[^"]+"|[\w$]+)(?:\s*\.\s*(?:"[^"]+"|[\w$]+))*)/i.exec(
    query.replace(/--[^\n]*/g, ' ').replace(/'(?:[^']|'')*'/g, "''")
  );
  return match ? match[1].replace(/["\s]/g, '') : '';
}

/**
 * A name for a result.
 *
 * Its run id if that is a name, else that of the table it is from; a number is
 * added where the notebook has that name already.
 */
export function variableName(
  job: Pick<Job, 'id' | 'query' | 'run_id'>,
  taken: ReadonlySet<string>
): string {
  const base =
    pythonName(job.run_id ?? '') || pythonName(firstTable(job.query)) || `r_${job.id.slice(0, 6)}`;
  let name = base;
  for (let n = 2; taken.has(name); n += 1) {
    name = `${base}_${n}`;
  }
  return name;
}

/** Names a notebook's cells assign to. */
export function assignedNames(cells: Iterable<string>): Set<string> {
  const names = new Set<string>();
  for (const cell of cells) {
    for (const match of cell.matchAll(/^[ \t]*([A-Za-z_]\w*)\s*(?::[^=\n]+)?=(?!=)/gm)) {
      names.add(match[1]);
    }
    const magic = /^%%adql\s+([A-Za-z_]\w*)/.exec(cell);
    if (magic) {
      names.add(magic[1]);
    }
  }
  return names;
}

/** The cell itself. */
export function notebookCode(job: Pick<Job, 'id'>, name: string, form: NotebookForm): string {
  return [
    'import lsp_jupyter as lsp',
    '',
    `${name} = lsp.result(${JSON.stringify(job.id)})`,
    `${name}.${METHODS[form]}()`
  ].join('\n');
}

const IMPORT = 'import lsp_jupyter as lsp';

function modeArgument(mode: SaveMode): string {
  return mode === 'create' ? '' : `, mode=${JSON.stringify(mode)}`;
}

/** Code that gives a result. */
export function resultCode(job: Pick<Job, 'id'>): string {
  return `${IMPORT}\n\nlsp.result(${JSON.stringify(job.id)})`;
}

/** Code that stores a result as a table. */
export function saveCode(job: Pick<Job, 'id'>, name: string, mode: SaveMode): string {
  const arguments_ = `${JSON.stringify(name)}${modeArgument(mode)}`;
  return `${resultCode(job)}.save(${arguments_})`;
}

/** Code that stores a file as a table. */
export function uploadCode(file: string, name: string, mode: SaveMode): string {
  const arguments_ = `${JSON.stringify(file)}, ${JSON.stringify(name)}${modeArgument(mode)}`;
  return `${IMPORT}\n\nlsp.upload(${arguments_})`;
}

/** Code that reads a table of one's own, or any other. */
export function tableCode(table: string): string {
  return `${IMPORT}\n\nlsp.query(${JSON.stringify(`SELECT * FROM ${table}`)})`;
}

/** A query as a Python text, on lines of its own where it has several. */
function queryText(adql: string): string {
  if (!adql.includes('\n')) {
    return JSON.stringify(adql);
  }
  const text = adql.replace(/\\/g, '\\\\').replace(/"""/g, '\\"\\"\\"');
  return `"""\n${text}\n"""`;
}

/** Code that gives the rows of a query, which an outside service may run. */
export function queryCode(adql: string, service = ''): string {
  const where = service ? `, service=${JSON.stringify(service)}` : '';
  return `${IMPORT}\n\nlsp.query(${queryText(adql)}${where})`;
}

/** Code that stores the rows of a query as a table. */
export function saveQueryCode(adql: string, name: string, mode: SaveMode): string {
  return `${queryCode(adql)}.save(${JSON.stringify(name)}${modeArgument(mode)})`;
}
