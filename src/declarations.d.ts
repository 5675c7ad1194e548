/** Style sheets are bundled as text into the notebook widgets. */
declare module '*.css' {
  const text: string;
  export default text;
}
