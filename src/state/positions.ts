/** Positions on the sky: as people write them, and from frame to frame. */

/** A frame in which a position may be given. */
export type Frame = 'ICRS' | 'Galactic' | 'Ecliptic';

/** Longitude and latitude, degrees. */
export type Position = readonly [number, number];

const RAD = Math.PI / 180;

type Matrix = readonly [number, number, number][];

/** From galactic to ICRS: ESA SP-1200 (1997), volume 1, section 1.5.3. */
const GALACTIC: Matrix = transposed([
  [-0.0548755604162154, -0.873437090234885, -0.4838350155487132],
  [0.4941094278755837, -0.4448296299600112, 0.7469822444972189],
  [-0.8676661490190047, -0.1980763734312015, 0.4559837761750669]
]);

/** From the mean ecliptic and equinox of J2000.0: obliquity 84381.406″ (IAU 2006). */
const ECLIPTIC: Matrix = (() => {
  const tilt = (84381.406 / 3600) * RAD;
  return [
    [1, 0, 0],
    [0, Math.cos(tilt), -Math.sin(tilt)],
    [0, Math.sin(tilt), Math.cos(tilt)]
  ];
})();

function transposed(matrix: Matrix): Matrix {
  return [0, 1, 2].map(j => [matrix[0][j], matrix[1][j], matrix[2][j]]);
}

/** A position in another frame as ICRS right ascension and declination, degrees. */
export function toIcrs([lon, lat]: Position, frame: Frame): Position {
  if (frame === 'ICRS') {
    return [((lon % 360) + 360) % 360, lat];
  }
  const [l, b] = [lon * RAD, lat * RAD];
  const vector = [Math.cos(b) * Math.cos(l), Math.cos(b) * Math.sin(l), Math.sin(b)];
  const [x, y, z] = (frame === 'Galactic' ? GALACTIC : ECLIPTIC).map(
    row => row[0] * vector[0] + row[1] * vector[1] + row[2] * vector[2]
  );
  const ra = Math.atan2(y, x) / RAD;
  return [(ra + 360) % 360, Math.asin(Math.max(-1, Math.min(1, z))) / RAD];
}

const NUMBER = '[+-]?\\d+(?:\\.\\d*)?|[+-]?\\.\\d+';
const DECIMAL = new RegExp(`^(${NUMBER})\\s*(?:°|d|deg)?[\\s,;]+(${NUMBER})\\s*(?:°|d|deg)?$`, 'i');
/** Three numbers with colons, blanks or units between them. */
const SEXAGESIMAL =
  /^([+-]?)(\d{1,3})(?:[hd°:]\s*|\s+)(\d{1,2})(?:[m':′]\s*|\s+)(\d{1,2}(?:\.\d*)?)\s*(?:s|"|″|'')?$/i;

function angle(text: string): { value: number; hours: boolean } | null {
  const match = SEXAGESIMAL.exec(text.trim());
  if (!match || Number(match[3]) >= 60 || Number(match[4]) >= 60) {
    return null;
  }
  const value = Number(match[2]) + Number(match[3]) / 60 + Number(match[4]) / 3600;
  return { value: match[1] === '-' ? -value : value, hours: /^[+-]?\d+\s*h/i.test(text.trim()) };
}

/**
 * Read a position: `10.68 41.27`, `00:42:44.3 +41:16:09`, `0h42m44.3s +41d16m9s`.
 *
 * A sexagesimal longitude is in hours in ICRS, in degrees otherwise, unless `h` or `d` says so.
 * `null` if it is something else, such as a name.
 */
export function parsePosition(text: string, frame: Frame): Position | null {
  const plain = text.trim().replace(/−/g, '-').replace(/\s+/g, ' ');
  const decimal = DECIMAL.exec(plain);
  if (decimal) {
    return checked(Number(decimal[1]), Number(decimal[2]));
  }
  for (const [first, second] of halves(plain)) {
    const lon = angle(first);
    const lat = angle(second);
    if (lon && lat) {
      const inHours = lon.hours || (frame === 'ICRS' && !/^[+-]?\d+\s*[d°]/i.test(first));
      return checked(inHours ? lon.value * 15 : lon.value, lat.value);
    }
  }
  return null;
}

/** Where a line may be two angles: at a comma, at a sign, or in its middle. */
function halves(text: string): [string, string][] {
  const found: [string, string][] = [];
  for (const match of text.matchAll(/\s*[,;]\s*|\s+(?=[+-])|\s+|(?<=["s″])(?=[+-])/g)) {
    found.push([text.slice(0, match.index), text.slice(match.index + match[0].length)]);
  }
  return found;
}

function checked(lon: number, lat: number): Position | null {
  return Math.abs(lat) <= 90 && lon >= -360 && lon <= 360 ? [lon, lat] : null;
}

/** A position in degrees as text. */
export function positionText([lon, lat]: Position): string {
  return `${degrees(lon)} ${degrees(lat)}`;
}

/** An angle in degrees, to 0.04 milliarcseconds. */
export function degrees(value: number): string {
  return String(Number(value.toFixed(8)));
}
