/** What an image tab shows, as it is kept and shared. */

import { STANDARD } from './source';
import type { Look } from './source';

/** An image in a file of the user's own, or a published one by its identifier. */
export type ImageName =
  | { readonly did: string }
  | { readonly path: string; readonly hdu?: number; readonly layer?: number };

/** All of it. */
export interface ImageSpec {
  readonly version: 1;
  readonly image: ImageName;
  readonly plane: string;
  readonly look: Look;
  readonly north: boolean;
  /** The result whose rows are drawn over it. */
  readonly catalogue?: string;
}

/** How an image is shown at first. */
export function specOf(image: ImageName): ImageSpec {
  return { version: 1, image, plane: 'image', look: STANDARD, north: false };
}

/** Read it back; nothing if it is none. */
export function parseSpec(value: unknown): ImageSpec | null {
  const given = value as Partial<ImageSpec> | null;
  const image = parseName(given?.image);
  if (given?.version !== 1 || !image) {
    return null;
  }
  const text = (one: unknown, otherwise: string): string =>
    typeof one === 'string' && one.length < 100 ? one : otherwise;
  const look = (given.look ?? {}) as Partial<Look>;
  return {
    version: 1,
    image,
    plane: text(given.plane, 'image'),
    look: {
      stretch: text(look.stretch, STANDARD.stretch),
      limits: text(look.limits, STANDARD.limits),
      colors: text(look.colors, STANDARD.colors),
      invert: look.invert === true
    },
    north: given.north === true,
    ...(typeof given.catalogue === 'string' ? { catalogue: given.catalogue } : {})
  };
}

function parseName(value: unknown): ImageName | null {
  const given = (value ?? {}) as { did?: unknown; path?: unknown; hdu?: unknown; layer?: unknown };
  if (typeof given.did === 'string' && given.did) {
    return { did: given.did };
  }
  const whole = (one: unknown): number | undefined =>
    Number.isInteger(one) && (one as number) >= 0 ? (one as number) : undefined;
  return typeof given.path === 'string' && given.path
    ? { path: given.path, hdu: whole(given.hdu), layer: whole(given.layer) }
    : null;
}

/** What the tab of an image is called. */
export function titleOf(image: ImageName): string {
  if ('did' in image) {
    return image.did.slice(image.did.indexOf('?') + 1).slice(0, 13);
  }
  const hdu = image.hdu === undefined ? '' : `[${image.hdu}]`;
  return image.path.slice(image.path.lastIndexOf('/') + 1) + hdu;
}

/** Python that draws the same. */
export function imageCode(spec: ImageSpec, low: number, high: number): string {
  const { image, look } = spec;
  const lines = ['import matplotlib.pyplot as plt', 'from astropy import visualization as vis'];
  if ('did' in image) {
    lines.push('import lsp_jupyter as lsp', '');
    lines.push(`[ref] = lsp.datasets([${JSON.stringify(image.did)}])`);
    const part = { image: 'image', variance: 'variance', mask: 'mask' }[spec.plane] ?? 'image';
    lines.push(`pixels = lsp.butler().get(ref).${part}.array`);
  } else {
    lines.push('from astropy.io import fits', '');
    const hdu = image.hdu === undefined ? '' : `, ext=${image.hdu}`;
    lines.push(`pixels = fits.getdata(${JSON.stringify(image.path)}${hdu})`);
    lines.push(`pixels = pixels.reshape(-1, *pixels.shape[-2:])[${image.layer ?? 0}]`);
  }
  const stretch = {
    linear: 'vis.LinearStretch()',
    sqrt: 'vis.SqrtStretch()',
    log: 'vis.LogStretch(1000)',
    asinh: 'vis.AsinhStretch(0.25)',
    equalised: 'vis.HistEqStretch(pixels)'
  }[look.stretch];
  const colors = look.invert ? `${look.colors}_r` : look.colors;
  lines.push(
    `norm = vis.ImageNormalize(vmin=${low}, vmax=${high}, stretch=${stretch ?? 'vis.LinearStretch()'})`,
    `plt.imshow(pixels, origin="lower", norm=norm, cmap=${JSON.stringify(colors)})`,
    'plt.colorbar()',
    'plt.show()'
  );
  return lines.join('\n');
}
