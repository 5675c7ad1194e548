/** What the toolbar of an image is made of. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { MainAreaWidget } from '@jupyterlab/apputils';
import type { Widget } from '@lumino/widgets';

import type { ImageView } from '../../panel/image';
import type { IPlatform } from '../../tokens';

/** An image with its toolbar. */
export type ImageTab = MainAreaWidget<ImageView>;

/** What a part works with. */
export interface ImageContext {
  readonly app: JupyterFrontEnd;
  readonly platform: IPlatform;
  readonly content: ImageView;
  readonly tab: ImageTab;
}

/** A button of the toolbar, or a few in one. */
export interface ToolbarPart {
  readonly id: string;
  readonly widget: Widget;
  /** Something about the image changed. */
  update?(): void;
}

/** Makes parts for an image. */
export type MakeParts = (context: ImageContext) => readonly ToolbarPart[];
