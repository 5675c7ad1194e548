/** What helps to write a query, above the editor. */

import { HTMLSelect } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { QuerySection } from './query';

function Examples({ section }: { section: QuerySection }): JSX.Element {
  const { catalog, services } = section.platform;
  const { examples } = services.chosen ? services : catalog;
  return (
    <HTMLSelect
      className="lsp-Examples"
      aria-label="Examples"
      title="Put an example into the editor"
      value=""
      disabled={examples.length === 0}
      onChange={event => {
        const example = examples[Number(event.target.value)];
        if (example) {
          section.setQuery(example.adql);
        }
      }}
    >
      <option value="" disabled>
        Examples…
      </option>
      {examples.map((example, i) => (
        <option key={example.title} value={String(i)}>
          {example.title}
        </option>
      ))}
    </HTMLSelect>
  );
}

/** What helps to write a query. */
export function Head({ section }: { section: QuerySection }): JSX.Element {
  return (
    <>
      <Examples section={section} />
      <button
        type="button"
        className="jp-mod-styled lsp-Button"
        title="Lay the query out anew (Shift+Alt+F)"
        onClick={() => void section.format()}
      >
        Format
      </button>
      <button
        type="button"
        className="jp-mod-styled lsp-Button"
        title="Tell in words what the query asks for"
        onClick={() => void section.explain()}
      >
        Explain
      </button>
    </>
  );
}
