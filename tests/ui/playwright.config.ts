import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { defineConfig } from '@playwright/test';

/** The checkout, and where its tools are when it has an environment of its own. */
const CHECKOUT = resolve(__dirname, '..', '..');
const TOOLS = join(CHECKOUT, '.venv', 'bin');
const PORT = process.env.LSP_UI_PORT ?? '18932';
const TOKEN = process.env.LSP_UI_TOKEN ?? 'lsp-ui-test-token';
const BASE = `http://127.0.0.1:${PORT}`;
/** Where the browser's login is kept between setup and tests. */
export const LOGIN = join(__dirname, 'test-results', 'login.json');
/** What the server writes; shown where a test fails. */
export const SERVER_LOG = join(__dirname, 'test-results', 'server.log');

// Workers read this file again and must agree with it.
process.env.LSP_UI_PORT = PORT;
process.env.LSP_UI_TOKEN = TOKEN;
process.env.LSP_UI_ROOT ??= mkdtempSync(join(tmpdir(), 'lsp-ui-'));

const root = process.env.LSP_UI_ROOT;
const server = {
  ...process.env,
  PATH: existsSync(TOOLS) ? `${TOOLS}:${process.env.PATH}` : process.env.PATH,
  PYTHONPATH: [CHECKOUT, process.env.PYTHONPATH].filter(Boolean).join(':'),
  JUPYTER_CONFIG_DIR: join(root, 'config'),
  JUPYTER_DATA_DIR: join(root, 'data'),
  JUPYTER_RUNTIME_DIR: join(root, 'runtime'),
  JUPYTERLAB_SETTINGS_DIR: join(root, 'settings'),
  IPYTHONDIR: join(root, 'ipython')
};

export default defineConfig({
  testDir: 'tests',
  outputDir: 'test-results',
  globalSetup: './login.ts',
  workers: 1,
  // A browser that stumbled once is told of, and does not stop a release.
  retries: process.env.CI ? 1 : 0,
  timeout: 90_000,
  expect: { timeout: 30_000, toPass: { timeout: 30_000 } },
  reporter: [['list'], ['./reporter.ts']],
  use: {
    baseURL: BASE,
    storageState: LOGIN,
    viewport: { width: 1280, height: 800 },
    acceptDownloads: true,
    permissions: ['clipboard-read', 'clipboard-write'],
    video: 'off',
    screenshot: 'only-on-failure',
    // A trace takes as much time as the test itself: it is made on demand.
    trace: process.env.LSP_UI_TRACE ? 'retain-on-failure' : 'off',
    launchOptions: {
      executablePath: process.env.LSP_UI_CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage']
    }
  },
  webServer: {
    command:
      'mkdir -p test-results && ' +
      `exec jupyter lab --config jupyter_server_test_config.py > '${SERVER_LOG}' 2>&1`,
    cwd: __dirname,
    env: server as Record<string, string>,
    url: `${BASE}/lsp_jupyter/health`,
    timeout: 180_000,
    reuseExistingServer: false,
    gracefulShutdown: { signal: 'SIGTERM', timeout: 10_000 }
  }
});
