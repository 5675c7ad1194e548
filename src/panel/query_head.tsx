/** What helps to write a query, above the editor. */

import { HTMLSelect } from '@jupyterlab/ui-components';
import * as React from 'react';

import { pastQueries } from '../state/history';
import type { QuerySection } from './query';

/** Queries to begin with: those that were run before, and examples. */
function Beginnings({ section }: { section: QuerySection }): JSX.Element {
  const { catalog, jobs, services } = section.platform;
  const past = pastQueries(jobs.known);
  const { examples } = services.chosen ? services : catalog;
  const groups = [
    {
      label: 'Run before',
      // One of an outside service chooses that again.
      queries: past
    },
    {
      label: 'Examples',
      queries: examples.map(({ title, adql }) => ({
        title,
        adql,
        service: services.chosen?.name ?? ''
      }))
    }
  ];
  return (
    <HTMLSelect
      className="lsp-Examples"
      aria-label="Examples and history"
      title="Put an example, or a query that was run before, into the editor"
      value=""
      disabled={groups.every(group => group.queries.length === 0)}
      onChange={event => {
        const [group, place] = event.target.value.split(' ').map(Number);
        const query = groups[group ?? -1]?.queries[place ?? -1];
        if (query) {
          services.choose(query.service);
          section.setQuery(query.adql);
        }
      }}
    >
      <option value="" disabled>
        Begin with…
      </option>
      {groups.map(({ label, queries }, group) =>
        queries.length === 0 ? null : (
          <optgroup key={label} label={label}>
            {queries.map((query, place) => (
              <option key={place} value={`${group} ${place}`}>
                {query.title}
              </option>
            ))}
          </optgroup>
        )
      )}
    </HTMLSelect>
  );
}

/** What helps to write a query. */
export function Head({ section }: { section: QuerySection }): JSX.Element {
  return (
    <>
      <Beginnings section={section} />
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
