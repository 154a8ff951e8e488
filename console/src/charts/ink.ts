/** The present value of a custom property: canvases do not know them. */
export function ink(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim() || "#888";
}
