/**
 * Orders texts as Go does, by their UTF-8 bytes. The language's own `<` compares UTF-16 units, which puts characters past U+FFFF before
 * some that come earlier.
 */
export function byBytes(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let index = 0; index < shorter; index += 1) {
    const x = a.charCodeAt(index);
    const y = b.charCodeAt(index);
    if (x === y) continue;
    // Halves of a pair stand for characters past all others.
    const [xPair, yPair] = [(x & 0xf800) === 0xd800, (y & 0xf800) === 0xd800];
    if (xPair !== yPair) return xPair ? 1 : -1;
    return x - y;
  }
  return a.length - b.length;
}
