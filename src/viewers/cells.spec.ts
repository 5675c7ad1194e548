import {
  Bool,
  DateDay,
  Decimal,
  Field,
  Float32,
  Float64,
  Int32,
  Int64,
  List,
  TimestampMicrosecond,
  TimestampNanosecond,
  Uint64,
  Utf8,
  makeData,
  makeVector,
  vectorFromArray
} from 'apache-arrow';
import type { Vector } from 'apache-arrow';
import { describe, expect, it } from 'vitest';

import { CELL_MAX, cellText, formatFloat, formatOf, kindOf, kindOfVector } from './cells';

function shown(vector: Vector): string[] {
  const format = formatOf(vector);
  return Array.from({ length: vector.length }, (_, i) => cellText(vector, i, format));
}

function exact(vector: Vector): string[] {
  return Array.from({ length: vector.length }, (_, i) => cellText(vector, i, null));
}

describe('cells', () => {
  it('keeps 64-bit integers exact', () => {
    const ids = [9223372036854775807n, -9223372036854775808n, 4611686018427387905n, null];
    expect(shown(vectorFromArray(ids, new Int64()))).toEqual([
      '9223372036854775807',
      '-9223372036854775808',
      '4611686018427387905',
      ''
    ]);
    expect(shown(vectorFromArray([18446744073709551615n], new Uint64()))).toEqual([
      '18446744073709551615'
    ]);
  });

  it('lines floats of a similar size up', () => {
    expect(shown(vectorFromArray([56.8712508473, 3.5, -0.25, null], new Float64()))).toEqual([
      '56.8712508473',
      '3.5000000000',
      '-0.2500000000',
      ''
    ]);
  });

  it('shows no more digits than a single precision number has', () => {
    expect(shown(vectorFromArray([2.8961323, 10.25], new Float32()))).toEqual([
      '2.89613',
      '10.25000'
    ]);
    expect(exact(vectorFromArray([2.8961323, 0.1], new Float32()))).toEqual(['2.8961322', '0.1']);
  });

  it('writes columns of many decades by significant digits', () => {
    expect(shown(vectorFromArray([1e-12, 1, 6.02214076e23, 0], new Float64()))).toEqual([
      '1e-12',
      '1',
      '6.02214076e+23',
      '0'
    ]);
  });

  it('never makes a small number look like zero', () => {
    expect(formatFloat(0.0001234, { kind: 'float', decimals: 2, digits: 12 })).toBe('1.234e-4');
    expect(formatFloat(0, { kind: 'float', decimals: 2, digits: 12 })).toBe('0.00');
  });

  it('names what is no number', () => {
    expect(shown(vectorFromArray([NaN, Infinity, -Infinity], new Float64()))).toEqual([
      'NaN',
      'Infinity',
      '-Infinity'
    ]);
  });

  it('gives every digit of a double where asked', () => {
    expect(exact(vectorFromArray([0.1 + 0.2, 56.87125084731234], new Float64()))).toEqual([
      '0.30000000000000004',
      '56.87125084731234'
    ]);
  });

  it('writes times to their last tick', () => {
    const micro = makeVector(
      makeData({
        type: new TimestampMicrosecond(),
        data: BigInt64Array.of(1750000000123456n, 0n, -1n, 1750000000000000n)
      })
    );
    expect(shown(micro)).toEqual([
      '2025-06-15 15:06:40.123456',
      '1970-01-01 00:00:00',
      '1969-12-31 23:59:59.999999',
      '2025-06-15 15:06:40'
    ]);
    const nano = makeVector(
      makeData({ type: new TimestampNanosecond(), data: BigInt64Array.of(1750000000123456789n) })
    );
    expect(shown(nano)).toEqual(['2025-06-15 15:06:40.123456789']);
    const day = makeVector(makeData({ type: new DateDay(), data: Int32Array.of(20000) }));
    expect(shown(day)).toEqual(['2024-10-04']);
  });

  it('writes decimals exactly', () => {
    const words = Uint32Array.of(12345, 0, 0, 0, 0xffffcfc7, 0xffffffff, 0xffffffff, 0xffffffff);
    const vector = (scale: number): Vector =>
      makeVector(makeData({ type: new Decimal(scale, 38, 128), data: words, length: 2 }));
    expect(shown(vector(2))).toEqual(['123.45', '-123.45']);
    expect(shown(vector(0))).toEqual(['12345', '-12345']);
    expect(kindOfVector(vector(0))).toBe('integer');
  });

  it('writes arrays, truth and text as text', () => {
    expect(
      shown(vectorFromArray([[1, 2], [], null], new List(new Field('item', new Int32()))))
    ).toEqual(['[1, 2]', '[]', '']);
    expect(shown(vectorFromArray([true, false, null], new Bool()))).toEqual(['true', 'false', '']);
    const hostile = '<img src=x onerror=alert(1)>';
    expect(shown(vectorFromArray([hostile, 'x'.repeat(CELL_MAX + 9)], new Utf8()))).toEqual([
      hostile,
      `${'x'.repeat(CELL_MAX)}…`
    ]);
  });

  it.each([
    [{ arrow: 'int64' }, 'integer'],
    [{ arrow: 'uint8' }, 'integer'],
    [{ arrow: 'decimal128(38, 0)' }, 'integer'],
    [{ arrow: 'decimal128(18, 3)' }, 'float'],
    [{ arrow: 'double' }, 'float'],
    [{ arrow: 'halffloat' }, 'float'],
    [{ arrow: 'bool' }, 'boolean'],
    [{ arrow: 'string' }, 'text'],
    [{ arrow: 'large_string' }, 'text'],
    [{ arrow: 'timestamp[us]' }, 'time'],
    [{ arrow: 'list<item: double>' }, 'other'],
    [{ arrow: 'binary' }, 'other'],
    [{ datatype: 'long' }, 'integer'],
    [{ datatype: 'double', arraysize: '2' }, 'other'],
    [{ datatype: 'char', arraysize: '*' }, 'text'],
    [{ datatype: 'char', arraysize: '*', xtype: 'timestamp' }, 'time']
  ])('takes %j for %s', (column, kind) => {
    expect(kindOf({ name: 'x', ...column })).toBe(kind);
  });
});
