import { defineConfig } from 'vitest/config';

// Unit tests of what needs no browser: formats, filters, caches, state, code.
export default defineConfig({
  test: {
    environment: 'jsdom',
    include: ['src/**/*.spec.ts'],
    setupFiles: ['src/testing/setup.ts'],
    restoreMocks: true
  }
});
