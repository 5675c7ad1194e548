import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

import { request } from '@playwright/test';

import { LOGIN } from './playwright.config';

/** Log in as a person does, with the token once; from then on the cookie counts. */
export default async function login(): Promise<void> {
  mkdirSync(dirname(LOGIN), { recursive: true });
  const context = await request.newContext();
  const reply = await context.get(
    `http://127.0.0.1:${process.env.LSP_UI_PORT}/lab?token=${process.env.LSP_UI_TOKEN}`
  );
  if (!reply.ok()) {
    throw new Error(`The login was answered with ${reply.status()}.`);
  }
  await context.storageState({ path: LOGIN });
  await context.dispose();
}
