/** The sky in the main area: surveys of pictures, rows over them, and where one looks. */

import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import { PanelLayout, Widget } from '@lumino/widgets';

import { findPlace, loadCoverage, loadSurveys, tilesOf } from '../state/sky';
import type { IPlatform } from '../tokens';
import { isCancelled, reasonText } from '../viewers/dom';
import { readRegions } from '../viewers/regions/ds9';
import { SkyControls, SkyFoot } from '../viewers/sky/controls';
import { BEGIN } from '../viewers/sky/spec';
import type { SkySpec } from '../viewers/sky/spec';
import type { SurveyData } from '../viewers/sky/survey';
import { SkyViewer } from '../viewers/sky/viewer';
import { Compass } from '../viewers/surface/compass';
import { Coverage } from '../viewers/surface/coverage';
import { RegionOverlay } from '../viewers/surface/figures';
import { SurfaceCells } from './surface_cells';
import { openRows } from './surface_rows';
import type { SurfaceRows } from './surface_rows';

/** Degrees of the sky around a place that was looked for. */
const AROUND = 0.1;

/** Shows the sky. */
export class SkyPanel extends Widget {
  constructor(
    private readonly _platform: IPlatform,
    private _spec: SkySpec = BEGIN
  ) {
    super();
    this.addClass('lsp-ImageView');
    this.addClass('lsp-SkyView');
    this.viewer = new SkyViewer(_spec.view, tilesOf(_platform.client));
    this._controls = new SkyControls({
      go: text => void this._go(text),
      survey: name => this._choose(name),
      projection: projection => (this.viewer.view = { ...this.viewer.view, projection }),
      frame: frame => (this.viewer.view = { ...this.viewer.view, frame })
    });
    this.node.append(this._controls.node, this._foot.node);
    (this.layout = new PanelLayout()).addWidget(this.viewer);
    this.viewer.overlay('compass', new Compass());
    this.viewer.pointed.connect(() => this._read());
    this.viewer.changed.connect(() => {
      this._spec = { ...this._spec, view: this.viewer.view };
      this._update();
    });
    if (_spec.catalogue) {
      this.catalogue = _spec.catalogue;
    }
    if (_spec.coverage) {
      this.coverage = _spec.coverage;
    }
    this._update();
    void this._open();
  }

  readonly viewer: SkyViewer;

  get spec(): SkySpec {
    return this._spec;
  }

  /** What is shown changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The result whose rows are drawn over it. */
  get catalogue(): string | undefined {
    return this._spec.catalogue;
  }

  set catalogue(catalogue: string | undefined) {
    this._spec = { ...this._spec, catalogue };
    this._rows?.dispose();
    this._rows = null;
    this._opening?.abort();
    this.viewer.overlay('catalogue', null);
    this.viewer.overlay('cells', null);
    if (catalogue) {
      void this._openRows(catalogue, (this._opening = new AbortController()));
    }
    this._update();
  }

  /** Whose images' coverage is drawn: a release, or a release and a band, `dp1/r`. */
  get coverage(): string | undefined {
    return this._spec.coverage;
  }

  set coverage(coverage: string | undefined) {
    this._spec = { ...this._spec, coverage };
    this._covering?.abort();
    this.viewer.overlay('coverage', null);
    if (coverage) {
      void this._cover(coverage, (this._covering = new AbortController()));
    }
    this._update();
  }

  /** The query for the rows of the cell of a map that was picked. */
  get query(): string | null {
    return this._rows instanceof SurfaceCells ? this._rows.query : null;
  }

  /** Draw the figures of a region file; gives what is wrong with some of its lines. */
  readRegions(text: string): readonly string[] {
    const { regions, problems } = readRegions(text);
    this._regions = regions.length > 0 ? new RegionOverlay(regions) : null;
    this.viewer.overlay('regions', this._regions);
    this._changed.emit();
    return problems;
  }

  /** Whether figures are drawn. */
  get hasRegions(): boolean {
    return this._regions !== null;
  }

  /** What is looked at, in words. */
  get caption(): string {
    const { surveys } = this.viewer;
    return surveys.length === 1 ? surveys[0].title : 'Sky';
  }

  override dispose(): void {
    this._reading.abort();
    this._going?.abort();
    this._opening?.abort();
    this._covering?.abort();
    this._rows?.dispose();
    Signal.clearData(this);
    super.dispose();
  }

  protected override onActivateRequest(): void {
    this.viewer.activate();
  }

  private async _openRows(result: string, opening: AbortController): Promise<void> {
    this._note = 'Waiting for the rows…';
    this._update();
    try {
      const rows = await openRows(this._platform, this.viewer, result, opening.signal);
      if (opening.signal.aborted) {
        rows.dispose();
        return;
      }
      this._rows = rows;
      this._note = '';
      if (!(rows instanceof SurfaceCells)) {
        this.viewer.overlay('catalogue', rows.overlay);
      }
      rows.changed.connect(() => this._update());
    } catch (reason) {
      if (!isCancelled(reason) && !opening.signal.aborted) {
        this._note = reasonText(reason);
      }
    }
    this._update();
  }

  private async _cover(name: string, covering: AbortController): Promise<void> {
    this._note = 'Reading the coverage…';
    this._update();
    try {
      const data = await loadCoverage(this._platform.client, name, covering.signal);
      if (!covering.signal.aborted) {
        this._note = '';
        this.viewer.overlay('coverage', new Coverage(data));
      }
    } catch (reason) {
      if (!isCancelled(reason) && !covering.signal.aborted) {
        this._note = reasonText(reason);
      }
    }
    this._update();
  }

  private async _open(): Promise<void> {
    try {
      this._surveys = await loadSurveys(this._platform.client, this._reading.signal);
    } catch (reason) {
      if (!isCancelled(reason)) {
        this._note = reasonText(reason);
        this._update();
      }
      return;
    }
    const { survey } = this._spec;
    this._note = this._surveys.length > 0 ? '' : 'There are no pictures of the sky here.';
    this._show(survey === undefined ? '*' : survey);
  }

  private _show(name: string | null): void {
    const [release, one] = (name ?? '').split('/');
    const shown =
      name === '*'
        ? this._surveys
        : this._surveys.filter(
            each => each.release === release && (one === undefined || each.name === one)
          );
    this._spec = { ...this._spec, survey: name };
    const only = this._surveys.length === 1 && name === '*' ? this._surveys[0] : null;
    this._controls.surveys(this._surveys, only ? `${only.release}/${only.name}` : name);
    this.viewer.surveys = shown;
  }

  /** Show a survey that was chosen: where it is. */
  private _choose(name: string | null): void {
    this._show(name);
    const [only, more] = this.viewer.surveys;
    if (only && !more && !this._sees(only)) {
      this.viewer.view = { ...this.viewer.view, centre: only.place, field: only.field * 1.2 };
    }
  }

  /** Whether a survey is where one looks. */
  private _sees({ place, coverage, field }: SurveyData): boolean {
    if (!coverage) {
      return true;
    }
    const at = this.viewer.placing.sky(place);
    const [width, height] = this.viewer.placing.size;
    const inside = at && at[0] >= 0 && at[1] >= 0 && at[0] <= width && at[1] <= height;
    return Boolean(inside) && this.viewer.view.field < 20 * field;
  }

  private async _go(text: string): Promise<void> {
    this._going?.abort();
    const going = (this._going = new AbortController());
    try {
      const { place } = await findPlace(this._platform.client, text, '', going.signal);
      if (!going.signal.aborted) {
        const { view } = this.viewer;
        this.viewer.view = { ...view, centre: place, field: Math.min(view.field, AROUND) };
        this.viewer.activate();
      }
    } catch (reason) {
      if (!isCancelled(reason) && !going.signal.aborted) {
        this._controls.wrong(reasonText(reason));
      }
    }
  }

  private _read(): void {
    this._foot.read(this.viewer.under, this.viewer.view.frame);
  }

  private _update(): void {
    const { view } = this.viewer;
    this._controls.projection = view.projection;
    this._controls.frame = view.frame;
    this._foot.state(view.field, this._note, this._rows?.note ?? '');
    this._read();
    this._changed.emit();
  }

  private readonly _controls: SkyControls;
  private readonly _foot = new SkyFoot();
  private readonly _reading = new AbortController();
  private _going: AbortController | null = null;
  private _surveys: readonly SurveyData[] = [];
  private _rows: SurfaceRows | null = null;
  private _covering: AbortController | null = null;
  private _opening: AbortController | null = null;
  private _regions: RegionOverlay | null = null;
  private _note = 'Looking for pictures…';
  private readonly _changed = new Signal<this, void>(this);
}
