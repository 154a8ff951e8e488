import type { Backend, Host } from "./types.ts";

const sameTexts = (a: readonly string[], b: readonly string[]): boolean =>
  a === b || (a.length === b.length && a.every((text, index) => text === b[index]));

function sameRecord(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  if (a === b) return true;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

/** Whether nothing differs that a balancer or a chooser looks at. */
function sameBackend(a: Backend, b: Backend): boolean {
  if (a === b) return true;
  return (
    a.id === b.id &&
    a.weight === b.weight &&
    a.maxConnections === b.maxConnections &&
    a.capacity === b.capacity &&
    a.zone === b.zone &&
    a.region === b.region &&
    a.version === b.version &&
    a.priority === b.priority &&
    a.hashKey === b.hashKey &&
    sameTexts(a.tags, b.tags) &&
    sameRecord(a.metadata, b.metadata)
  );
}

/** Whether two lists have the same backends at the same places: then only states differ, and tables can stay. */
export function sameBackends(a: readonly Host[], b: readonly Host[]): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) {
    const [one, other] = [a[index], b[index]];
    if (one === undefined || other === undefined || !sameBackend(one.backend, other.backend)) return false;
  }
  return true;
}
