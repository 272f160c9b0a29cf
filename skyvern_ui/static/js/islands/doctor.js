// form[data-doctor]: the examination comes as a stream of fragments, each put in the place of the one with its id;
// [data-doctor-now] begins when the page is looked at. The mark between two fragments is the character 30.
const MARK = "\u001e";
const TROUBLE = ["fail", "unknown", "warn"];
let isUnderWay = false;
let held; // what had the focus: a button that is disabled loses it

const part = (name) => document.querySelector(`#doctor [data-part="${name}"]`);
const swap = (target, html, style) =>
  window.htmx.swap(target, html, { swapStyle: style, swapDelay: 0, settleDelay: 0 }, { contextElement: target });

const place = (html) => {
  const id = /\sid="([\w-]+)"/.exec(html)?.[1];
  const target = id && document.getElementById(id);
  if (!target) return;
  swap(target, html, "morph:outerHTML");
  const fresh = document.getElementById(id);
  fresh.removeAttribute("aria-busy");
  const layer = fresh.matches("summary") && fresh.parentElement;
  if (layer && TROUBLE.includes(fresh.dataset.state)) layer.open = true;
};

const look = (thorough, going) => {
  isUnderWay = going;
  if (going) held = document.activeElement;
  for (const button of document.querySelectorAll("form[data-doctor] [type=submit]")) button.disabled = going;
  document.querySelector("[data-doctor-now] [type=submit]")?.setAttribute("aria-busy", String(going));
  for (const row of document.querySelectorAll("#doctor [data-check]")) {
    if (going && (thorough || !("thorough" in row.dataset))) row.setAttribute("aria-busy", "true");
    else row.removeAttribute("aria-busy");
  }
  if (going) {
    document.getElementById("doctor-verdict")?.removeAttribute("data-whole");
    part("problem").replaceChildren();
    part("broken").hidden = true;
    part("said").textContent = "Looking.";
  } else {
    document.getElementById("doctor-progress").hidden = true;
    if (document.activeElement === document.body) held?.focus({ preventScroll: true });
  }
};

const send = (form, read) => new Promise((resolve) => {
  const asked = new XMLHttpRequest();
  asked.open("POST", form.action);
  asked.setRequestHeader("HX-Request", "true");
  asked.addEventListener("progress", () => { if (asked.status === 200) read(asked.responseText); });
  asked.addEventListener("loadend", () => resolve(asked));
  asked.send(new FormData(form));
});

const examine = async (form) => {
  if (isUnderWay) return;
  look(form.elements.thorough?.value === "1", true);
  let seen = 0;
  const read = (text) => {
    for (let end = text.indexOf(MARK, seen); end >= 0; end = text.indexOf(MARK, seen)) {
      place(text.slice(seen, end));
      seen = end + 1;
    }
  };
  const answer = await send(form, read);
  const elsewhere = answer.getResponseHeader("HX-Redirect");
  if (elsewhere) return void location.assign(elsewhere);
  if (answer.status === 200) read(answer.responseText);
  else if (answer.status) swap(part("problem"), answer.responseText, "innerHTML");
  const sentence = document.querySelector("#doctor-verdict[data-whole] h2");
  const isRefused = answer.status && answer.status !== 200;
  part("broken").hidden = Boolean(sentence || isRefused);
  look(false, false);
  part("said").textContent = (sentence ?? part(isRefused ? "problem" : "broken")).textContent.trim();
};

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-doctor]");
  if (!form || event.defaultPrevented || !document.getElementById("doctor-verdict") || !window.htmx) return;
  event.preventDefault();
  form.querySelector("dialog[open]")?.close();
  examine(form);
});

const begin = () => {
  const form = document.querySelector("form[data-doctor-now]");
  if (!form || document.hidden) return;
  document.removeEventListener("visibilitychange", begin);
  examine(form);
};
export const start = () => {
  document.addEventListener("visibilitychange", begin);
  begin();
};
