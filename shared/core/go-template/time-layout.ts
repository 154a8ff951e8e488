/** A piece of a layout: literal text, or an element such as "2006" or ".000". */
export interface LayoutPart {
  readonly text: string;
  readonly element: boolean;
}

/** In the order in which Go looks at one place: the longer first, those that must not run into small letters by a look ahead. */
const ELEMENT =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|0[1-6]|002|15|1|2006|2|_2(?!006)|__2|3|4|5|PM|pm|-070000|-07:00:00|-0700|-07:00|-07|Z070000|Z07:00:00|Z0700|Z07:00|Z07|[.,](?:0+|9+)(?!\d)/g;

/** Splits a layout of Go's time package, which is how 2 January 2006, 15:04:05 in a zone 7 hours behind UTC would be written. */
export function layoutParts(layout: string): readonly LayoutPart[] {
  const parts: LayoutPart[] = [];
  let from = 0;
  for (const match of layout.matchAll(ELEMENT)) {
    if (match.index > from) parts.push({ text: layout.slice(from, match.index), element: false });
    parts.push({ text: match[0], element: true });
    from = match.index + match[0].length;
  }
  if (from < layout.length) parts.push({ text: layout.slice(from), element: false });
  return parts;
}

export const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
export const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
