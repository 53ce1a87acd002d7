/**
 * @file Imported first. Under the POSIX locale Chromium reports the language "en-US@posix", which Intl refuses with an
 * exception; libraries that trust it (uPlot) would take the whole window down.
 */
try {
  new Intl.NumberFormat(navigator.language);
} catch (error) {
  console.warn(`The language ${navigator.language} is unknown; numbers are written as in English.`, error);
  Object.defineProperty(navigator, "language", { value: "en-US", configurable: true });
}
