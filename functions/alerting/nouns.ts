/** Nouns of what alerting keeps beside its decisions; all of them are data that no decision is replayed from. */
export const MORE_NOUN = "alerting-more";
export const BASE_NOUN = "alerting-base";
export const INHIBITOR_NOUN = "alerting-inhibitor";
export const SILENCE_NOUN = "alerting-silence";
export const COOLDOWN_NOUN = "alerting-cooldown";
export const EVENT_NOUN = "alerting-event";
/** Which version of the configuration the groups were last formed by. */
export const ROUTED_NOUN = "alerting-routed";
