/** What the card beside a line of the tree says. */

import type { TreeItem } from '../state/tree';
import { choicesText, missingText, rangeText } from '../state/values';
import type { CardContent } from './hovercard';

function typeText(column: { datatype: string; arraysize?: string | null }): string {
  return column.arraysize ? `${column.datatype}[${column.arraysize}]` : column.datatype;
}

/** What the card of a line says. */
export function cardOf(item: TreeItem): CardContent {
  if (item.kind === 'release') {
    const { release } = item;
    return {
      title: release.title || release.name,
      kind: release.own ? 'yours' : 'release',
      text: release.description ?? '',
      facts: [
        ['Name', release.name],
        ['Licence', release.license ?? ''],
        ['Citation', release.citation ?? '']
      ]
    };
  }
  if (item.kind === 'table') {
    const { table } = item;
    return {
      title: table.name,
      kind: 'table',
      text: table.description ?? '',
      facts: [
        ['Rows', table.rows === null ? '' : table.rows.toLocaleString('en')],
        ['Columns', String(table.columns.length)],
        ['Position', table.position ? `${table.position.join(', ')} (ICRS)` : '']
      ]
    };
  }
  const { column } = item;
  return {
    title: column.name,
    kind: typeText(column),
    text: column.description ?? '',
    facts: [
      ['Unit', column.unit ?? ''],
      ['Range', rangeText(column)],
      ['Values', choicesText(column)],
      ['No value', missingText(column)],
      ['UCD', column.ucd ?? ''],
      ['Indexed', column.indexed ? 'yes' : '']
    ]
  };
}
