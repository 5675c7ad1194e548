// @vitest-environment jsdom
import { Widget } from '@lumino/widgets';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { PlatformError } from '../api/errors';
import { OpeningView } from './opening';

interface Turn {
  readonly signal: AbortSignal;
  resolve(id: string): void;
  reject(reason: unknown): void;
}

let view: OpeningView;
const turns: Turn[] = [];
const show = vi.fn();

function open(name = 'stars.csv'): Promise<void> {
  view = new OpeningView(name, {
    open: signal =>
      new Promise<string>((resolve, reject) => turns.push({ signal, resolve, reject })),
    show
  });
  Widget.attach(view, document.body);
  return view.start();
}

afterEach(() => {
  view.dispose();
  turns.length = 0;
  show.mockReset();
});

describe('a data file on its way', () => {
  it('says so until its table is there', async () => {
    const done = open();
    expect(view.node.textContent).toBe('Reading stars.csv…');
    expect(view.node.querySelector('[role="progressbar"]')).not.toBeNull();
    turns[0].resolve('abc');
    await done;
    expect(show).toHaveBeenCalledWith('abc');
  });

  it('says why it is no table, as text, and tries again', async () => {
    const done = open('<img src=x>.csv');
    const message = '<b>no</b> table';
    turns[0].reject(new PlatformError({ code: 'UsageError', message, hint: 'Write it again.' }));
    await done;
    const alert = view.node.querySelector('[role="alert"]')!;
    expect(alert.textContent).toBe(
      '<img src=x>.csv cannot be shown as a table<b>no</b> tableWrite it again.'
    );
    expect(view.node.querySelector('img, b')).toBeNull();
    view.node.querySelector('button')!.click();
    expect(view.node.querySelector('[role="alert"]')).toBeNull();
    turns[1].resolve('def');
    await vi.waitFor(() => expect(show).toHaveBeenCalledWith('def'));
  });

  it('is not read any more when its tab is closed', async () => {
    const done = open();
    view.dispose();
    expect(turns[0].signal.aborted).toBe(true);
    turns[0].resolve('abc');
    await done;
    expect(show).not.toHaveBeenCalled();
  });

  it('forgets what came of it before it was begun again', async () => {
    const first = open();
    const second = view.start();
    expect(turns[0].signal.aborted).toBe(true);
    turns[0].reject(new Error('late'));
    await first;
    expect(view.node.querySelector('[role="alert"]')).toBeNull();
    turns[1].resolve('abc');
    await second;
    expect(show).toHaveBeenCalledTimes(1);
  });
});
