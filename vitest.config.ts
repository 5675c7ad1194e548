import { defineConfig } from 'vitest/config';

// Unit tests of what needs no browser: formats, filters, caches, state, code.
export default defineConfig({
  test: {
    // Those that need a document say so in their first line.
    environment: 'node',
    include: ['src/**/*.spec.ts'],
    setupFiles: ['src/testing/setup.ts'],
    restoreMocks: true
  }
});
