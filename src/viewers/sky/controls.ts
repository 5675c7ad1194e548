/** What is chosen of the sky: the place, the survey, the projection; and what is under the cursor. */

import { angleText, placeText } from '../celestial/angles';
import { inFrame } from '../celestial/frames';
import type { SkyFrame } from '../celestial/frames';
import type { Place } from '../celestial/sphere';
import { element } from '../dom';
import { PROJECTIONS } from './projection';
import type { ProjectionName } from './projection';
import type { SurveyData } from './survey';

const FRAMES: ReadonlyArray<readonly [SkyFrame, string]> = [
  ['icrs', 'ICRS'],
  ['galactic', 'Galactic'],
  ['ecliptic', 'Ecliptic']
];

/** What can be chosen. */
export interface SkyChoices {
  go(text: string): void;
  /** A survey, all of a release, or none. */
  survey(name: string | null): void;
  projection(name: ProjectionName): void;
  frame(frame: SkyFrame): void;
}

/** The line of choices above the sky. */
export class SkyControls {
  constructor(choices: SkyChoices) {
    this.node.className = 'lsp-Image-controls lsp-Sky-controls';
    const form = element('form', 'lsp-Sky-search', this.node);
    form.setAttribute('role', 'search');
    this._place = element('input', 'lsp-Input', form);
    this._place.type = 'search';
    this._place.placeholder = 'Name, id or position';
    this._place.setAttribute('aria-label', 'Name, id or position');
    this._place.addEventListener('input', () => this.wrong(''));
    const go = element('button', 'lsp-Button', form, 'Go');
    go.type = 'submit';
    form.addEventListener('submit', event => {
      event.preventDefault();
      if (this._place.value.trim()) {
        choices.go(this._place.value);
      }
    });
    this._survey = this._choice('Survey', value => choices.survey(value || null));
    this.surveys([], undefined);
    this._projection = this._choice('Projection', value =>
      choices.projection(value as ProjectionName)
    );
    this._fill(this._projection, PROJECTIONS);
    this._frame = this._choice('Coordinates', value => choices.frame(value as SkyFrame));
    this._fill(this._frame, FRAMES);
    this._wrong = element('span', 'lsp-Sky-wrong', this.node);
    this._wrong.setAttribute('role', 'alert');
  }

  readonly node = document.createElement('div');

  /** Say why there is no such place. */
  wrong(text: string): void {
    this._wrong.textContent = text;
    this._place.setAttribute('aria-invalid', String(text !== ''));
  }

  /** Which surveys there are, and which one is shown. */
  surveys(surveys: readonly SurveyData[], chosen: string | null | undefined): void {
    this._survey.replaceChildren();
    const releases = [...new Set(surveys.map(one => one.release))];
    const all: (readonly [string, string])[] = [];
    if (surveys.length > 1) {
      all.push(['*', 'All surveys']);
    }
    for (const release of releases) {
      const own = surveys.filter(one => one.release === release);
      if (own.length > 1 && releases.length > 1) {
        all.push([release, `All of ${release}`]);
      }
      all.push(...own.map(one => [`${release}/${one.name}`, one.title] as const));
    }
    this._fill(this._survey, [...all, ['', 'No picture']]);
    this._survey.value = chosen ?? '';
  }

  set projection(name: ProjectionName) {
    this._projection.value = name;
  }

  set frame(frame: SkyFrame) {
    this._frame.value = frame;
  }

  focus(): void {
    this._place.focus();
  }

  private _choice(name: string, chosen: (value: string) => void): HTMLSelectElement {
    const select = element('select', 'lsp-Input', this.node);
    select.title = name;
    select.setAttribute('aria-label', name);
    select.addEventListener('change', () => chosen(select.value));
    return select;
  }

  private _fill(
    select: HTMLSelectElement,
    choices: ReadonlyArray<readonly [value: string, label: string]>
  ): void {
    for (const [value, text] of choices) {
      element('option', '', select, text).value = value;
    }
  }

  private readonly _place: HTMLInputElement;
  private readonly _survey: HTMLSelectElement;
  private readonly _projection: HTMLSelectElement;
  private readonly _frame: HTMLSelectElement;
  private readonly _wrong: HTMLElement;
}

/** The line below the sky. */
export class SkyFoot {
  constructor() {
    this.node.className = 'lsp-Foot lsp-Image-foot lsp-Sky-foot';
    this._place = element('span', 'lsp-Image-sky', this.node);
    this._state = element('span', 'lsp-Image-state', this.node);
    this._state.setAttribute('role', 'status');
  }

  readonly node = document.createElement('div');

  /** Show a place (ICRS) in a frame. */
  read(place: Place | null, frame: SkyFrame): void {
    this._place.textContent = place
      ? placeText(
          inFrame(place, 'icrs', frame),
          frame,
          frame === 'icrs' ? 'sexagesimal' : 'degrees'
        )
      : '';
  }

  /** Say how much is seen, and what else there is to say. */
  state(field: number, ...notes: readonly string[]): void {
    const text = [...notes.filter(Boolean), `field ${angleText(field)}`].join(' · ');
    if (this._state.textContent !== text) {
      this._state.textContent = text;
    }
  }

  private readonly _place: HTMLElement;
  private readonly _state: HTMLElement;
}
