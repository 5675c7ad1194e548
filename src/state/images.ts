/** The search for images: fields that stand for conditions on `ivoa.ObsCore`. */

import type { ColumnInfo, TableInfo } from '../api/models';
import type { Constraint } from './constraints';
import type { Form } from './form';

/** Where images are described. */
export const OBSCORE = 'ivoa.ObsCore';

/** One field of the search, and the condition it stands for. */
export interface ImageField {
  readonly label: string;
  readonly column: string;
  /** Values to tick or write, both ends of a range, or one of them. */
  readonly kind: 'list' | 'range' | 'from' | 'to';
  /** Whether its values are shown to tick, where they are few. */
  readonly ticked?: boolean;
}

/** What images are asked for, besides their place; a time overlaps the exposures. */
export const FIELDS: readonly ImageField[] = [
  { label: 'Type', column: 'dataproduct_subtype', kind: 'list', ticked: true },
  { label: 'Band', column: 'lsst_band', kind: 'list', ticked: true },
  { label: 'Band', column: 'em_filter_name', kind: 'list', ticked: true },
  { label: 'Level', column: 'calib_level', kind: 'list', ticked: true },
  { label: 'From', column: 't_max', kind: 'from' },
  { label: 'To', column: 't_min', kind: 'to' },
  { label: 'Exposure', column: 't_exptime', kind: 'range' },
  { label: 'Visit', column: 'lsst_visit', kind: 'list' },
  { label: 'Detector', column: 'lsst_detector', kind: 'list' },
  { label: 'Tract', column: 'lsst_tract', kind: 'list' },
  { label: 'Patch', column: 'lsst_patch', kind: 'list' }
];

/** The fields that a table has, and their columns. */
export function fieldsOf(table: TableInfo): ReadonlyArray<readonly [ImageField, ColumnInfo]> {
  const found: Array<readonly [ImageField, ColumnInfo]> = [];
  for (const field of FIELDS) {
    const column = table.columns.find(one => one.name === field.column);
    // Bands stand in two columns; the first is as good as the other.
    const again = found.some(([{ label }]) => label === field.label);
    if (column && !again) {
      found.push([field, column]);
    }
  }
  return found;
}

/** Whether a field can show a condition. */
function shows(field: ImageField, constraint: Constraint): boolean {
  if (constraint.column !== field.column) {
    return false;
  }
  switch (field.kind) {
    case 'list':
      return constraint.op === 'is';
    case 'range':
      return constraint.op === 'range';
    case 'from':
      return constraint.op === 'range' && constraint.high === '';
    default:
      return constraint.op === 'range' && constraint.value === '';
  }
}

/** What a field says; empty texts if it is not filled in. */
export function valueOf(form: Form, field: ImageField): Pick<Constraint, 'value' | 'high'> {
  return form.constraints.find(one => shows(field, one)) ?? { value: '', high: '' };
}

/** The conditions after a field was filled in; an empty field has none. */
export function withField(
  form: Form,
  field: ImageField,
  change: Partial<Pick<Constraint, 'value' | 'high'>>
): readonly Constraint[] {
  const index = form.constraints.findIndex(one => shows(field, one));
  const op = field.kind === 'list' ? 'is' : 'range';
  const next: Constraint = { column: field.column, op, ...valueOf(form, field), ...change };
  const empty = next.value === '' && next.high === '';
  if (index < 0) {
    return empty ? form.constraints : [...form.constraints, next];
  }
  return form.constraints.flatMap((one, i) => (i !== index ? [one] : empty ? [] : [next]));
}

/** Whether no field shows a condition. */
export function isOther(form: Form, table: TableInfo, constraint: Constraint): boolean {
  return !fieldsOf(table).some(
    ([field]) => form.constraints.find(one => shows(field, one)) === constraint
  );
}
