// Times as a phone writes them, in the browser's own zone.

const CLOCK = new Intl.DateTimeFormat("en-US", { hour: "numeric", minute: "2-digit" });
const WEEKDAY = new Intl.DateTimeFormat("en-US", { weekday: "long" });
const DATE = new Intl.DateTimeFormat("en-US", { month: "long", day: "numeric", year: "numeric" });
const SHORT = new Intl.DateTimeFormat("en-US", { month: "numeric", day: "numeric", year: "2-digit" });
const EXACT = new Intl.DateTimeFormat("en-US", {
  hour: "numeric", minute: "2-digit", second: "2-digit",
});
const DAY_MS = 86_400_000;

export const clock = (at) => CLOCK.format(new Date(at));
export const exact = (at) => EXACT.format(new Date(at));

/** Days from one to the other, by the calendar. */
function daysBetween(at, now) {
  const midnight = (moment) => new Date(moment).setHours(0, 0, 0, 0);
  return Math.round((midnight(now) - midnight(at)) / DAY_MS);
}

/** The line between two days of a conversation. */
export function day(at, now = Date.now()) {
  const ago = daysBetween(at, now);
  if (ago === 0) return "Today";
  if (ago === 1) return "Yesterday";
  return ago > 1 && ago < 7 ? WEEKDAY.format(new Date(at)) : DATE.format(new Date(at));
}

/** In a list of conversations: the time today, else the day. */
export function brief(at, now = Date.now()) {
  const ago = daysBetween(at, now);
  if (ago === 0) return clock(at);
  if (ago === 1) return "Yesterday";
  return ago > 1 && ago < 7 ? WEEKDAY.format(new Date(at)) : SHORT.format(new Date(at));
}

/** How long it is until then: "23 h 59 min". */
export function until(at, now = Date.now()) {
  const minutes = Math.max(0, Math.ceil((Date.parse(at) - now) / 60_000));
  const hours = Math.floor(minutes / 60);
  return hours ? `${hours} h ${minutes % 60} min` : `${minutes} min`;
}
