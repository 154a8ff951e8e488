import type { Drawing, Place, Shape } from "./types.ts";

const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";

/** Text of others as XML: marks are written out, and characters that XML does not know are boxes. */
const xml = (text: string): string =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\u25a1")
    .toWellFormed()
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");

/** Tenths of a pixel are more than a screen shows. */
const number = (value: number): string => String(Math.round(value * 10) / 10);

/** A path with the shortest command of each piece. */
function path(points: readonly Place[]): string {
  let written = "";
  let before: readonly [string, string] | undefined;
  for (const [px, py] of points) {
    const [x, y] = [number(px), number(py)];
    if (!before) written += `M${x} ${y}`;
    else if (before[0] === x && before[1] === y) continue;
    else if (before[1] === y) written += `H${x}`;
    else if (before[0] === x) written += `V${y}`;
    else written += `L${x} ${y}`;
    before = [x, y];
  }
  return written;
}

const opacity = (value: number | undefined): string => (value === undefined ? "" : ` fill-opacity="${value}"`);

function element(shape: Shape): string {
  switch (shape.kind) {
    case "rect": {
      const [x, y, width, height] = [shape.x, shape.y, shape.width, shape.height].map(number);
      return `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${shape.fill}"${opacity(shape.opacity)}/>`;
    }
    case "area":
      return `<path d="${path(shape.points)}Z" fill="${shape.fill}"${opacity(shape.opacity)}/>`;
    case "line":
      return `<path d="${path(shape.points)}" fill="none" stroke="${shape.stroke}" stroke-width="${shape.width}" stroke-linecap="square"/>`;
    case "text": {
      const anchor = shape.anchor === undefined || shape.anchor === "start" ? "" : ` text-anchor="${shape.anchor}"`;
      const weight = shape.bold ? ' font-weight="600"' : "";
      return `<text x="${number(shape.x)}" y="${number(shape.y)}" font-size="${shape.size}" fill="${shape.fill}"${anchor}${weight}>${xml(shape.text)}</text>`;
    }
  }
}

/** A drawing as a file of its own: SVG 1.1 with a title and a description for screen readers. */
export function svg({ width, height, title, description, background, shapes }: Drawing): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="plot-title plot-description" font-family="${FONT}">`,
    `<title id="plot-title">${xml(title)}</title>`,
    `<desc id="plot-description">${xml(description)}</desc>`,
    `<rect width="${width}" height="${height}" fill="${background}"/>`,
    ...shapes.map(element),
    "</svg>",
    "",
  ].join("\n");
}
