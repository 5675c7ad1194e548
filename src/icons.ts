/** The icons of the platform. */

import { LabIcon } from '@jupyterlab/ui-components';

function svg(body: string, viewBox = '0 0 24 24'): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="${viewBox}">${body}</svg>`;
}

/** The platform: a star within the field of a telescope. */
export const lspIcon = new LabIcon({
  name: 'lsp-jupyter:platform',
  svgstr: svg(
    '<g class="jp-icon3 jp-icon-selectable" fill="#616161">' +
      '<path fill-rule="evenodd" d="M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm0 1.8a8.2 8.2 0 1 1 0 16.4 8.2 8.2 0 0 1 0-16.4z"/>' +
      '<path d="M11.2 5.6c.5 4 1.7 5.5 5.8 6-4.1.5-5.3 2-5.8 6-.5-4-1.7-5.5-5.8-6 4.1-.5 5.3-2 5.8-6z"/>' +
      '<circle cx="16.6" cy="7.6" r="1.1"/><circle cx="16.3" cy="16" r=".8"/></g>'
  )
});

/** A release: tables published together. */
export const releaseIcon = new LabIcon({
  name: 'lsp-jupyter:release',
  svgstr: svg(
    '<path class="jp-icon3" fill="#616161" d="M12 3 2.5 8 12 13l9.5-5L12 3zm0 2.25L17.25 8 12 10.75 6.75 8 12 5.25z' +
      'M4.6 11.1 2.5 12.2 12 17.2l9.5-5-2.1-1.1L12 15l-7.4-3.9zm0 4.2L2.5 16.4 12 21.4l9.5-5-2.1-1.1L12 19.2l-7.4-3.9z"/>'
  )
});

/** A table with its rows. */
export const tableIcon = new LabIcon({
  name: 'lsp-jupyter:table',
  svgstr: svg(
    '<path class="jp-icon3" fill="#616161" fill-rule="evenodd" d="M3 4h18v16H3V4zm1.8 5.2v3.3h4.4V9.2H4.8zm6.2 0v3.3h8.2V9.2H11z' +
      'M4.8 14.3v3.9h4.4v-3.9H4.8zm6.2 0v3.9h8.2v-3.9H11z"/>'
  )
});

/** A result sent on to a notebook. */
export const toNotebookIcon = new LabIcon({
  name: 'lsp-jupyter:to-notebook',
  svgstr: svg(
    '<g class="jp-icon3" fill="#616161"><path d="M19 3H7c-1.1 0-2 .9-2 2v5h2V5h12v14H7v-4H5v4c0 1.1.9 2 2 2h12c1.1 0 2-.9 2-2V5c0-1.1-.9-2-2-2z"/>' +
      '<path d="m11.6 8.1-1.3 1.3 2.2 2.2H2v1.9h10.5l-2.2 2.2 1.3 1.3 4.45-4.45-4.45-4.45z"/></g>'
  )
});

/** Lab's own icons that the platform uses. */
export {
  closeIcon,
  copyIcon,
  deleteIcon,
  downloadIcon,
  editIcon,
  fileUploadIcon,
  launchIcon,
  refreshIcon,
  runIcon,
  saveIcon,
  stopIcon
} from '@jupyterlab/ui-components';
