/**
 * Some browsers name a language that is none ("en-US@posix", Chromium under LANG=C), and the chart library asks Intl for
 * exactly that one while it is loaded: the page would stay white. Must be the first import of the page.
 */
try {
  new Intl.NumberFormat(navigator.language);
} catch {
  Object.defineProperty(navigator, "language", { value: "en-GB", configurable: true });
}
