/** Images on the server as what the viewer shows. */

import type { Client } from '../api/client';
import type {
  HeaderPart,
  ImageSource,
  Look,
  Numbers,
  Outline,
  Part,
  TilePlace
} from '../viewers/image/source';
import { titleOf } from '../viewers/image/spec';
import type { ImageName } from '../viewers/image/spec';

const RAW = 'application/octet-stream';

/** Where below the platform's address an image is. */
export function imagePath(image: ImageName): readonly string[] {
  if ('did' in image) {
    const [place, uuid = ''] = image.did.split('?');
    return ['images', place.slice(place.lastIndexOf('/') + 1), uuid];
  }
  const { path, hdu, layer } = image;
  const text = JSON.stringify({ path, hdu, layer: layer || undefined });
  const bytes = new TextEncoder().encode(text);
  const token = btoa(String.fromCharCode(...bytes));
  return ['images', '~', token.replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')];
}

function query(plane: string, look: Look): Record<string, string> {
  return {
    PLANE: plane,
    STRETCH: look.stretch,
    LIMITS: look.limits,
    COLORS: look.colors,
    INVERT: look.invert ? '1' : '0'
  };
}

/** One image. */
export class PortalImage implements ImageSource {
  constructor(
    private readonly _client: Client,
    readonly image: ImageName
  ) {
    this._path = imagePath(image);
  }

  get title(): string {
    return titleOf(this.image);
  }

  async outline(plane: string, look: Look, signal: AbortSignal): Promise<Outline> {
    const reply = await this._ask(['tiles'], query(plane, look), signal);
    return (await reply.json()) as Outline;
  }

  async tile(
    plane: string,
    look: Look,
    place: TilePlace,
    signal: AbortSignal
  ): Promise<ImageBitmap> {
    const reply = await this._ask(['tile', ...place.map(String)], query(plane, look), signal);
    return createImageBitmap(await reply.blob());
  }

  async numbers(plane: string, place: TilePlace, signal: AbortSignal): Promise<Numbers> {
    const asked = { PLANE: plane, RESPONSEFORMAT: RAW };
    const reply = await this._ask(['tile', ...place.map(String)], asked, signal);
    const data = await reply.arrayBuffer();
    return {
      columns: Number(reply.headers.get('X-Columns')),
      rows: Number(reply.headers.get('X-Rows')),
      // A mask has whole numbers; all fit into a float as far as they are flags of 24 bits.
      values: plane === 'mask' ? Float32Array.from(new Int32Array(data)) : new Float32Array(data)
    };
  }

  async parts(signal: AbortSignal): Promise<readonly Part[]> {
    const reply = await this._ask(['parts'], {}, signal);
    return ((await reply.json()) as { parts: Part[] }).parts;
  }

  async header(signal: AbortSignal): Promise<readonly HeaderPart[]> {
    return (await (await this._ask(['header'], {}, signal)).json()) as HeaderPart[];
  }

  private _ask(
    path: readonly string[],
    asked: Record<string, string>,
    signal: AbortSignal
  ): Promise<Response> {
    return this._client.get([...this._path, ...path], asked, signal);
  }

  private readonly _path: readonly string[];
}
