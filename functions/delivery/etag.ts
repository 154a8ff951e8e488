/** Whether a caller has what is there: a list of tags, weak ones as well (RFC 9110, If-None-Match). */
export const matchesEtag = (given: string | undefined, etag: string): boolean =>
  (given ?? "").split(",").some((one) => one.trim() === "*" || one.trim().replace(/^W\//, "") === etag);
