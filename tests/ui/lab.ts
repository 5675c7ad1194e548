/** One JupyterLab for all tests of a worker: loaded once, put back in order in between. */

import { galata } from '@jupyterlab/galata';
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import type {
  Browser,
  BrowserContext,
  BrowserContextOptions,
  Page as PlainPage
} from '@playwright/test';

import { clean } from './clean';

export type Page = IJupyterLabPageFixture;

/** The notebook whose kernel runs from test to test. */
export const NOTEBOOK = 'shared.ipynb';

/** Errors of the browser that are none of ours. */
const KNOWN = [/status of 40[0-9]/, /status of 50[0-9]/, /ResizeObserver loop/];

/**
 * A page with JupyterLab in it, and what went wrong in it.
 *
 * A page takes seconds of both cores to load, and `clean` a fraction of one, so
 * tests get the same page again. One that is about the start of JupyterLab says
 * `test.use({ autoGoto: false })` and loads it with `page.goto('?reset')`.
 */
export class Lab {
  private constructor(
    readonly page: Page,
    private readonly _plain: PlainPage,
    private readonly _wrong: string[]
  ) {}

  /** Open a browser window, with nothing in it yet. */
  static async open(browser: Browser, options: BrowserContextOptions): Promise<Lab> {
    const context = await browser.newContext(options);
    const wrong = watch(context);
    const page = await context.newPage();
    const ready = async (): Promise<void> => {
      await page.locator('#jupyterlab-splash').waitFor({ state: 'detached' });
      await page.evaluate(() => window.jupyterapp.restored.then(() => undefined));
    };
    return new Lab(galata.addHelpersToPage(page, options.baseURL!, ready), page, wrong);
  }

  /** Bring JupyterLab to where a new user finds it; load it if `load` and it was not yet. */
  async reset(load: boolean): Promise<void> {
    const { page } = this;
    const blank = page.url() === 'about:blank';
    if (blank && !load) {
      return;
    }
    if (blank) {
      await page.goto('?reset');
    }
    await page.mouse.move(0, 0);
    await page.evaluate(clean, this._kept);
    // Kernels of an earlier worker have ended by now.
    this._kept = NOTEBOOK;
  }

  /** Let every request go to the server again. */
  async unroute(): Promise<void> {
    // Galata's page reads from Playwright's but keeps what is written to it.
    await this._plain.unrouteAll({ behavior: 'ignoreErrors' });
  }

  /** Close the window. */
  async close(): Promise<void> {
    await this._plain.context().close();
  }

  /** What went wrong since the last call. */
  wrongs(): string[] {
    return this._wrong.splice(0);
  }

  private _kept = '';
}

/** Nothing is asked of any other host, the token is in no address, and pages throw nothing. */
function watch(context: BrowserContext): string[] {
  const wrong: string[] = [];
  const token = process.env.LSP_UI_TOKEN!;
  context.on('request', request => {
    const url = new URL(request.url());
    if (/^(https?|wss?):$/.test(url.protocol) && url.hostname !== '127.0.0.1') {
      wrong.push(`asked ${url.host}`);
    }
    if (request.url().includes(token)) {
      wrong.push(`token in ${url.pathname}`);
    }
  });
  context.on('page', page =>
    page.on('websocket', socket => {
      if (socket.url().includes('lsp_jupyter') && socket.url().includes(token)) {
        wrong.push('token in the address of the event channel');
      }
    })
  );
  context.on('weberror', error => wrong.push(`thrown: ${error.error().message}`));
  context.on('console', message => {
    const text = message.text();
    if (message.type() === 'error' && /lsp/i.test(text) && !KNOWN.some(one => one.test(text))) {
      wrong.push(`console: ${text}`);
    }
  });
  return wrong;
}
