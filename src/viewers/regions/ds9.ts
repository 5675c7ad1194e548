/** Reads region files of SAOImage DS9, version 4.1 of the format. */

import { properties } from './ds9_properties';
import type { Properties } from './ds9_properties';
import { region } from './region';
import type { Region, RegionFrame, Shape } from './region';

/** What a region file says. */
export interface RegionFile {
  readonly regions: readonly Region[];
  /** Lines that could not be used, and why. */
  readonly problems: readonly string[];
}

/** Regions that are read from one file. */
export const MOST_REGIONS = 100_000;
/** Problems that are told. */
const MOST_PROBLEMS = 50;

/** Frames of the format; FK5 differs from ICRS by some hundredths of an arcsecond. */
const FRAMES: Readonly<Record<string, RegionFrame>> = {
  icrs: 'icrs',
  fk5: 'icrs',
  j2000: 'icrs',
  galactic: 'galactic',
  ecliptic: 'ecliptic',
  image: 'image',
  physical: 'image'
};

/** Systems that are known, but not here. */
const OTHERS = /^(fk4|b1950|linear|amplifier|detector|wcs[a-z]?|panner|mosaic)$/i;

/** For each shape: its name here, and how many points come before the sizes (all of them if -1). */
const SHAPES: Readonly<Record<string, readonly [Shape, number]>> = {
  circle: ['circle', 1],
  annulus: ['annulus', 1],
  ellipse: ['ellipse', 1],
  box: ['box', 1],
  rotbox: ['box', 1],
  polygon: ['polygon', -1],
  line: ['line', 2],
  vector: ['vector', 1],
  point: ['point', 1],
  text: ['text', 1],
  ruler: ['line', 2],
  projection: ['line', 2]
};

const FIGURE = /^([+-]?)\s*([a-z]+)(?:\s+(circle|box|diamond|cross|x|arrow|boxcircle)\b)?\s*(.*)$/i;

/** Read the text of a region file. */
export function readRegions(text: string): RegionFile {
  const reader = new Reader();
  for (const [number, line] of text.split(/\r?\n/).entries()) {
    if (!reader.line(line.trim(), number + 1)) {
      break;
    }
  }
  return { regions: reader.regions, problems: reader.problems };
}

class Reader {
  readonly regions: Region[] = [];
  readonly problems: string[] = [];

  /** Read a line; whether more is wanted. */
  line(line: string, number: number): boolean {
    const [code, comment] = divided(line);
    if (/^global\b/i.test(code)) {
      this._global = { ...this._global, ...properties(code.slice(6)) };
      return true;
    }
    const parts = split(code);
    // Some figures are only comments to other programs.
    const hidden = /^(text|vector|ruler|projection)\s*\(/i.test(comment);
    const told = hidden ? comment.replace(/^[^)]*\)/, '') : comment;
    for (const part of hidden ? [...parts, comment] : parts) {
      try {
        this._part(part, properties(told));
      } catch (reason) {
        if (this.problems.length < MOST_PROBLEMS) {
          const shown = part.length > 60 ? `${part.slice(0, 60)}…` : part;
          this.problems.push(`Line ${number}, “${shown}”: ${(reason as Error).message}`);
        }
      }
      if (this.regions.length >= MOST_REGIONS) {
        this.problems.push(`Only the first ${MOST_REGIONS.toLocaleString('en')} are shown.`);
        return false;
      }
    }
    return true;
  }

  private _part(text: string, own: Properties): void {
    const word = text.toLowerCase();
    if (word in FRAMES) {
      this._frame = FRAMES[word]!;
      return;
    }
    if (OTHERS.test(word)) {
      this._frame = null;
      throw new Error(`Coordinates of the system ${word} cannot be shown. Save the file as ICRS.`);
    }
    const match = FIGURE.exec(text);
    const name = match?.[2]?.toLowerCase() ?? '';
    if (!match || !(name in SHAPES)) {
      throw new Error(`There is no figure “${name || word}” here.`);
    }
    if (this._frame === null) {
      throw new Error('Its coordinates are of a system that cannot be shown.');
    }
    const [shape, count] = SHAPES[name];
    const words = argumentsOf(match[4]);
    const all = { ...this._global, ...own };
    const symbol = match[3]?.toLowerCase();
    const made = figure(shape, this._frame, words, count < 0 ? words.length / 2 : count);
    this.regions.push({
      ...made,
      excluded: match[1] === '-' || (match[1] !== '+' && all.excluded === true),
      text: own.text ?? /\{([^}]*)\}/.exec(match[4])?.[1] ?? '',
      tags: own.tags ?? [],
      style: {
        ...all.style,
        ...(symbol ? { symbol: symbol as NonNullable<Region['style']['symbol']> } : {})
      }
    });
  }

  private _frame: RegionFrame | null = 'image';
  private _global: Properties = {};
}

/** What stands before the first `#` that is not inside a text, and what stands behind. */
function divided(line: string): [string, string] {
  const bare = line.replace(/\{[^}]*\}|"[^"]*"(?=\s*$|\s+\w+=)/g, text => ' '.repeat(text.length));
  const place = bare.indexOf('#');
  return place < 0 ? [line, ''] : [line.slice(0, place).trim(), line.slice(place + 1).trim()];
}

/** Statements of a line, which semicolons separate. */
function split(code: string): string[] {
  return code
    .split(/;(?![^{]*\})/)
    .map(part => part.trim().replace(/\|\|?\s*$/, ''))
    .filter(part => part !== '');
}

/** The words between brackets, or behind the name. */
function argumentsOf(text: string): string[] {
  const inside = /^\(([^)]*)\)/.exec(text)?.[1] ?? text.replace(/\{[^}]*\}/g, '');
  return inside.split(/[\s,]+/).filter(word => word !== '');
}

function figure(shape: Shape, frame: RegionFrame, words: readonly string[], count: number): Region {
  const bad = (what: string): Error => new Error(`It has ${what}.`);
  const least = shape === 'polygon' ? 3 : 1;
  if (!Number.isInteger(count) || count < least || words.length < 2 * count) {
    throw bad('too few numbers');
  }
  const points = Array.from(
    { length: count },
    (_, i) => [lon(words[2 * i], frame), lat(words[2 * i + 1], frame)] as const
  );
  const rest = words.slice(2 * count);
  const angled = { ellipse: 3, box: 3, vector: 2 }[shape as 'ellipse'];
  const angle = angled !== undefined && rest.length >= angled ? number(rest.pop()!) : 0;
  const wanted = { circle: 1, annulus: 2, ellipse: 2, box: 2, vector: 1 }[shape as 'circle'] ?? 0;
  if (rest.length < wanted) {
    throw bad('too few numbers');
  }
  const kept = shape === 'annulus' ? rest : rest.slice(0, wanted);
  const found = kept.map(word => size(word, frame));
  if (found.some(one => one.value < 0)) {
    throw bad('a size below zero');
  }
  const angular = found[0]?.angular ?? frame !== 'image';
  if (found.some(one => one.angular !== angular)) {
    throw bad('sizes in pixels and in angles');
  }
  const sizes = found.map(one => one.value);
  return region(shape, frame, points, sizes, { angular, angle });
}

function number(text: string): number {
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
  if (!Number.isFinite(value)) {
    throw new Error(`“${text.slice(0, 20)}” is no number.`);
  }
  return value;
}

/** Sexagesimal numbers: `10:20:30`, `10h20m30s`, `+10d20m30s`. */
function sixtieths(text: string): number | null {
  const parts =
    /^([+-]?)(\d+)[:hd](\d+)[:m](\d+(?:\.\d*)?)s?$/i.exec(text) ??
    /^([+-]?)(\d+)[:hd](\d+(?:\.\d*)?)m?$/i.exec(text);
  if (!parts) {
    return null;
  }
  const value = Number(parts[2]) + Number(parts[3]) / 60 + Number(parts[4] ?? 0) / 3600;
  return parts[1] === '-' ? -value : value;
}

function lon(text: string, frame: RegionFrame): number {
  const value = frame === 'image' ? null : sixtieths(text);
  if (value === null) {
    return position(text);
  }
  // Only right ascensions are hours, unless the letter says so.
  return /h/i.test(text) || (frame === 'icrs' && !/d/i.test(text)) ? value * 15 : value;
}

function lat(text: string, frame: RegionFrame): number {
  const value = (frame === 'image' ? null : sixtieths(text)) ?? position(text);
  if (frame !== 'image' && Math.abs(value) > 90) {
    throw new Error(`“${text.slice(0, 20)}” is beyond the pole.`);
  }
  return value;
}

function position(text: string): number {
  return number(text.replace(/[dip]$/i, ''));
}

const UNITS: Readonly<Record<string, number>> = {
  '"': 1 / 3600,
  "'": 1 / 60,
  d: 1,
  r: 180 / Math.PI
};

function size(text: string, frame: RegionFrame): { value: number; angular: boolean } {
  const unit = text.slice(-1).toLowerCase();
  if (unit in UNITS) {
    return { value: number(text.slice(0, -1)) * UNITS[unit], angular: true };
  }
  if (unit === 'p' || unit === 'i') {
    return { value: number(text.slice(0, -1)), angular: false };
  }
  return { value: number(text), angular: frame !== 'image' };
}
