import type { JSX } from "preact";
import { observable } from "./store.ts";

/**
 * The dialog that is open over the page, if any. It does not belong to the row whose button opened it: that row may leave
 * its list because of what was done, and the answer is still to be read.
 */
export const sheet = observable<JSX.Element | undefined>(undefined);

export const closeSheet = (): void => sheet.set(undefined);
