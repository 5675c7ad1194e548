/** Stamps of a wall as the server sends them: what is known of each, then all pictures. */

/** Images of one kind, and their bands in the order of their wavelengths. */
export interface StampImages {
  readonly release: string;
  readonly dataset: string;
  readonly bands: readonly string[];
}

/** A stamp, or why there is none. */
export interface Stamp {
  /** PNG. */
  readonly picture: Blob | null;
  readonly error: string;
  /** The image it is of. */
  readonly image: string;
}

/** What is known of one. */
interface StampTold {
  readonly start: number;
  readonly size: number;
  readonly image: string;
  readonly error: string;
}

/** Read an answer. */
export function stampsFrom(data: ArrayBuffer): readonly Stamp[] {
  const length = new DataView(data).getUint32(0, true);
  const head = new TextDecoder().decode(new Uint8Array(data, 4, length));
  const { stamps } = JSON.parse(head) as { stamps: readonly StampTold[] };
  return stamps.map(({ start, size, image, error }) => ({
    picture:
      size > 0
        ? new Blob([new Uint8Array(data, 4 + length + start, size)], { type: 'image/png' })
        : null,
    image,
    error
  }));
}
