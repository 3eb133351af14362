// Loads the scripts of the console after the status has been painted: both would compete for the
// processor, and the page would appear later.

/** Longer than a frame takes. A page in a tab that is not shown has no frames. */
const MAX_WAIT_MILLIS = 500;

const painted = new Promise((resolve) => {
  requestAnimationFrame(() => setTimeout(resolve));
});
const waited = new Promise((resolve) => {
  setTimeout(resolve, MAX_WAIT_MILLIS);
});
await Promise.race([painted, waited]);
document.body.dataset.painted = "true";
await import("./page.js");
