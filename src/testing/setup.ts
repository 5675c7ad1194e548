/** What browsers have and jsdom lacks. */

if (!('CSS' in globalThis)) {
  const escape = (text: string): string => text.replace(/[^\w-]/g, '\\$&');
  Object.assign(globalThis, { CSS: { escape } });
}
if ('MouseEvent' in globalThis && !('DragEvent' in globalThis)) {
  Object.assign(globalThis, { DragEvent: MouseEvent });
}
if ('HTMLCanvasElement' in globalThis) {
  // Lumino's text renderer measures fonts on a canvas when it is loaded.
  HTMLCanvasElement.prototype.getContext = () => null;
}
