/** Beside Playwright's own report: what the server wrote during a failure, and the slowest tests. */

import { existsSync, readFileSync, statSync } from 'node:fs';

import type { Reporter, TestCase, TestResult } from '@playwright/test/reporter';

import { SERVER_LOG } from './playwright.config';

/** Lines of the server that are printed at most. */
const LINES = 40;
/** Tests that are named at the end. */
const SLOWEST = 5;

/** The last lines the server wrote after a place in its log. */
function serverLines(from: number): string {
  if (!existsSync(SERVER_LOG)) {
    return '';
  }
  const lines = readFileSync(SERVER_LOG).subarray(from).toString().trim().split('\n');
  return lines.slice(-LINES).join('\n');
}

function print(title: string, text: string): void {
  if (text) {
    process.stdout.write(`\n  ${title}\n${text.replace(/^/gm, '    ')}\n\n`);
  }
}

export default class Report implements Reporter {
  printsToStdio(): boolean {
    return false;
  }

  onTestBegin(): void {
    this._from = existsSync(SERVER_LOG) ? statSync(SERVER_LOG).size : 0;
  }

  onTestEnd(test: TestCase, result: TestResult): void {
    this._taken.push([test.titlePath().slice(2).join(' › '), result.duration]);
    if (result.status !== test.expectedStatus) {
      print(`The server during “${test.title}”:`, serverLines(this._from));
    }
  }

  /** Before the first test: the server did not start, for instance. */
  onError(): void {
    if (this._taken.length === 0) {
      print('The server:', serverLines(0));
    }
  }

  onEnd(): void {
    const slowest = this._taken.sort((a, b) => b[1] - a[1]).slice(0, SLOWEST);
    const lines = slowest.map(([title, taken]) => `${(taken / 1000).toFixed(1)} s  ${title}`);
    print('The slowest tests:', lines.join('\n'));
  }

  private _from = 0;
  private readonly _taken: [title: string, milliseconds: number][] = [];
}
