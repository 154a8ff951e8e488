import * as v from "valibot";

/** What OFREP's clients send, for the OpenAPI document: it is read more leniently (see ofrep.ts). */
export const OfrepBody = v.looseObject({ context: v.optional(v.record(v.string(), v.unknown())) });
