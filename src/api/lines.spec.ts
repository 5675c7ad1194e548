import { describe, expect, it } from 'vitest';

import { readLines } from './lines';

function reply(...parts: string[]): Response {
  const encoder = new TextEncoder();
  const body = new ReadableStream({
    start(controller) {
      parts.forEach(part => controller.enqueue(encoder.encode(part)));
      controller.close();
    }
  });
  return new Response(body);
}

async function read(...parts: string[]): Promise<unknown[]> {
  const lines: unknown[] = [];
  await readLines(reply(...parts), line => lines.push(line));
  return lines;
}

describe('answers of one object a line', () => {
  it('are read wherever they are cut', async () => {
    expect(await read('{"a":1}\n{"b"', ':2}\n', '{"c":3}')).toEqual([{ a: 1 }, { b: 2 }, { c: 3 }]);
    expect(await read()).toEqual([]);
  });

  it('are an error of the network when the last line is half', async () => {
    await expect(read('{"a":1}\n{"b"')).rejects.toMatchObject({ code: 'NetworkError' });
  });
});
