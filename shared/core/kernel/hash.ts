/** 32-bit FNV-1a over UTF-16 units, spread over `shards`: the same in every process and version, as keys depend on it. */
export function shardOf(text: string, shards: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash >>> 0) % shards;
}
