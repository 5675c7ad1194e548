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

/** A chart: points along two axes. */
export const chartIcon = new LabIcon({
  name: 'lsp-jupyter:chart',
  svgstr: svg(
    '<g class="jp-icon3" fill="#616161"><path d="M3 3h1.8v16.2H21V21H3V3z"/>' +
      '<circle cx="8.2" cy="15.2" r="1.7"/><circle cx="11.4" cy="10.6" r="1.7"/>' +
      '<circle cx="15.2" cy="12.6" r="1.7"/><circle cx="18.4" cy="6.4" r="1.7"/></g>'
  )
});

/** A wall of stamps. */
export const wallIcon = new LabIcon({
  name: 'lsp-jupyter:wall',
  svgstr: svg(
    '<path class="jp-icon3" fill="#616161" fill-rule="evenodd" d="M3 3h8v8H3V3zm1.8 1.8v4.4h4.4V4.8H4.8zM13 3h8v8h-8V3zm1.8 1.8v4.4h4.4V4.8h-4.4z' +
      'M3 13h8v8H3v-8zm1.8 1.8v4.4h4.4v-4.4H4.8zM13 13h8v8h-8v-8zm1.8 1.8v4.4h4.4v-4.4h-4.4z"/>'
  )
});

/** An image of the sky. */
export const imageIcon = new LabIcon({
  name: 'lsp-jupyter:image',
  svgstr: svg(
    '<path class="jp-icon3" fill="#616161" fill-rule="evenodd" d="M3 3h18v18H3V3zm1.8 1.8v14.4h14.4V4.8H4.8z' +
      'M8 7l.8 1.7 1.7.8-1.7.8L8 12l-.8-1.7-1.7-.8 1.7-.8L8 7zm7 4 1.3 2.7L19 15l-2.700 1.300L15 19l-1.300-2.700L11 15l2.700-1.300L15 11z"/>'
  )
});

/** The sky: a globe with its lines. */
export const skyIcon = new LabIcon({
  name: 'lsp-jupyter:sky',
  svgstr: svg(
    '<g class="jp-icon3" stroke="#616161" stroke-width="1.7" style="fill:none"><circle cx="12" cy="12" r="9"/>' +
      '<ellipse cx="12" cy="12" rx="4" ry="9"/><path d="M3.600 8.700h16.800M3.600 15.300h16.800"/></g>'
  )
});

/** North up. */
export const northIcon = new LabIcon({
  name: 'lsp-jupyter:north',
  svgstr: svg('<path class="jp-icon3" fill="#616161" d="M12 2l5 7h-3.600v13h-2.800V9H7l5-7z"/>')
});

/** What is written about something. */
export const infoIcon = new LabIcon({
  name: 'lsp-jupyter:info',
  svgstr: svg(
    '<path class="jp-icon3" fill="#616161" fill-rule="evenodd" d="M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zm0 1.800a7.200 7.200 0 1 0 0 14.400 7.200 7.200 0 0 0 0-14.400zM11.100 11h1.800v6h-1.800v-6zm0-3.500h1.800v1.800h-1.800V7.500z"/>'
  )
});

/** What dragging over a chart does. */
export const panIcon = new LabIcon({
  name: 'lsp-jupyter:pan',
  svgstr: svg(
    '<path class="jp-icon3" fill="#616161" d="m12 2 3.2 3.6h-2.3v5.5h5.5V8.8L22 12l-3.6 3.2v-2.3h-5.5v5.5h2.3L12 22l-3.2-3.6h2.3v-5.5H5.6v2.3L2 12l3.6-3.2v2.3h5.5V5.6H8.8L12 2z"/>'
  )
});

export const zoomIcon = new LabIcon({
  name: 'lsp-jupyter:zoom',
  svgstr: svg(
    '<path class="jp-icon3" fill="#616161" fill-rule="evenodd" d="M10 3a7 7 0 1 0 4.3 12.5l5.1 5.1 1.4-1.4-5.1-5.1A7 7 0 0 0 10 3zm0 1.9a5.1 5.1 0 1 1 0 10.2 5.1 5.1 0 0 1 0-10.2zM9.1 7v2.1H7v1.8h2.1V13h1.8v-2.1H13V9.1h-2.1V7H9.1z"/>'
  )
});

export const boxSelectIcon = new LabIcon({
  name: 'lsp-jupyter:box-select',
  svgstr: svg(
    '<path class="jp-icon3" fill="#616161" d="M3 3h4v1.8H4.8V7H3V3zm7 0h4v1.8h-4V3zm7 0h4v4h-1.8V4.8H17V3zM3 10h1.8v4H3v-4zm16.2 0H21v4h-1.8v-4zM3 17h1.8v2.2H7V21H3v-4zm16.2 0H21v4h-4v-1.8h2.2V17zM10 19.2h4V21h-4v-1.8z"/>'
  )
});

export const lassoIcon = new LabIcon({
  name: 'lsp-jupyter:lasso',
  svgstr: svg(
    '<path class="jp-icon3" fill="#616161" fill-rule="evenodd" d="M12 3.5c-5.2 0-9.3 2.8-9.3 6.4 0 2.1 1.4 3.9 3.5 5.1-.3.5-.5 1-.5 1.6 0 1.3.9 2.3 2.1 2.6-.1.7-.6 1.2-1.6 1.6l.7 1.6c1.8-.7 2.7-1.8 2.7-3.4 1-.4 1.6-1.4 1.6-2.5v-.2l.8.1c5.2 0 9.3-2.9 9.3-6.5S17.2 3.5 12 3.500zm0 1.800c4.2 0 7.5 2.1 7.5 4.600s-3.3 4.7-7.5 4.700c-.6 0-1.1 0-1.6-.1a2.7 2.7 0 0 0-2.8-.8c-1.9-.8-3.1-2.2-3.1-3.8 0-2.5 3.3-4.6 7.5-4.600zm-3.6 10.200c.6 0 1.1.5 1.1 1.100s-.5 1.1-1.1 1.1-1.1-.5-1.1-1.1.5-1.1 1.1-1.100z"/>'
  )
});

export const resetIcon = new LabIcon({
  name: 'lsp-jupyter:reset',
  svgstr: svg(
    '<path class="jp-icon3" fill="#616161" d="M3 3h6v1.8H6.100l4 4-1.3 1.3-4-4V9H3V3zm12 0h6v6h-1.800V6.100l-4 4-1.3-1.3 4-4H15V3zM8.8 13.900l1.3 1.3-4 4H9V21H3v-6h1.800v2.900l4-4zm6.4 0 4 4V15H21v6h-6v-1.800h2.900l-4-4 1.3-1.300z"/>'
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
  ellipsesIcon as moreIcon,
  fileUploadIcon,
  filterIcon,
  launchIcon,
  linkIcon,
  refreshIcon,
  runIcon,
  saveIcon,
  stopIcon
} from '@jupyterlab/ui-components';
