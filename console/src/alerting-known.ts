import type { Failure } from "./failure.ts";
import { observable } from "./store.ts";

/** Whether the configuration in force routes alerts; undefined until the API said so. */
export const routing = observable<boolean | undefined>(undefined);

/** Whether an answer says that alerting is off. */
export const isOff = (failure: Failure | undefined): boolean => failure?.problem?.code === "alerting.off";
