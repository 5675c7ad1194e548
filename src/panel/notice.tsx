/** Designed emptiness: loading, nothing there, an error. */

import * as React from 'react';

import type { PlatformError } from '../api/errors';

interface NoticeProps {
  readonly text?: string;
  readonly hint?: string;
  readonly error?: PlatformError | null;
  readonly busy?: boolean;
  readonly action?: string;
  readonly onAction?: () => void;
}

/** A short text in the middle of an empty place. */
export function Notice(props: NoticeProps): JSX.Element {
  const { error } = props;
  const hint = error?.hint || props.hint;
  return (
    <div className="lsp-Notice" role={error ? 'alert' : undefined} aria-busy={props.busy}>
      {props.busy && <span className="lsp-Spinner" aria-hidden="true" />}
      <div className={error ? 'lsp-Notice-error' : 'lsp-Notice-text'}>
        {error?.message ?? props.text}
      </div>
      {hint && <div className="lsp-Notice-hint">{hint}</div>}
      {props.action && (
        <button
          type="button"
          className="jp-mod-styled jp-mod-accept lsp-Button"
          onClick={props.onAction}
        >
          {props.action}
        </button>
      )}
    </div>
  );
}
