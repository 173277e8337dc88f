// Pages work without this file; with it they are live. It keeps to what htmx does not do: it says when the line is cut, and makes a
// refresh disturb nobody (nothing is swapped that is the same, and focus and open parts stay).
"use strict";

const line = {
  element: () => document.getElementById("linea"),

  say(name, more = "") {
    const element = line.element();
    const text = (element.dataset[name] || name) + (more ? ` ${more}` : "");
    const words = element.querySelector("span");
    if (element.hidden || words.textContent !== text) words.textContent = text;
    const again = element.querySelector("a");
    again.hidden = name !== "ended";
    again.search = `?sigue=${encodeURIComponent(location.pathname + location.search)}`;
    element.dataset.about = name;
    element.hidden = false;
  },

  clear(name) {
    if (line.element().dataset.about === name) line.element().hidden = true;
  },
};
window.puenteLine = line;

// The stream

const SILENT = 30000; // milliseconds: something comes every ten seconds over a line that works
const sources = new Map(); // and when each was last heard

htmx.createEventSource = (address) => {
  const source = new EventSource(address);
  const heard = () => sources.set(source, Date.now());
  heard();
  for (const name of ["open", "alive", "inbox", "ticket"]) source.addEventListener(name, heard);
  for (const name of ["inbox", "ticket"]) source.addEventListener(name, () => asking.forEach((each) => (each.isOld = true)));
  source.addEventListener("error", () => source.readyState === EventSource.CLOSED && sources.delete(source)); // another one follows
  for (const name of ["ended", "full"]) {
    source.addEventListener(name, () => {
      source.close();
      sources.delete(source);
      line.say(name);
    });
  }
  return source;
};

// A line that was cut may look open for long.
function reconnect(source) {
  source.close();
  sources.delete(source);
  source.onerror(new Event("error"));
}
setInterval(() => {
  for (const [source, at] of sources) if (Date.now() - at > SILENT) reconnect(source);
}, 5000);
window.addEventListener("online", () => [...sources.keys()].forEach(reconnect));

let cut; // said after a moment: a service that is started again is back by then
document.addEventListener("htmx:sseError", () => {
  cut ??= setTimeout(() => line.say("lost"), 1500);
});
document.addEventListener("htmx:sseOpen", () => {
  clearTimeout(cut);
  cut = undefined;
  line.clear("lost"); // the first event of each stream asks for what was missed
});
window.addEventListener("offline", () => line.say("lost"));

document.addEventListener("htmx:sendError", () => line.say("lost"));
document.addEventListener("htmx:responseError", (event) => {
  if (event.detail.xhr.status === 401) line.say("ended");
});

// What changes while a part is being asked for: htmx would ask again for the element of before, which the answer has replaced. And what
// it asked for in vain: the event does not come a second time.

const SETTLED = 100; // milliseconds until what was swapped hears events itself
const RETRY = 2000; // milliseconds, when the answer did not come
const asking = new Map(); // by request

document.addEventListener("htmx:beforeRequest", ({ detail: { elt, xhr } }) => {
  if (elt.matches('[hx-trigger*="sse:"]')) asking.set(xhr, { id: elt.id, isOld: false });
});
document.addEventListener("htmx:afterRequest", ({ detail: { xhr } }) => {
  const asked = asking.get(xhr);
  if (!asked) return;
  const isLost = xhr.status === 0 || xhr.status >= 500;
  if (!isLost && [...sources.keys()].every((each) => each.readyState === EventSource.OPEN)) line.clear("lost");
  setTimeout(() => {
    asking.delete(xhr);
    const part = (isLost || asked.isOld) && document.getElementById(asked.id);
    if (part) htmx.trigger(part, part.getAttribute("hx-trigger"));
  }, isLost ? RETRY : SETTLED);
});

// What a refresh leaves as it is

const TYPED = "textarea, input:not([type=hidden], [type=radio], [type=checkbox]), select";
const shown = new Map(); // each part, by its id, as the server made it last, before anything was done to it

function plain(part) {
  const copy = part.cloneNode(true);
  copy.querySelectorAll('input[name="once"], input[name="csrf"]').forEach((each) => each.remove());
  return copy.innerHTML;
}

// What comes again together: the part that hears, and what it takes along.
function together(part) {
  const along = (part.getAttribute("hx-select-oob") || "").split(",").map((each) => each.trim().split(":")[0].replace(/^#/, ""));
  return [part.id, ...along].filter(Boolean);
}

document.querySelectorAll('[hx-trigger*="sse:"]').forEach((part) => {
  for (const id of together(part)) {
    const each = document.getElementById(id);
    if (each) shown.set(id, plain(each));
  }
});

let kept = null;

document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, xhr } = event.detail;
  if (!shown.has(target.id) || xhr.status !== 200) return;
  const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
  if (page.title) document.title = page.title;
  const fresh = together(target).map((id) => [id, page.getElementById(id)]).filter(([, part]) => part);
  const isSame = fresh.length > 0 && fresh.every(([id, part]) => plain(part) === shown.get(id));
  if (isSame) {
    event.detail.shouldSwap = false;
    return;
  }
  const old = fresh.map(([id]) => document.getElementById(id)).filter(Boolean);
  const within = (selector) => old.flatMap((part) => [...part.querySelectorAll(selector)]);
  const active = document.activeElement;
  kept = {
    fresh: fresh.map(([id, part]) => [id, plain(part)]),
    focused: old.some((part) => part.contains(active)) ? face(active) : null,
    selected: active.matches("textarea, input[type=text]") ? [active.selectionStart, active.selectionEnd] : null,
    open: within("details[open] > summary").map(face),
    typed: within(TYPED).filter((each) => each.value !== each.defaultValue && each.tagName !== "SELECT").map((each) => [face(each), each.value]),
  };
});

document.addEventListener("htmx:afterSwap", () => {
  if (!kept) return;
  const { fresh, focused, selected, open, typed } = kept;
  kept = null;
  fresh.forEach(([id, content]) => shown.set(id, content));
  const parts = fresh.map(([id]) => document.getElementById(id)).filter(Boolean);
  const find = (selector, wanted) => parts.flatMap((part) => [...part.querySelectorAll(selector)]).find((each) => face(each) === wanted);
  for (const wanted of open) {
    const again = find("details > summary", wanted);
    if (again) again.parentElement.open = true;
  }
  for (const [wanted, value] of typed) {
    const again = find(TYPED, wanted);
    if (again) again.value = value;
  }
  const again = focused && find("a, button, input, select, textarea, summary, [tabindex]", focused);
  again?.focus({ preventScroll: true });
  if (again && selected) again.setSelectionRange(...selected);
});

// By what the same link, button or field is found again in what replaces it.
function face(element) {
  const where = element.getAttribute("href") || element.form?.getAttribute("action") || "";
  const says = element.matches(TYPED) ? "" : element.textContent.trim();
  return [element.tagName, element.id, where, element.name || "", says].join("\n");
}

// One press is one sending

const UNDER_WAY = 8000; // milliseconds: an answer that is a file, or that was stopped, leaves the page and its buttons in use
const underWay = new Map(); // where to, and the form: a part that comes again meanwhile brings another form for the same

function release(to) {
  underWay.get(to)?.removeAttribute("aria-busy");
  underWay.delete(to);
}
window.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  const to = event.submitter?.getAttribute("formaction") || form.getAttribute("action") || location.href;
  if (underWay.has(to)) {
    event.preventDefault();
    return;
  }
  underWay.set(to, form);
  form.setAttribute("aria-busy", "true");
  setTimeout(release, UNDER_WAY, to);
});
window.addEventListener("pageshow", () => [...underWay.keys()].forEach(release)); // one that a step back brings out again
