/** Offsets before the first record that are filled and deleted again, each partition; more are translated. A record of filler has 7 to 9 bytes. */
export const PAD_LIMIT = 100_000_000;
/** Offsets between records that become markers, each partition; more are translated. */
export const MARKER_LIMIT = 1_000_000;
/** So many markers at the most are spent on a log start that is exactly as it was, where the first record comes later. */
export const START_MARKERS = 100;
/** For estimates; see bench/backup. */
export const BYTES_PER_SECOND = 40_000_000;
export const PADDED_PER_SECOND = 3_000_000;
export const MARKERS_PER_SECOND = 2_000;
/** What a topic takes besides: made, settings set twice. */
export const TOPIC_MS = 150;
/** The broker's own default, where the topic does not say: 7 days. */
export const DEFAULT_RETENTION_MS = 604_800_000;
/** Least that a batch may be long while records come in; batches are stored uncompressed and may be longer than they were. */
export const LEAST_MAX_MESSAGE = 16_777_216;
