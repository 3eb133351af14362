// The samples of each range, in bounded memory: the service has as many.

import { readFile } from "./service.js";

/** Each range with its length and the time between its samples. */
export const RANGES = {
  "15m": { millis: 15 * 60000, step: 5000, words: "15 minutes" },
  "1h": { millis: 60 * 60000, step: 20000, words: "hour" },
  "6h": { millis: 6 * 60 * 60000, step: 120000, words: "6 hours" },
};

/**
 * Returns the samples with one more. The newest always remains; those before it are at least a step
 * apart.
 */
export function withSample(points, point, range) {
  const { millis, step } = RANGES[range];
  // The service's clock may have been set back.
  const kept = points.filter((past) => past.at < point.at && past.at >= point.at - millis);
  const last = kept[kept.length - 1];
  const previous = kept[kept.length - 2];
  // A step and its half: samples are not exactly 5 s apart.
  if (last && previous && last.at - previous.at < step - 2500) {
    kept.pop();
  }
  return [...kept, point];
}

/** Returns the service's samples of a range. */
export const readSamples = async (range) => (await readFile("samples?range=" + range)).body.points;
