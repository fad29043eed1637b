// The emulator's control API (emulator/api.py), and what it tells by itself.

const BASE = "/emulator/api";
const AGAIN_MS = [500, 1000, 2000, 4000, 8000];

/** What the emulator refused, in words for who is at the page. */
export class Refused extends Error {}

async function call(path, options = {}) {
  let response;
  try {
    response = await fetch(BASE + path, options);
  } catch {
    throw new Refused("The emulator can't be reached. Is it still running?");
  }
  const text = await response.text();
  if (!response.ok) throw new Refused(said(text) || `The emulator answered ${response.status}.`);
  return text ? JSON.parse(text) : null;
}

function said(text) {
  try {
    const body = JSON.parse(text);
    const detail = body.error?.message ?? body.detail ?? "";
    return Array.isArray(detail) ? detail.map((one) => one.msg).join("; ") : detail;
  } catch {
    return "";
  }
}

function post(path, body) {
  return call(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

const phone = (number) => `/phones/${encodeURIComponent(number)}`;

export const overview = () => call("/overview");
export const newPhone = (details) => post("/phones", details);
export const messagesOf = (number) => call(`${phone(number)}/messages`);
export const say = (number, said) => post(`${phone(number)}/messages`, said);
export const seen = (number, channel, ours, message_id = "") =>
  post(`${phone(number)}/read`, { channel, ours, message_id });
export const openWindow = (number, open) => post(`${phone(number)}/window`, { open });
export const reach = (number, how) => post(`${phone(number)}/reach`, { reach: how });
export const chaos = (how) => post("/chaos", how);
export const faults = (how) => post("/faults", how);
export const calls = () => call("/calls");
export const agents = () => call("/agents");
export const placeCall = (from, to) => post("/calls", { from, to });
export const answerCall = (id, number) => post(`/calls/${id}/answer`, { number });
export const declineCall = (id, number) => post(`/calls/${id}/decline`, { number });
export const hangUpCall = (id, number) => post(`/calls/${id}/hangup`, { number });
/** Where a phone's own audio goes and comes. */
export const callLine = (id, number) =>
  `${location.origin.replace("http", "ws")}${BASE}/calls/${id}/line?number=${encodeURIComponent(number)}`;
export const deliveries = () => call("/deliveries");
/** Where a mail's own page is, for a frame. */
export const mailPage = (id) => `${BASE}/mails/${encodeURIComponent(id)}`;

export function upload(number, file, name) {
  return call(`${phone(number)}/files?name=${encodeURIComponent(name)}`, {
    method: "POST",
    headers: { "Content-Type": file.type || "application/octet-stream" },
    body: file,
  });
}

/**
 * Listens for as long as the page is open, and connects again by itself. Of several tabs one has the
 * connection and tells the others: a browser gives a site only six. `onConnected` is called at each
 * connection: whatever happened before it has to be asked for.
 */
export function listen(handlers, onConnected, onLost) {
  const tabs = new BroadcastChannel("phones");
  const take = ({ name, data }) => {
    if (name === "connected") onConnected();
    else if (name === "lost") onLost();
    else handlers[name]?.(data);
  };
  const tell = (name, data) => {
    tabs.postMessage({ name, data });
    take({ name, data });
  };
  tabs.addEventListener("message", (event) => take(event.data));
  onConnected();
  navigator.locks.request("phones", () => new Promise(() => connect(Object.keys(handlers), tell)));
}

function connect(names, tell, failures = 0) {
  const source = new EventSource(`${BASE}/events`);
  let tries = failures;
  source.addEventListener("open", () => {
    tries = 0;
    tell("connected");
  });
  for (const name of names) {
    source.addEventListener(name, (event) => tell(name, JSON.parse(event.data)));
  }
  source.addEventListener("error", () => {
    source.close();
    tell("lost");
    setTimeout(() => connect(names, tell, tries + 1), AGAIN_MS[Math.min(tries, AGAIN_MS.length - 1)]);
  });
}
