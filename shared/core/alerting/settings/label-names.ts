/** A label name in the old sense; keys of `match` and `match_re` have to be one. */
export const isClassicName = (name: string): boolean => /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name);

/** Half a pair of surrogates: no UTF-8 could have told it. */
const HALF = /\p{Cs}/u;

/** A label name in the UTF-8 sense: any text but an empty one. */
export const isName = (name: string): boolean => name !== "" && !HALF.test(name);
