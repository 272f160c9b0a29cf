// Short messages: the `toast` event (from code or from an HX-Trigger header) and requests that failed, in words.
const WORDS = {
  0: "No answer from the server. Check the connection and try again.",
  401: "You are signed out. Sign in again to go on.",
  403: "You may not do that.",
  404: "That is not there any more.",
  409: "Somebody changed this in the meantime. Load the page again.",
  413: "That is too large to send.",
  429: "Too many requests just now. Wait a moment.",
};
const region = () => document.getElementById("toasts");

const toast = (kind, text) => {
  const box = region();
  if (!box || !text) return;
  if ([...box.children].some((each) => each.firstChild.textContent === text)) return;
  const item = document.createElement("div");
  item.className = "toast";
  item.dataset.kind = kind;
  const line = document.createElement("p");
  line.textContent = text;
  const close = document.createElement("button");
  close.className = "toast__close";
  close.type = "button";
  close.textContent = "×";
  close.setAttribute("aria-label", "Dismiss");
  close.addEventListener("click", () => item.remove());
  item.append(line, close);
  box.append(item);
  while (box.children.length > 3) box.firstElementChild.remove();
  setTimeout(() => item.remove(), kind === "bad" ? 10000 : 4000);
};

document.addEventListener("toast", (event) => toast(event.detail?.kind ?? "info", event.detail?.text ?? event.detail?.value));
const isPoll = (event) => event.detail.elt?.closest?.("[data-poll]");
document.addEventListener("htmx:responseError", (event) => {
  const status = event.detail.xhr.status;
  if (isPoll(event) && status !== 401 && status !== 404) return;
  toast("bad", WORDS[status] ?? `The server answered with an error (${status}).`);
});
for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, (event) => { if (!isPoll(event)) toast("bad", WORDS[0]); });
}
// A poll that fails keeps what is shown; the reader is told once that it may be old, and once when it is fresh again.
let isStale = false;
const pollAnswered = (event, failed) => {
  if (!isPoll(event) || failed === isStale) return;
  isStale = failed;
  toast(failed ? "bad" : "ok", failed ? "No fresh answer just now. What you see may be out of date." : "Up to date again.");
};
document.addEventListener("htmx:sendError", (event) => pollAnswered(event, true));
document.addEventListener("htmx:timeout", (event) => pollAnswered(event, true));
// A whole page (from a proxy in front of us) is never put where a fragment belongs.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  pollAnswered(event, xhr.status >= 500);
  if (isPoll(event) && xhr.status >= 500) event.detail.shouldSwap = false;
  else if (xhr.status >= 500 && /<html[\s>]/i.test(xhr.responseText.slice(0, 500))) {
    event.detail.shouldSwap = false;
    toast("bad", `The server answered with an error (${xhr.status}).`);
  }
});
