import { existsSync } from 'node:fs';

import js from '@eslint/js';
import nounsanitized from 'eslint-plugin-no-unsanitized';
import hooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

/** The browser tests have packages of their own; without them their types are unknown. */
const browser = existsSync('tests/ui/node_modules');

/** Only what stands below may be imported: viewers know no framework, state knows no document. */
function layer(files, patterns, message) {
  return {
    files,
    rules: { 'no-restricted-imports': ['error', { patterns: [{ group: patterns, message }] }] }
  };
}

export default tseslint.config(
  {
    ignores: [
      '.venv/**',
      '.yarn/**',
      'build/**',
      'dist/**',
      'docs/**',
      'labextension/**',
      'lib/**',
      'lsp_jupyter/**',
      '**/node_modules/**',
      ...(browser ? [] : ['tests/ui/**']),
      'tests/ui/playwright-report/**',
      'tests/ui/test-results/**'
    ]
  },
  js.configs.recommended,
  tseslint.configs.recommendedTypeChecked,
  nounsanitized.configs.recommended,
  hooks.configs['recommended-latest'],
  {
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.check.json', ...(browser ? ['./tests/ui/tsconfig.json'] : [])],
        tsconfigRootDir: import.meta.dirname
      }
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'no-eval': 'error',
      'no-implied-eval': 'off',
      '@typescript-eslint/no-implied-eval': 'error',
      'no-restricted-properties': [
        'error',
        { property: 'innerHTML', message: 'Text from outside is shown as text.' },
        { property: 'outerHTML', message: 'Text from outside is shown as text.' },
        { property: 'dangerouslySetInnerHTML', message: 'Text from outside is shown as text.' },
        { property: 'insertAdjacentHTML', message: 'Text from outside is shown as text.' }
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'JSXAttribute[name.name="dangerouslySetInnerHTML"]',
          message: 'Text from outside is shown as text.'
        }
      ],
      eqeqeq: 'error',
      'max-lines': ['error', { max: 400, skipComments: true, skipBlankLines: true }],
      'no-console': ['error', { allow: ['warn', 'error'] }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-function-return-type': ['error', { allowExpressions: true }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      // Lumino binds a slot by the second argument of connect().
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true }
      ]
    }
  },
  layer(
    ['src/viewers/**'],
    [
      '@jupyterlab/*',
      'react',
      '../api/*',
      '../state/*',
      '../panel/*',
      '../plugins/*',
      '../widgets/*'
    ],
    'Viewers know Lumino and Arrow, no framework and no server.'
  ),
  layer(
    ['src/state/**'],
    ['@jupyterlab/*', '@lumino/widgets', 'react', '../panel/*', '../plugins/*', '../widgets/*'],
    'State knows no document.'
  ),
  layer(
    ['src/api/**'],
    ['react', '../state/*', '../viewers/*', '../panel/*', '../plugins/*', '../widgets/*'],
    'The client stands below everything else.'
  ),
  layer(
    ['src/widgets/**'],
    ['@jupyterlab/*', 'react', '../api/*', '../state/*', '../panel/*', '../plugins/*'],
    'Widgets run beyond JupyterLab.'
  ),
  layer(
    ['src/panel/**'],
    ['../plugins/*', '../widgets/*'],
    'Plugins wire the panel, not the other way.'
  ),
  {
    files: ['**/*.js', '**/*.mjs', '**/*.cjs'],
    ...tseslint.configs.disableTypeChecked
  },
  {
    files: ['**/*.mjs', '**/*.js', '**/*.cjs'],
    rules: { '@typescript-eslint/explicit-function-return-type': 'off' }
  }
);
