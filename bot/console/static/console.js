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

// What a refresh leaves as it is

const shown = new WeakMap(); // each part as the server made it last, before anything was done to it

function plain(part) {
  const copy = part.cloneNode(true);
  copy.querySelectorAll('input[name="once"], input[name="csrf"]').forEach((each) => each.remove());
  return copy.innerHTML;
}

const parts = () => document.querySelectorAll('[hx-trigger*="sse:"]');
parts().forEach((part) => shown.set(part, plain(part)));

let kept = null;

document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, xhr } = event.detail;
  if (!shown.has(target) || !target.id || xhr.status !== 200) return;
  const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
  const fresh = page.getElementById(target.id);
  if (!fresh) return;
  if (page.title) document.title = page.title;
  const seen = page.querySelector('input[name="seen"]'); // up to which message the member has seen the conversation
  if (seen && !document.hidden) document.querySelectorAll('input[name="seen"]').forEach((field) => (field.value = seen.value));
  if (plain(fresh) === shown.get(target)) {
    event.detail.shouldSwap = false;
    return;
  }
  const active = document.activeElement;
  kept = {
    id: target.id,
    content: plain(fresh),
    focused: target.contains(active) ? face(active) : null,
    open: [...target.querySelectorAll("details[open] > summary")].map((each) => each.textContent),
    end: target.scrollHeight - target.scrollTop - target.clientHeight < 40,
    top: target.scrollTop,
  };
});

document.addEventListener("htmx:afterSwap", () => {
  const part = kept && document.getElementById(kept.id);
  if (!part) return;
  shown.set(part, kept.content);
  for (const each of part.querySelectorAll("details > summary")) {
    if (kept.open.includes(each.textContent)) each.parentElement.open = true;
  }
  part.scrollTop = kept.end ? part.scrollHeight : kept.top;
  if (kept.focused !== null) {
    const again = [...part.querySelectorAll("a, button, input, select, textarea, summary, [tabindex]")].find(
      (each) => face(each) === kept.focused,
    );
    again?.focus({ preventScroll: true });
  }
  kept = null;
});

// By what the same link, button or field is found again in a new list.
function face(element) {
  const where = element.getAttribute("href") || element.form?.getAttribute("action") || "";
  return [element.tagName, element.id, where, element.name || "", element.textContent.trim()].join("\n");
}
