/** A request's path as logs, traces and errors may have it: Argo can send Kayenta's token nowhere but in the address. */
export const shownPath = (path: string): string => path.replace(/^(\/hooks\/kayenta\/)[^/]+/, "$1:token");
