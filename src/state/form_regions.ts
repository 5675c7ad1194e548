/** Regions of the search form as ADQL. */

import type { TableInfo } from '../api/models';
import { FormError, columnName } from './constraints';
import type { SkyForm } from './form';
import { corners, inIcrs } from './outside';
import { MAX_POSITIONS, parseAngle, parsePosition } from './positions';
import type { Position } from './positions';

/** The condition on the position; `null` for all of the sky. */
export function skyCondition(sky: SkyForm, table: TableInfo, prefix: string): string | null {
  if (sky.shape === 'none') {
    return null;
  }
  const outline = sky.outline ? (table.outline ?? null) : null;
  if (!table.position && !outline) {
    throw new FormError('sky', `${table.name} has no positions to search by.`);
  }
  if (table.outside) {
    return plainRegion(sky, table);
  }
  const here = (table.position ?? []).map(name => prefix + columnName(name)).join(', ');
  const meets = (region: string): string => {
    if (!outline) {
      return `1 = CONTAINS(POINT(${here}), ${region})`;
    }
    const test = /\bPOINT\(/.test(region) ? 'CONTAINS' : 'INTERSECTS';
    return `1 = ${test}(${region}, ${prefix}${columnName(outline)})`;
  };
  const framed = (region: string): string =>
    meets(sky.frame === 'ICRS' ? region : `ivo_geom_transform('${sky.frame}', 'ICRS', ${region})`);
  const around = (centre: string): string =>
    outline && sky.radius.trim() === ''
      ? `POINT(${centre})`
      : `CIRCLE(${centre}, ${angle(sky, 'radius')})`;
  switch (sky.shape) {
    case 'cone':
      return framed(around(position(sky)));
    case 'box':
      return framed(`BOX(${position(sky)}, ${angle(sky, 'width')}, ${angle(sky, 'height')})`);
    case 'polygon': {
      const corners = positions(sky);
      if (corners.length < 3) {
        throw new FormError(
          'positions',
          'A polygon has three corners or more, one on each line.',
          true
        );
      }
      return framed(`POLYGON(${corners.join(', ')})`);
    }
    case 'list': {
      const centres = positions(sky);
      if (centres.length === 0) {
        throw new FormError('positions', 'Write a position on each line.', true);
      }
      const each = centres.map(centre => framed(around(centre)));
      return each.length === 1 ? each[0] : `(${each.join('\n    OR ')})`;
    }
    default: {
      if (!sky.targets) {
        throw new FormError('targets', 'Choose a table of positions.', true);
      }
      const centre = [sky.targets.lon, sky.targets.lat].map(name => `p.${columnName(name)}`);
      return meets(around(centre.join(', ')));
    }
  }
}

/**
 * The condition on the position as every TAP service reads it (ADQL 2.0 section 2.4.11): in ICRS,
 * and said to be so.
 */
function plainRegion(sky: SkyForm, table: TableInfo): string {
  const here = (table.position ?? []).map(columnName).join(', ');
  const inside = (shape: string, values: readonly string[]): string =>
    `1 = CONTAINS(POINT('ICRS', ${here}), ${shape}('ICRS', ${values.join(', ')}))`;
  const points = (): string[] => positionsOf(sky).map(one => inIcrs(one, sky.frame).join(', '));
  switch (sky.shape) {
    case 'cone':
      return inside('CIRCLE', [...inIcrs(positionOf(sky), sky.frame), angle(sky, 'radius')]);
    case 'box': {
      const [width, height] = (['width', 'height'] as const).map(part => angle(sky, part));
      if (Math.max(Number(width), Number(height)) >= 180) {
        throw new FormError('width', 'A box for an outside service is less than 180 degrees wide.');
      }
      const found = corners(positionOf(sky), Number(width), Number(height), sky.frame);
      return inside('POLYGON', found.flat());
    }
    case 'polygon': {
      const found = points();
      if (found.length < 3) {
        throw new FormError(
          'positions',
          'A polygon has three corners or more, one on each line.',
          true
        );
      }
      return inside('POLYGON', found);
    }
    case 'list': {
      const found = points();
      if (found.length === 0) {
        throw new FormError('positions', 'Write a position on each line.', true);
      }
      const radius = angle(sky, 'radius');
      const each = found.map(one => inside('CIRCLE', [one, radius]));
      return each.length === 1 ? each[0] : `(${each.join('\n    OR ')})`;
    }
    default:
      throw new FormError('targets', 'An outside service cannot read tables of this platform.');
  }
}

function position(sky: SkyForm): string {
  return positionOf(sky).join(', ');
}

function positionOf(sky: SkyForm): Position {
  if (sky.centre.trim() === '') {
    throw new FormError('centre', 'Write a position, or the name of an object.', true);
  }
  const found = parsePosition(sky.centre, sky.frame);
  if (!found) {
    throw new FormError(
      'centre',
      `“${sky.centre.trim()}” is no position: write degrees as 10.68 41.27, or 00:42:44 +41:16:09.`
    );
  }
  return found;
}

function positions(sky: SkyForm): string[] {
  return positionsOf(sky).map(one => one.join(', '));
}

function positionsOf(sky: SkyForm): Position[] {
  const lines = sky.positions.split(/\n/).filter(line => line.trim() !== '');
  if (lines.length > MAX_POSITIONS) {
    throw new FormError(
      'positions',
      `These are ${lines.length} positions, more than ${MAX_POSITIONS}: keep them as a table, and search by that.`
    );
  }
  return lines.map(line => {
    const found = parsePosition(line, sky.frame);
    if (!found) {
      throw new FormError('positions', `“${line.trim().slice(0, 60)}” is no position.`);
    }
    return found;
  });
}

function angle(sky: SkyForm, part: 'radius' | 'width' | 'height'): string {
  const found = parseAngle(sky[part], sky.unit);
  if (found === null) {
    const text = sky[part].trim();
    throw new FormError(
      part,
      text === '' ? `Write the ${part}.` : `“${text}” is no ${part}: write a number above 0.`,
      text === ''
    );
  }
  return found;
}
