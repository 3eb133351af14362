// Formats of numbers and times.

const fixed = (digits) => (value) =>
  value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
export const percent = fixed(1);
export const seconds = (value) => fixed(value < 0.1 ? 3 : 2)(value);
export const whole = fixed(0);
export const dollars = fixed(2);

export function perSecond(value) {
  return value === 0 ? "0" : value < 0.01 ? "< 0.01" : value.toFixed(value < 10 ? 2 : 0);
}

export const clock = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit", minute: "2-digit", second: "2-digit",
});
export const isNumber = (value) => typeof value === "number";

/** Formats a time of day. */
export const time = (at) => clock.format(new Date(at));

/** Formats an age coarsely, so that screen readers do not announce it every 5 s. */
export function age(seconds) {
  return seconds < 60
    ? "less than a minute"
    : seconds < 3600 ? whole(Math.floor(seconds / 60)) + " min" : whole(Math.floor(seconds / 3600)) + " h";
}

export function hourAndMinute(time) {
  return clock.format(new Date(time * 1000)).slice(0, 5);
}

/** Formats a code of the API, for example a payment method. */
export const words = (code) => code.replaceAll("_", " ");
