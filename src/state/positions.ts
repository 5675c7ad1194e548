/** Positions on the sky and times, as people write them. */

/** Coordinate systems, as `ivo_geom_transform` calls them. */
export type Frame = 'ICRS' | 'GALACTIC' | 'ECLIPTIC';

/** Longitude and latitude, degrees, as text with all the digits that were written. */
export type Position = readonly [string, string];

/** Positions typed into a list at most; more of them belong into a table. */
export const MAX_POSITIONS = 200;

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const HOURS = /^\d{1,2}(?:[:h ]+\d{1,2}(?:\.\d*)?){1,2}/;

/** Whether a text is a decimal number. */
export function isNumber(text: string): boolean {
  return NUMBER.test(text) && Number.isFinite(Number(text));
}

/** A number of degrees without the noise of floating point: 1e-9 degrees is 4 microarcseconds. */
export function degreesText(value: number): string {
  return String(Number(value.toFixed(9)));
}

/** Sixtieths of sixtieths to a decimal number; `null` if a part is out of range. */
function sexagesimal(text: string): number | null {
  const [first, minutes = '0', seconds = '0'] = text
    .replace(/[hdms:°′″'"]/g, ' ')
    .trim()
    .split(/\s+/);
  const size = Math.abs(Number(first)) + Number(minutes) / 60 + Number(seconds) / 3600;
  if (!Number.isFinite(size) || Number(minutes) >= 60 || Number(seconds) >= 60) {
    return null;
  }
  return first.startsWith('-') ? -size : size;
}

/** Longitude and latitude apart. */
function halves(text: string): [string, string] | null {
  const clean = text.trim().replace(/[−–]/g, '-');
  for (const separator of [/\s*[,;\t]\s*/, /\s+(?=[+-])/]) {
    const parts = clean.split(separator);
    if (parts.length === 2 && parts.every(Boolean)) {
      return [parts[0], parts[1]];
    }
  }
  const words = clean.split(/\s+/);
  return words.length % 2 === 0 && words.length <= 6
    ? [words.slice(0, words.length / 2).join(' '), words.slice(words.length / 2).join(' ')]
    : null;
}

/**
 * Read a position: `10.68 41.27`, `00:42:44.3 +41:16:09`, `0h42m44.3s, 41d16m9s`.
 *
 * Sexagesimal longitudes are hours in ICRS, degrees elsewhere. `null` if it is none; a name of
 * an object, for example.
 */
export function parsePosition(text: string, frame: Frame = 'ICRS'): Position | null {
  const parts = halves(text);
  if (!parts) {
    return null;
  }
  const [lon, lat] = parts;
  const sexa = /^[+-]?\d+(?:\.\d*)?[d°]?\s*(?:[:dm°′'\s]+\d+(?:\.\d*)?){0,2}\s*[ms″"′']*$/;
  let longitude: string | null = null;
  if (isNumber(lon)) {
    longitude = lon;
  } else if (HOURS.test(lon) && /^[\d:hms.\s]+$/.test(lon)) {
    const value = sexagesimal(lon);
    const hours = frame === 'ICRS' || lon.includes('h');
    longitude = value === null ? null : degreesText(value * (hours ? 15 : 1));
  } else if (sexa.test(lon)) {
    const value = sexagesimal(lon);
    longitude = value === null ? null : degreesText(value);
  }
  let latitude: string | null = null;
  if (isNumber(lat)) {
    latitude = lat;
  } else if (sexa.test(lat)) {
    const value = sexagesimal(lat);
    latitude = value === null ? null : degreesText(value);
  }
  if (longitude === null || latitude === null) {
    return null;
  }
  const inside = Math.abs(Number(latitude)) <= 90 && Math.abs(Number(longitude)) <= 360;
  return inside ? [plain(longitude), plain(latitude)] : null;
}

/** A decimal number as ADQL writes it: no plus sign, a digit before the point. */
export function plain(text: string): string {
  return text
    .replace(/^\+/, '')
    .replace(/^(-?)\./, '$10.')
    .replace(/\.$/, '');
}

/** Degrees in a unit. */
const UNITS = { deg: 1, arcmin: 60, arcsec: 3600 } as const;

/** Units of lengths on the sky. */
export type AngleUnit = keyof typeof UNITS;

/** A length on the sky in degrees, as text; `null` if it is no positive number. */
export function parseAngle(text: string, unit: AngleUnit): string | null {
  const clean = text.trim();
  if (!isNumber(clean) || Number(clean) <= 0) {
    return null;
  }
  return unit === 'deg'
    ? plain(clean)
    : String(Number((Number(clean) / UNITS[unit]).toPrecision(12)));
}

const ISO =
  /^(\d{4})-(\d{1,2})(?:-(\d{1,2})(?:[T ](\d{1,2})(?::(\d{1,2})(?::(\d{1,2})(\.\d+)?)?)?Z?)?)?$/;
/** The Modified Julian Date of 1970-01-01. */
const UNIX_MJD = 40587;
const DAY = 86_400_000;

/** Read a time: ISO 8601, or a (modified) Julian date. The answer is ISO 8601. */
export function parseTime(text: string): string | null {
  const clean = text.trim();
  if (isNumber(clean) && !/^\d{4}$/.test(clean)) {
    const number = Number(clean);
    const mjd = number > 1_000_000 ? number - 2_400_000.5 : number;
    const date = new Date(Math.round((mjd - UNIX_MJD) * DAY));
    return mjd > 0 && mjd < 2e5 ? date.toISOString().replace(/(\.000)?Z$/, '') : null;
  }
  const match = ISO.exec(/^\d{4}$/.test(clean) ? `${clean}-01` : clean);
  if (!match) {
    return null;
  }
  const [, year, month, day = '1', hour = '0', minute = '0', second = '0', fraction = ''] = match;
  const two = (part: string): string => part.padStart(2, '0');
  const date = `${year}-${two(month)}-${two(day)}`;
  const time = `${two(hour)}:${two(minute)}:${two(second)}`;
  const check = new Date(`${date}T${time}Z`);
  // A 30 February is silently another day to some engines.
  return !Number.isNaN(check.valueOf()) && check.toISOString().startsWith(date)
    ? `${date}T${time}${fraction}`
    : null;
}

/** Read a time as a Modified Julian Date. */
export function parseMjd(text: string): string | null {
  const clean = text.trim();
  if (isNumber(clean) && !/^\d{4}$/.test(clean)) {
    return Number(clean) > 1_000_000 ? String(Number(clean) - 2_400_000.5) : plain(clean);
  }
  const iso = parseTime(clean);
  if (iso === null) {
    return null;
  }
  const [whole, fraction = '0'] = iso.split('.');
  const days = (Date.parse(`${whole}Z`) + 1000 * Number(`0.${fraction}`)) / DAY + UNIX_MJD;
  return String(Number(days.toFixed(9)));
}
