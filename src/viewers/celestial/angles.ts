/** Angles as people read them. */

import type { SkyFrame } from './frames';
import type { Place } from './sphere';

/** Sixtieths of sixtieths, with as many digits of the last part. */
function sixtieths(value: number, digits: number, marks: readonly string[], wide: number): string {
  const unit = 3600 * 10 ** digits;
  const whole = Math.round(value * unit);
  const seconds = (whole % (60 * 10 ** digits)) / 10 ** digits;
  const minutes = Math.floor(whole / (60 * 10 ** digits)) % 60;
  const first = Math.floor(whole / unit);
  const last = seconds.toFixed(digits).padStart(digits ? digits + 3 : 2, '0');
  const parts = [String(first).padStart(wide, '0'), String(minutes).padStart(2, '0'), last];
  return parts.map((part, i) => part + (marks[i] ?? '')).join(marks.length ? '' : ':');
}

/** A right ascension as hours: `00:42:44.330`. */
export function hours(degrees: number, digits = 3, marks: readonly string[] = []): string {
  const turn = ((degrees % 360) + 360) % 360;
  // What rounds up to a whole turn is none.
  const text = sixtieths(turn / 15, digits, marks, 2);
  return text.startsWith('24') ? sixtieths(0, digits, marks, 2) : text;
}

/** A signed angle as degrees, minutes and seconds: `+41:16:07.50`. */
export function degrees(value: number, digits = 2, marks: readonly string[] = []): string {
  return (value < 0 ? '-' : '+') + sixtieths(Math.abs(value), digits, marks, 2);
}

/** How places are written. */
export type PlaceStyle = 'sexagesimal' | 'degrees';

/** A place as text; only right ascensions are hours. */
export function placeText(place: Place, frame: SkyFrame, style: PlaceStyle): string {
  const [longitude, latitude] = place;
  if (!Number.isFinite(longitude) || !Number.isFinite(latitude)) {
    return '';
  }
  if (style === 'degrees') {
    const sign = latitude < 0 ? '' : '+';
    return `${longitude.toFixed(6)} ${sign}${latitude.toFixed(6)}`;
  }
  const first = frame === 'icrs' ? hours(longitude) : degrees(longitude).slice(1);
  return `${first} ${degrees(latitude)}`;
}

/** A small angle in the unit that suits it: `3.21″`, `4.5′`, `1.20°`. */
export function angleText(value: number): string {
  const size = Math.abs(value);
  if (size < 1 / 60) {
    return `${(value * 3600).toPrecision(3)}″`;
  }
  return size < 1 ? `${(value * 60).toPrecision(3)}′` : `${value.toPrecision(4)}°`;
}
