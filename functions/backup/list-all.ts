import type { ObjectInfo } from "../../shared/core/ports/objects.ts";
import type { Place } from "./place.ts";

/** Every object below a prefix, page by page. */
export async function* listAll({ objects }: Place, prefix: string): AsyncGenerator<ObjectInfo> {
  let cursor: string | undefined;
  do {
    const page = await objects.list(prefix, cursor === undefined ? {} : { cursor });
    yield* page.items;
    cursor = page.cursor;
  } while (cursor !== undefined);
}

/** Loads what is wanted next while the last is being looked at; results in order, at most `width` in memory. */
export async function* ahead<T, R>(
  items: readonly T[],
  width: number,
  load: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const started: Promise<R>[] = [];
  for (let at = 0; at < items.length; at += 1) {
    for (let next = at + started.length; next < Math.min(items.length, at + width); next += 1) {
      const loading = load(items[next] as T);
      // Whoever stops early is not told of what he did not wait for.
      loading.catch(() => undefined);
      started.push(loading);
    }
    yield await (started.shift() as Promise<R>);
  }
}
