/** The surveys of the server, and its names, for the sky. */

import type { Client } from '../api/client';
import { asPlatformError } from '../api/errors';
import type { Place } from '../viewers/celestial/sphere';
import type { FetchTile } from '../viewers/sky/background';
import type { SurveyData } from '../viewers/sky/survey';
import type { CoverageData } from '../viewers/surface/coverage';
import { degreesText, parsePosition } from './positions';

/** Tiles of a folder of a survey (HiPS 1.0 section 4.1). */
const FOLDER = 10_000;

/** All surveys that there are, those of the widest field first. */
export async function loadSurveys(
  client: Client,
  signal: AbortSignal
): Promise<readonly SurveyData[]> {
  const reply = await client.get(['portal', 'surveys'], {}, signal);
  const { surveys } = (await reply.json()) as { surveys: SurveyData[] };
  return surveys.sort((a, b) => b.field - a.field);
}

/** Fetches tiles from the server. */
export function tilesOf(client: Client): FetchTile {
  return async ({ data }, [order, number], signal) => {
    const folder = Math.floor(number / FOLDER) * FOLDER;
    const path = ['hips', data.release, data.name, `Norder${order}`, `Dir${folder}`];
    try {
      const reply = await client.get([...path, `Npix${number}.${data.format}`], {}, signal);
      return await createImageBitmap(await reply.blob());
    } catch (reason) {
      // Where a survey has no tile, there is nothing to show.
      if (!signal.aborted && asPlatformError(reason).status === 404) {
        return null;
      }
      throw reason;
    }
  };
}

/** What part of the sky the images of a release, or of one of its bands, cover. */
export async function loadCoverage(
  client: Client,
  name: string,
  signal: AbortSignal
): Promise<CoverageData> {
  const reply = await client.get(
    ['moc', ...name.split('/')],
    { RESPONSEFORMAT: 'json', ORDER: 11 },
    signal
  );
  return (await reply.json()) as CoverageData;
}

/** Releases that have images. */
export async function loadImageReleases(client: Client): Promise<readonly string[]> {
  const reply = await client.get(['portal', 'repositories'], {});
  const { repositories } = (await reply.json()) as { repositories: { release: string }[] };
  return repositories.map(one => one.release);
}

/** What was found at a name. */
export interface Found {
  readonly name: string;
  readonly place: Place;
}

/**
 * The place that a text means: coordinates, or the name or id of an object.
 *
 * Rejects with what to do if nothing is known of it.
 */
export async function findPlace(
  client: Client,
  text: string,
  table: string,
  signal: AbortSignal
): Promise<Found> {
  const position = parsePosition(text);
  if (position) {
    const [lon, lat] = position.map(Number);
    return { name: position.join(' '), place: [(lon + 360) % 360, lat] };
  }
  const { matches, near = [] } = await client.resolveName(text.trim(), table, signal);
  const match = matches.at(0);
  if (!match) {
    const alike = near.length > 0 ? ` Did you mean ${near.join(' or ')}?` : '';
    throw new Error(`Nothing is known of “${text.trim()}” here.${alike}`);
  }
  return {
    name: match.name,
    place: [Number(degreesText(match.ra)), Number(degreesText(match.dec))]
  };
}
