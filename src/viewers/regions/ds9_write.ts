/** Writes region files of SAOImage DS9, version 4.1 of the format. */

import type { Region } from './region';

const HEAD = '# Region file format: DS9 version 4.1';

/** The text of a region file. */
export function writeRegions(regions: readonly Region[]): string {
  const lines = [HEAD];
  let frame = '';
  for (const one of regions) {
    if (one.frame !== frame) {
      frame = one.frame;
      lines.push(frame);
    }
    lines.push(line(one));
  }
  return `${lines.join('\n')}\n`;
}

function line(one: Region): string {
  const sky = one.frame !== 'image';
  const points = one.points.flatMap(place => place.map(value => fixed(value, sky ? 8 : 3)));
  const sizes = one.sizes.map(value => size(one, value));
  const angled = one.shape === 'ellipse' || one.shape === 'box' || one.shape === 'vector';
  const words = [...points, ...sizes, ...(angled ? [fixed(one.angle, 4)] : [])];
  // Other programs take these for comments.
  const hidden = one.shape === 'vector' || one.shape === 'text' ? '# ' : '';
  const sign = one.excluded ? '-' : '';
  const told = propertiesOf(one);
  const divider = told && !hidden ? ' # ' : told ? ' ' : '';
  return `${hidden}${sign}${one.shape}(${words.join(',')})${divider}${told}`;
}

function size(one: Region, value: number): string {
  if (one.angular) {
    return `${fixed(value * 3600, 4)}"`;
  }
  return one.frame === 'image' ? fixed(value, 3) : `${fixed(value, 3)}i`;
}

function propertiesOf({ shape, style, text, tags }: Region): string {
  const words = [
    shape === 'line' ? 'line=0 0' : '',
    shape === 'vector' ? 'vector=1' : '',
    shape === 'point' && style.symbol
      ? `point=${style.symbol}${style.size ? ` ${style.size}` : ''}`
      : '',
    style.color ? `color=${style.color}` : '',
    style.width ? `width=${style.width}` : '',
    style.dash ? 'dash=1' : '',
    style.fill ? 'fill=1' : '',
    text ? `text={${text.replace(/[{}\r\n]/g, ' ')}}` : '',
    ...tags.map(tag => `tag={${tag.replace(/[{}\r\n]/g, ' ')}}`)
  ];
  return words.filter(word => word !== '').join(' ');
}

function fixed(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}
