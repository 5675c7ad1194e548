/** An image in the main area: the image, how it is shown, what is read of it, and its header. */

import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import { PanelLayout, Widget } from '@lumino/widgets';

import { PortalImage } from '../state/image';
import type { IPlatform } from '../tokens';
import { isCancelled, reasonText } from '../viewers/dom';
import { ImageControls, ImageFoot } from '../viewers/image/controls';
import { HeaderSheet } from '../viewers/image/header';
import { PartChooser } from '../viewers/image/parts';
import { imageCode } from '../viewers/image/spec';
import type { ImageSpec } from '../viewers/image/spec';
import { ImageViewer } from '../viewers/image/viewer';
import { readRegions } from '../viewers/regions/ds9';
import { Compass } from '../viewers/surface/compass';
import { RegionOverlay } from '../viewers/surface/figures';
import { SurfaceCatalogue } from './surface_catalogue';

/** Shows an image of the server. */
export class ImageView extends Widget {
  constructor(
    private readonly _platform: IPlatform,
    private _spec: ImageSpec
  ) {
    super();
    this.addClass('lsp-ImageView');
    const source = new PortalImage(_platform.client, _spec.image);
    this.viewer = new ImageViewer(source);
    this._controls = new ImageControls(_spec, ({ plane, look }) => {
      this._spec = { ...this._spec, plane, look };
      this._show();
    });
    this._controls.node.append(this._parts.node);
    this.node.append(this._controls.node, this._foot.node);
    const layout = (this.layout = new PanelLayout());
    layout.addWidget(this.viewer);
    this._sheet = new HeaderSheet(signal => source.header(signal));
    this._sheet.node.hidden = true;
    this.viewer.node.append(this._sheet.node);
    this.viewer.read.connect((_, readout) =>
      this._foot.read(readout, this.viewer.outline?.unit ?? '')
    );
    this.viewer.changed.connect(() => this._update());
    this._show();
    const { image } = _spec;
    if ('path' in image) {
      source.parts(this._reading.signal).then(
        parts => this._parts.show(parts, image.hdu, image.layer ?? 0),
        // What is wrong is told where the image would be.
        () => undefined
      );
    }
    if (_spec.catalogue) {
      this.catalogue = _spec.catalogue;
    }
  }

  readonly viewer: ImageViewer;

  get spec(): ImageSpec {
    return this._spec;
  }

  /** What is shown changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Whether north is up. */
  get north(): boolean {
    return this._spec.north;
  }

  set north(north: boolean) {
    this._spec = { ...this._spec, north };
    this.viewer.north = north;
    this._changed.emit();
  }

  /** Whether the header is shown. */
  get header(): boolean {
    return !this._sheet.node.hidden;
  }

  set header(header: boolean) {
    this._sheet.node.hidden = !header;
    if (header) {
      this._sheet.open();
    }
    this._changed.emit();
  }

  /** The result whose rows are drawn over it. */
  get catalogue(): string | undefined {
    return this._spec.catalogue;
  }

  set catalogue(catalogue: string | undefined) {
    this._spec = { ...this._spec, catalogue };
    this._catalogue?.dispose();
    this._catalogue = null;
    if (catalogue) {
      this._catalogue = new SurfaceCatalogue(this._platform, this.viewer, catalogue);
      this._catalogue.changed.connect(() => this._update());
    }
    this._overlay();
    this._update();
  }

  /** Draw the figures of a region file; gives what is wrong with some of its lines. */
  readRegions(text: string): readonly string[] {
    const { regions, problems } = readRegions(text);
    this._regions = regions.length > 0 ? new RegionOverlay(regions) : null;
    this._overlay();
    this._changed.emit();
    return problems;
  }

  /** Whether figures are drawn. */
  get hasRegions(): boolean {
    return this._regions !== null;
  }

  /** Python that draws the same. */
  code(): string {
    const { low = 0, high = 1 } = this.viewer.outline ?? {};
    return imageCode(this._spec, low, high);
  }

  override dispose(): void {
    this._sheet.dispose();
    this._reading.abort();
    this._catalogue?.dispose();
    Signal.clearData(this);
    super.dispose();
  }

  protected override onActivateRequest(): void {
    this.viewer.activate();
  }

  private _show(): void {
    const { plane, look } = this._spec;
    this._foot.state = 'Reading the image…';
    this.viewer
      .open(plane, look)
      .then(() => {
        const { outline, sky } = this.viewer;
        if (outline) {
          this._controls.outline = outline;
          this._foot.placed = sky !== null;
          this._overlay();
          this.viewer.north = this._spec.north;
        }
      })
      .catch((reason: unknown) => {
        if (!isCancelled(reason)) {
          this._foot.state = reasonText(reason);
        }
      });
    this._changed.emit();
  }

  /** Show another image of the file. */
  private _choose(hdu: number, layer: number): void {
    const { image } = this._spec;
    if ('path' in image) {
      this._spec = { ...this._spec, image: { path: image.path, hdu, layer } };
      this.viewer.source = new PortalImage(this._platform.client, this._spec.image);
      this._show();
    }
  }

  private _overlay(): void {
    const { viewer } = this;
    const placed = viewer.sky !== null;
    viewer.overlay('catalogue', (placed && this._catalogue?.overlay) || null);
    viewer.overlay('regions', this._regions);
    viewer.overlay('compass', placed ? this._compass : null);
  }

  private _update(): void {
    const { viewer } = this;
    const { outline, view } = viewer;
    const scale = view ? `${Number((view.scale * 100).toPrecision(3))} %` : '';
    const size = outline ? `${outline.columns} × ${outline.rows}` : '';
    const parts = [this._catalogue?.note ?? '', size, scale].filter(Boolean);
    this._foot.state = outline ? parts.join(' · ') : viewer.busy ? 'Reading the image…' : '';
    this._changed.emit();
  }

  private readonly _controls: ImageControls;
  private readonly _parts = new PartChooser((hdu, layer) => this._choose(hdu, layer));
  private readonly _reading = new AbortController();
  private readonly _foot = new ImageFoot();
  private readonly _sheet: HeaderSheet;
  private readonly _compass = new Compass();
  private _catalogue: SurfaceCatalogue | null = null;
  private _regions: RegionOverlay | null = null;
  private readonly _changed = new Signal<this, void>(this);
}
