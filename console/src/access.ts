import { observable } from "./store.ts";

const STORED = "headgate.key";
const AUTHOR = "headgate.author";

function read(storage: () => Storage, name: string): string {
  try {
    return storage().getItem(name) ?? "";
  } catch {
    return "";
  }
}

function write(storage: () => Storage, name: string, value: string): void {
  try {
    if (value === "") storage().removeItem(name);
    else storage().setItem(name, value);
  } catch {
    // Storage may be forbidden: the value then lasts as long as the page.
  }
}

/** Access key of this tab; gone when the tab is closed. */
export const accessKey = observable(read(() => sessionStorage, STORED));
accessKey.subscribe(() => write(() => sessionStorage, STORED, accessKey.get()));

/** Name the reader gives beside what is done without a key; kept for the next time. */
export const author = observable(read(() => localStorage, AUTHOR));
author.subscribe(() => write(() => localStorage, AUTHOR, author.get()));

/** What the last answer said about access: undefined is fine, otherwise which scope is missing. */
export const denial = observable<{ readonly status: 401 | 403; readonly detail: string } | undefined>(undefined);
