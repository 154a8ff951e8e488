/** Version of this build, for `User-Agent` of what it sends; a test compares it with the package's. */
export const VERSION = "0.1.0";
