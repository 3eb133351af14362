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

/** Formats US cents, which may be more than a number can hold exactly. */
export function usd(cents) {
  const value = BigInt(cents);
  const size = value < 0n ? -value : value;
  return (value < 0n ? "−" : "") + (size / 100n).toLocaleString("en") + "."
    + (size % 100n).toString().padStart(2, "0");
}

/** Formats a number of things, each called `one`. */
export const number = (count, one, many = one + "s") => whole(count) + " " + (count === 1 ? one : many);

/** Formats a duration in at most two units. */
export function duration(millis) {
  const seconds = Math.max(0, Math.round(millis / 1000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (seconds < 60) {
    return seconds + " s";
  }
  if (minutes < 10 && seconds % 60 > 0) {
    return minutes + " min " + (seconds % 60) + " s";
  }
  if (hours < 1) {
    return minutes + " min";
  }
  return hours < 48
    ? hours + " h" + (minutes % 60 > 0 ? " " + (minutes % 60) + " min" : "")
    : Math.floor(hours / 24) + " days";
}

/** Formats the time until a deadline. */
export const timeLeft = (deadline, now) =>
  (deadline > now ? "due in " + duration(deadline - now) : "was due " + duration(now - deadline) + " ago");

export function hourAndMinute(time) {
  return clock.format(new Date(time * 1000)).slice(0, 5);
}

/** Formats a code of the API, for example a payment method. */
export const words = (code) => code.replaceAll("_", " ");

/** Formats a code as a heading. */
export const title = (code) => words(code).replace(/^./, (first) => first.toUpperCase());
