// @vitest-environment jsdom
import { Table, Utf8, makeVector, vectorFromArray } from 'apache-arrow';
import { beforeEach, describe, expect, it } from 'vitest';

import { MemorySource } from '../testing/memory';
import { TableModel } from './model';
import { Painter, ROW_HEIGHT, cellLine } from './painter';
import type { Geometry, Marks } from './painter';
import { RowSelector } from './select';
import type { Theme } from './theme';

const THEME = Object.fromEntries(
  'background stripe line text faint header headerText selected selectedHeader hover cursor font'
    .split(' ')
    .map(name => [name, name])
) as unknown as Theme;

const WHERE: Geometry = {
  width: 400,
  height: 240,
  headerWidth: 40,
  scrollX: 0,
  scrollY: 0,
  bodyWidth: 200,
  columnAt: offset => Math.floor(offset / 100),
  columnOffset: column => column * 100,
  columnSize: () => 100
};

const MARKS: Marks = { hovered: -1, focused: false };

interface Drawn {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly align: string;
  readonly colour: string;
}

/** A canvas that notes what is drawn on it; every character is 10 pixels wide. */
function canvas(): {
  gc: CanvasRenderingContext2D;
  texts: Drawn[];
  bands: Map<number, string>;
  frames: number[];
} {
  const texts: Drawn[] = [];
  const bands = new Map<number, string>();
  const frames: number[] = [];
  const gc = {
    fillStyle: '',
    textAlign: '',
    save: () => undefined,
    restore: () => undefined,
    beginPath: () => undefined,
    rect: () => undefined,
    clip: () => undefined,
    measureText: (text: string) => ({ width: text.length * 10 }),
    strokeRect: (_: number, y: number) => frames.push(y),
    fillRect: (x: number, y: number, _: number, height: number) => {
      if (x === 40 && height === ROW_HEIGHT) {
        bands.set(y / ROW_HEIGHT, gc.fillStyle);
      }
    },
    fillText: (text: string, x: number, y: number) =>
      texts.push({ text, x, y, align: gc.textAlign, colour: gc.fillStyle })
  };
  return { gc: gc as unknown as CanvasRenderingContext2D, texts, bands, frames };
}

let model: TableModel;
let selector: RowSelector;
let painter: Painter;

beforeEach(async () => {
  const rows = 100;
  const source = new MemorySource(
    new Table({
      x: makeVector(Float64Array.from({ length: rows }, (_, i) => i)),
      name: vectorFromArray(
        Array.from({ length: rows }, (_, i) => (i === 0 ? 'far too long a name' : `n${i}`)),
        new Utf8()
      )
    })
  );
  model = new TableModel(source);
  selector = new RowSelector(model);
  painter = new Painter(model, selector);
  painter.theme = THEME;
  model.show(0, 10);
  await new Promise(resolve => setTimeout(resolve, 10));
});

describe('the painter', () => {
  it('draws the rows of a rectangle and no others', () => {
    const { gc, texts } = canvas();
    painter.paint(gc, WHERE, MARKS, [0, 48, 400, 24]);
    expect(texts.map(drawn => drawn.text)).toEqual(['2', 'n2', '3']);
  });

  it('puts numbers at the right and text at the left', () => {
    const { gc, texts } = canvas();
    painter.paint(gc, WHERE, MARKS, [0, 24, 400, 24]);
    expect(texts.map(({ x, align }) => [x, align])).toEqual([
      [132, 'right'],
      [148, 'left'],
      [32, 'right']
    ]);
  });

  it('cuts a text that is too wide, with an ellipsis', () => {
    const { gc, texts } = canvas();
    painter.paint(gc, WHERE, MARKS, [40, 0, 400, 24]);
    expect(texts[1].text).toBe('far too…');
  });

  it('follows the scroll position', () => {
    const { gc, texts } = canvas();
    painter.paint(gc, { ...WHERE, scrollX: 100, scrollY: 240 }, MARKS, [40, 0, 360, 24]);
    expect(texts.map(drawn => drawn.text)).toEqual(['n10']);
    expect(texts[0].x).toBe(48);
  });

  it('shows what is selected, under the pointer and at the cursor', () => {
    const { gc, bands, frames } = canvas();
    selector.pick(2);
    painter.paint(gc, WHERE, { hovered: 4, focused: true }, [0, 0, 400, 144]);
    expect([...bands.values()]).toEqual([
      'background',
      'stripe',
      'selected',
      'stripe',
      'hover',
      'stripe'
    ]);
    expect(frames).toEqual([2 * ROW_HEIGHT + 1]);
  });

  it('marks cells whose page is not there yet', () => {
    const { gc, texts } = canvas();
    const far = new TableModel(
      new MemorySource(new Table({ x: makeVector(new Float64Array(5000)) }))
    );
    const blank = new Painter(far, new RowSelector(far));
    blank.theme = THEME;
    blank.paint(gc, WHERE, MARKS, [40, 0, 360, 24]);
    expect(texts[0]).toMatchObject({ text: '…', colour: 'faint' });
  });

  it('keeps a cell on one line', () => {
    expect(cellLine('a\tb\n\u0000c')).toBe('a b c');
    expect(cellLine('x'.repeat(5000))).toHaveLength(300);
  });
});
