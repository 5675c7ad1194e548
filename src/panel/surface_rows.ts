/** What the rows of a result are on the sky: positions, footprints, or cells of a map. */

import type { ISignal } from '@lumino/signaling';

import { positionColumns } from '../state/targets';
import type { IPlatform } from '../tokens';
import type { SourceColumn } from '../viewers/source';
import type { Overlay, Surface } from '../viewers/surface/surface';
import { SurfaceCatalogue } from './surface_catalogue';
import { SurfaceCells } from './surface_cells';
import { SurfaceFootprints } from './surface_footprints';

/** Rows of one result over one surface. */
export interface SurfaceRows {
  readonly overlay: Overlay | null;
  /** What is to be said of them. */
  readonly note: string;
  readonly changed: ISignal<object, void>;
  dispose(): void;
}

/** The column of HEALPix cells; nothing if there is none. */
export function cellColumn(columns: readonly SourceColumn[]): string | null {
  const whole = columns.filter(one => ['long', 'int', 'short'].includes(one.datatype ?? ''));
  const said = whole.find(one => one.ucd?.toLowerCase().split(';').includes('pos.healpix'));
  const named = whole.find(one => /^(hpx|healpix|hpxindex|ipix|hpx_?cell)$/i.test(one.name));
  return (said ?? named)?.name ?? null;
}

/** The column of footprints; nothing if there is none. */
export function footprintColumn(columns: readonly SourceColumn[]): string | null {
  const found = columns.find(
    one =>
      ['polygon', 'circle', 'adql:region'].includes(one.xtype?.toLowerCase() ?? '') ||
      one.name.toLowerCase() === 's_region'
  );
  return found?.name ?? null;
}

/** Draw the rows of a result as what they are, once it has them. */
export async function openRows(
  platform: IPlatform,
  surface: Surface,
  result: string,
  signal: AbortSignal
): Promise<SurfaceRows> {
  await platform.jobs.done(result, signal);
  const source = await platform.results.open(result, signal);
  const { columns } = source;
  const cells = cellColumn(columns);
  const position = positionColumns(columns);
  if (cells !== null && !position) {
    return new SurfaceCells(platform, surface, source, cells);
  }
  const region = footprintColumn(columns);
  return region === null
    ? new SurfaceCatalogue(platform, surface, result)
    : new SurfaceFootprints(platform, surface, source, region);
}
